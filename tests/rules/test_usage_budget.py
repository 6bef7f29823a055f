from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from budgetbot.core.history import History
from budgetbot.core.model import METRICS
from budgetbot.core.money import NANO
from budgetbot.core.usage import COUNTED, count
from budgetbot.rules.usage_budget import UsageBudget
from tests.standins.budgets import NOW, context, levels, open_alert
from tests.standins.spend import Spend, fresh, history, series, usd, utc


def images(**fields: Any) -> UsageBudget:
    """Ten thousand images a day with a level at 80 %, or with other fields."""
    given = {"name": "i", "metric": "images", "amount": 10000, "period": "day", "thresholds": levels("80%")}
    return UsageBudget.model_validate(given | fields)


def used(*rows: tuple[str, int], day: str = "2026-11-20", metric: str = "images") -> History:
    """A history of money with nothing in it, and of use: project and count."""
    whole = history([], [fresh(NOW)])
    spends = [Spend(series(project, api_key=f"key-{project}"), utc(day), n, currency=metric) for project, n in rows]
    whole.usage[metric] = history(spends, [fresh(NOW)])
    return whole


def current(rule: UsageBudget, known: History, **more: Any) -> list[Any]:
    return [finding for finding in rule.every_level(context(known, **more), NOW) if not finding.late]


@pytest.mark.parametrize(
    ("number", "active", "clear"),
    [(7999, False, False), (8000, True, False), (7800, False, False), (7799, False, True), (0, False, True)],
)
def test_a_level_is_compared_to_the_last_image_and_is_over_a_fiftieth_below(
    number: int, active: bool, clear: bool
) -> None:
    (finding,) = current(images(), used(("web", number)))

    assert (finding.kind, finding.line, finding.active, finding.clear) == ("usage_budget", 8000, active, clear)


def test_the_evidence_is_whole_counts_and_names_the_metric_in_place_of_a_currency() -> None:
    (finding,) = current(images(), used(("web", 6000), ("growth", 2400)))

    evidence = finding.evidence
    assert (evidence["spent"], evidence["amount"], evidence["line"]) == ("8400", "10000", "8000")
    assert (evidence["currency"], evidence["metric"], evidence["fraction"]) == (None, "images", 0.84)
    assert evidence["per_day_left"] == "1600"
    assert evidence["period"] == {"start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z"}


def test_drivers_are_in_nano_units_as_those_of_money_are() -> None:
    (finding,) = current(images(), used(("web", 6000), ("growth", 2400)))

    assert [(d.id, d.amount) for d in finding.drivers if d.dimension == "project"] == [
        ("web", 6000 * NANO), ("growth", 2400 * NANO),
    ]  # fmt: skip


def test_each_has_its_own_amount_and_the_last_override_that_matches_wins() -> None:
    others = [{"match": {"project": "web"}, "amount": 100}, {"match": {"project": "w*"}, "amount": 20000}]

    found = current(images(each=["project"], overrides=others), used(("web", 9000), ("growth", 9000)))

    assert {f.scope.ids["project"]: (f.line, f.active) for f in found} == {
        "web": (16000, False),
        "growth": (8000, True),
    }


def test_money_is_not_counted_and_use_is_not_money() -> None:
    known = used(("web", 10))
    known.usage["requests"] = history([Spend(series("web"), utc("2026-11-20"), 9000, currency="requests")])

    assert [f.evidence["spent"] for f in current(images(), known)] == ["10"]


def test_only_what_matches_counts() -> None:
    (finding,) = current(images(match={"project": "web"}), used(("web", 10), ("growth", 9000)))

    assert finding.evidence["spent"] == "10"


def test_a_metric_that_was_not_read_says_nothing_at_all() -> None:
    known = history([usd("2026-11-20", 9)], [fresh(NOW)])

    assert images().evaluate(context(known), NOW) == []


def test_data_that_is_too_old_ends_nothing() -> None:
    (finding,) = current(images(), used(("web", 0)), stale=frozenset({"openai"}))

    assert not finding.clear


def test_a_scope_that_has_gone_quiet_is_still_spoken_of() -> None:
    rule = images(each=["project"])
    (finding,) = current(rule, used(("web", 9000)))

    gone = current(rule, used(), open=[open_alert(finding.scope)])

    assert [(f.scope, f.active, f.clear) for f in gone] == [(finding.scope, False, True)]


def test_the_day_before_is_still_judged_while_it_may_be_restated() -> None:
    late = [f for f in images().evaluate(context(used(("web", 9000), day="2026-11-19")), NOW) if f.late]

    assert [f.period for f in late if f.active] == ["2026-11-19"]


def test_another_metric_starts_the_rule_anew_and_another_amount_does_not() -> None:
    zone = context(history([])).zone

    assert images(metric="requests").identity(zone) != images().identity(zone) == images(amount=5).identity(zone)
    assert images(amount=5).terms() != images().terms()


def test_every_metric_of_the_ledger_but_what_is_stored_can_be_counted() -> None:
    assert {name for names in COUNTED.values() for name in names} == set(METRICS) - {"bytes"}
    assert COUNTED["tokens"] == ("input_tokens", "output_tokens")


@given(st.integers(1, 900_000_000_000_000_000), st.integers(1, 1000))
def test_a_line_is_the_least_whole_count_that_is_the_share_or_more(amount: int, share: int) -> None:
    (threshold,) = images(amount=amount, thresholds=levels(f"{share}%")).thresholds

    line = threshold.line(amount)
    assert (line - 1) * 100 < amount * share <= line * 100
    assert line < 2**63


@pytest.mark.parametrize("wrong", ["10k", "10,000", "1e3", "", "0", "-1", True, 1.5, None, [], "10000 USD", 10**18])
def test_what_is_no_count_is_refused_with_what_to_write(wrong: object) -> None:
    with pytest.raises(ValidationError) as caught:
        images(amount=wrong)

    assert "write" in str(caught.value)


@pytest.mark.parametrize("wrong", ["$80", "8000", "8000 images", 80, "0.8"])
def test_a_level_is_a_share(wrong: object) -> None:
    with pytest.raises(ValidationError) as caught:
        images(thresholds=[{"at": wrong, "severity": "info"}])

    assert "use has no other levels; write one such as 80%" in str(caught.value)


def test_a_count_is_written_as_people_read_it() -> None:
    assert count(8_400, "images") == "8,400 images"
    assert count(0, "input_cached_tokens") == "0 input cached tokens"
