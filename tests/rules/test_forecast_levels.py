from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from budgetbot.core.grant import Grant
from budgetbot.core.history import History
from budgetbot.core.model import Finding
from budgetbot.core.money import NANO, exact, nano
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, needed
from budgetbot.rules.budget import Budget
from tests.standins.budgets import budget, context, current, levels
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-16")
UTC_ZONE = ZoneInfo("UTC")
STALE = frozenset({"openai"})


def foreseeing(*thresholds: dict[str, str], **fields: Any) -> Budget:
    """A thousand a month, told when the forecast is above it, or of other levels."""
    chosen = list(thresholds) or [{"forecast": "100%", "severity": "warning"}]
    return budget(thresholds=chosen, **fields)


def daily(dollars: int, project: str = "p1", *, days: int = 45, extra: int = 0) -> list[Spend]:
    """So much on each of the days before now; `extra` on the last one."""
    rows = [usd(f"{NOW - timedelta(days=back):%Y-%m-%d}", dollars, project) for back in range(days, 0, -1)]
    return [*rows, usd("2026-11-15", extra, project)] if extra else rows


def known(*rows: Spend) -> History:
    return history(rows, [fresh(NOW)])


def one(rule: Budget, *rows: Spend, **more: Any) -> Finding:
    (finding,) = current(rule, known(*rows), NOW, **more)
    return finding


def test_a_budget_that_is_on_course_to_be_passed_is_told_before_it_is() -> None:
    finding = one(foreseeing(), *daily(40))  # 600 by now, 1200 at the end

    assert (finding.kind, finding.level, finding.line) == ("forecast", "forecast 100%", 1000 * NANO)
    assert (finding.active, finding.clear, finding.late) == (True, False, False)
    assert finding.drivers != ()


def test_the_evidence_is_what_is_expected_how_sure_and_until_when_it_lasts() -> None:
    finding = one(foreseeing(), *daily(40))

    told: Any = finding.evidence["forecast"]
    expected, low, high = (nano(exact(told[name])) for name in ("expected", "low", "high"))
    assert set(told) == {"expected", "low", "high", "p_overrun", "exhausted_at", "earliest", "latest"}
    assert 600 * NANO <= low <= expected <= high
    assert 1100 * NANO < expected < 1300 * NANO
    assert 0.5 < told["p_overrun"] <= 1
    assert told["p_overrun"] == round(told["p_overrun"], 4)
    assert "2026-11-22" <= told["earliest"] <= told["exhausted_at"] <= (told["latest"] or "2026-12") < "2026-12-01"
    assert told["exhausted_at"].startswith(("2026-11-25", "2026-11-26"))
    assert (finding.evidence["spent"], finding.evidence["line"]) == ("600.00", "1000.00")


def test_a_budget_that_is_on_course_to_last_is_clear() -> None:
    assert [(f.active, f.clear) for f in [one(foreseeing(), *daily(20))]] == [(False, True)]


def test_between_the_line_and_a_twentieth_below_it_nothing_changes() -> None:
    finding = one(foreseeing(amount=1230), *daily(40))

    assert (finding.active, finding.clear) == (False, False)


def test_once_the_line_is_passed_the_level_of_what_is_spent_speaks_alone() -> None:
    both = foreseeing({"at": "100%", "severity": "critical"}, {"forecast": "100%", "severity": "warning"})

    passed = current(both, known(*daily(40, extra=400)), NOW)

    assert {f.level: (f.active, f.clear) for f in passed} == {"100%": (True, False), "forecast 100%": (False, False)}
    assert {f.kind for f in passed} == {"budget", "forecast"}


def test_a_level_of_what_is_spent_tells_the_forecast_where_there_is_one() -> None:
    both = foreseeing({"at": "50%", "severity": "info"}, {"forecast": "200%", "severity": "warning"})

    spent = next(f for f in current(both, known(*daily(40)), NOW) if f.kind == "budget")

    assert "forecast" in spent.evidence
    assert "forecast" not in one(budget(thresholds=levels("50%")), *daily(40)).evidence


def test_stale_data_neither_fires_nor_clears_a_forecast() -> None:
    for dollars in (20, 40):
        finding = one(foreseeing(), *daily(dollars), stale=STALE)
        assert (finding.active, finding.clear) == (False, False)


def test_too_short_a_past_says_nothing() -> None:
    for days in (1, 6):
        finding = one(foreseeing(), *daily(100, days=days))
        assert (finding.active, finding.clear, "forecast" in finding.evidence) == (False, False, False)
    assert one(foreseeing(), *daily(100, days=9)).active


def test_nothing_is_foretold_of_a_closed_period() -> None:
    findings = foreseeing().every_level(context(known(*daily(40))), utc("2026-11-03"))

    late = [f for f in findings if f.late]
    assert [(f.period, f.active, f.clear) for f in late] == [("2026-10", False, False)]


def test_a_level_may_ask_how_sure_the_forecast_is() -> None:
    sure = foreseeing({"forecast": "100%", "probability": "99.9%", "severity": "warning"})
    likely = foreseeing({"forecast": "100%", "probability": "60%", "severity": "warning"})
    uneven = [usd(f"{NOW - timedelta(days=back):%Y-%m-%d}", 5 + 57 * (back % 2)) for back in range(45, 0, -1)]

    assert [one(rule, *uneven).active for rule in (sure, likely)] == [False, True]
    assert one(sure, *daily(60)).level == "forecast 100% p99.9%"
    assert one(likely, *daily(20)).clear


def test_each_scope_has_a_forecast_of_its_own() -> None:
    rows = [*daily(40, "p1"), *daily(20, "p2"), *daily(90, "p3", days=5)]

    findings = current(foreseeing(each=["project"]), known(*rows), NOW)

    assert {f.scope.ids["project"]: f.active for f in findings} == {"p1": True, "p2": False, "p3": False}


def test_only_what_is_on_course_or_waits_for_word_is_found_at_an_evaluation() -> None:
    rule, rows = foreseeing(each=["project"]), [*daily(40, "p1"), *daily(20, "p2")]
    seen = known(*rows)
    keys = {scope.ids["project"]: scope.key for scope in seen.group(rule.match, ["project"]).scopes}

    alone = rule.evaluate(context(seen), NOW)
    watched = rule.evaluate(context(seen, watched=frozenset({(keys["p2"], "forecast 100%")})), NOW)

    assert [f.scope.ids["project"] for f in alone] == ["p1"]
    assert [(f.scope.ids["project"], f.active, f.clear) for f in watched] == [("p1", True, False), ("p2", False, True)]


def test_the_share_is_of_the_effective_amount() -> None:
    more = Grant("b", 500 * NANO, utc("2026-11-10"), utc("2026-11-20"), "lead@example.com", "launch")

    finding = one(foreseeing(), *daily(40), grants=[more])

    assert (finding.line, finding.active, finding.clear) == (1500 * NANO, False, True)


def test_a_day_is_foretold_by_its_hours_and_by_days_where_no_hours_are_known() -> None:
    now, hour = utc("2026-11-16T12:00"), timedelta(hours=1)
    rule = foreseeing(period="day", amount=100)
    hours = [Spend(series("p1"), now - hour * n, 5 * NANO, length=hour) for n in range(1, 24 * 20)]

    by_hour = rule.every_level(context(history(hours, [fresh(now)])), now)[0]
    by_day = rule.every_level(context(history(daily(130), [fresh(NOW)])), now)[0]  # known to midnight

    assert (by_hour.active, by_hour.evidence["spent"]) == (True, "60.00")
    assert by_day.active
    assert by_day.evidence["spent"] == "0.00"


def test_the_history_that_is_needed_reaches_eight_weeks_back() -> None:
    plain, rule = budget(), foreseeing()

    assert rule.span(NOW, UTC_ZONE).start == plain.span(NOW, UTC_ZONE, forecast=True).start == utc("2026-09-21")
    assert plain.span(NOW, UTC_ZONE).start == utc("2026-11-01")
    rolling = budget(period={"rolling": "7d"})
    assert rolling.span(NOW, UTC_ZONE, forecast=True) == rolling.span(NOW, UTC_ZONE)
    assert needed(Policy(rules=(plain,)), NOW, forecast=True).start == utc("2026-09-21")


def test_rows_of_budgets_tell_the_forecast_and_nulls_where_there_is_none() -> None:
    nothing = dict.fromkeys(("expected", "low", "high", "p_overrun", "exhausted_at"))
    rules = tuple(budget(name=str(i), period=period) for i, period in enumerate(("month", {"rolling": "7d"}, "hour")))

    month, rolling, hour = budget_rows(Policy(rules=rules), known(*daily(40)), State(), NOW)
    (short,) = budget_rows(Policy(rules=rules[:1]), known(*daily(40, days=3)), State(), NOW)

    told: Any = month["forecast"]
    assert list(told) == list(nothing)
    assert None not in told.values()
    assert rolling["forecast"] == hour["forecast"] == short["forecast"] == nothing


@given(st.lists(st.integers(0, 90), min_size=20, max_size=45), st.integers(100, 3000), st.sampled_from([None, "80%"]))
def test_a_forecast_level_is_never_reached_and_over_at_once_nor_after_its_line(
    dollars: list[int], amount: int, probability: str | None
) -> None:
    level = {"forecast": "100%", "severity": "warning"} | ({"probability": probability} if probability else {})
    rows = [usd(f"{NOW - timedelta(days=n + 1):%Y-%m-%d}", spent) for n, spent in enumerate(dollars)]
    rule = foreseeing(level, amount=amount)

    finding = one(rule, *rows)

    spent = sum(row.billed for row in rows if row.start >= utc("2026-11-01"))
    assert not (finding.active and finding.clear)
    assert not (finding.active and spent >= finding.line)
    assert [f.level for f in rule.evaluate(context(known(*rows)), NOW)] == ([finding.level] if finding.active else [])


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ({}, "a level is of what is spent or of what is forecast"),
        ({"at": "80%", "forecast": "100%"}, "a level is of what is spent or of what is forecast"),
        ({"at": "80%", "probability": "90%"}, "only a forecast has a probability"),
        ({"forecast": "$100"}, "write one above 0% and up to 1000%"),
        ({"forecast": "1001%"}, "write one above 0% and up to 1000%"),
        ({"forecast": "100%", "probability": "50%"}, "write one above 50% and up to 99.9%"),
        ({"forecast": "100%", "probability": "99.95%"}, "write one above 50% and up to 99.9%"),
        ({"forecast": "100%", "probability": "0.9"}, "write one above 50% and up to 99.9%"),
    ],
)
def test_a_level_that_makes_no_sense_is_refused(level: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        foreseeing({"severity": "info", **level})


@pytest.mark.parametrize("period", ["hour", {"rolling": "7d"}])
def test_what_has_no_end_or_too_near_a_one_is_not_foretold(period: object) -> None:
    with pytest.raises(ValidationError, match="write at: in place of forecast:"):
        foreseeing(period=period)


def test_a_level_and_a_forecast_may_share_a_line_and_two_equal_forecasts_may_not() -> None:
    same = {"forecast": "100%", "severity": "warning"}
    foreseeing({"at": "100%", "severity": "critical"}, same, {**same, "probability": "90%"})

    with pytest.raises(ValidationError, match="the level forecast 100% is declared twice"):
        foreseeing(same, {**same, "forecast": "100.0%"})


def test_only_a_level_with_a_probability_has_to_hold_twice() -> None:
    levels = (
        {"forecast": "100%", "severity": "warning"},
        {"forecast": "100%", "probability": "90%", "severity": "warning"},
    )
    assert [one(foreseeing(level), *daily(40)).twice for level in levels] == [False, True]
