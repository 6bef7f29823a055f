from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from budgetbot.core.model import Json
from budgetbot.core.money import NANO
from budgetbot.rules.budget import Budget
from tests.standins.budgets import NOW, budget, current, found, levels
from tests.standins.spend import Spend, history, series, usd, utc

UTC_ZONE = ZoneInfo("UTC")
CENTS = st.integers(0, 200_000)


def carrying(**fields: Any) -> Budget:
    """A thousand a month, of which a fifth carries over at most."""
    return budget(**{"rollover": {"max": "20%"}, "thresholds": levels("100%"), **fields})


def cents(day: str, count: int) -> Spend:
    return Spend(series("p1"), utc(day), count * NANO // 100)


@pytest.mark.parametrize(("october", "more"), [(950, "50.00"), (700, "200.00"), (1000, "0.00"), (1300, "0.00")])
def test_what_was_not_used_carries_over_up_to_its_share(october: int, more: str) -> None:
    rows = [usd("2026-10-01", 1), usd("2026-10-10", october - 1), usd("2026-11-10", 990)]

    (finding,) = current(carrying(), history(rows))

    assert finding.evidence["rollover"] == more
    assert finding.evidence["effective_amount"] == f"{1000 + int(more[:-3])}.00"
    assert (finding.evidence["amount"], finding.line) == ("1000.00", (1000 + int(more[:-3])) * NANO)


def test_a_level_is_a_share_of_the_amount_with_what_carried_over_and_money_stays_money() -> None:
    rows = [usd("2026-10-01", 800), usd("2026-11-10", 900)]

    findings = current(carrying(thresholds=levels("80%", "$900", "100%")), history(rows))

    assert [(f.level, f.line // NANO, f.active) for f in findings] == [
        ("$900", 900, True),
        ("80%", 960, False),
        ("100%", 1200, False),
    ]


def test_what_carried_over_once_does_not_carry_over_again() -> None:
    rows = [usd("2026-09-01", 1), usd("2026-10-01", 1100), usd("2026-11-10", 1)]

    (finding,) = current(carrying(), history(rows))

    assert finding.evidence["rollover"] == "0.00"


def test_a_closed_period_has_what_carried_over_from_the_one_before_it() -> None:
    rows = [usd("2026-09-01", 900), usd("2026-10-10", 1050), usd("2026-11-01", 1)]

    by_period = {f.period: f for f in found(carrying(), history(rows), utc("2026-11-03"))}

    assert (by_period["2026-10"].evidence["rollover"], by_period["2026-10"].active) == ("100.00", False)
    assert by_period["2026-11"].evidence["rollover"] == "0.00"


def test_nothing_carries_over_from_a_month_that_the_ledger_does_not_reach_back_to() -> None:
    rule = carrying()

    (missing,) = current(rule, history([usd("2026-10-03", 100), usd("2026-11-10", 1)]))
    (known,) = current(rule, history([usd("2026-10-02", 100), usd("2026-11-10", 1)]))
    (empty,) = current(rule, history([]))

    assert [f.evidence["rollover"] for f in (missing, known, empty)] == ["0.00", "200.00", "0.00"]


def test_a_scope_that_spent_nothing_in_the_month_before_has_nothing_left_of_it() -> None:
    rows = [usd("2026-10-01", 900, "p1"), usd("2026-11-10", 1, "p1"), usd("2026-11-10", 1, "p2")]

    each = current(carrying(each=["project"]), history(rows))
    (whole,) = current(carrying(match={"project": "p2"}), history(rows))

    assert {f.scope.ids["project"]: f.evidence["rollover"] for f in each} == {"p1": "100.00", "p2": "0.00"}
    assert whole.evidence["rollover"] == "200.00"


def test_the_amount_of_which_it_is_the_rest_is_that_of_the_override() -> None:
    rule = carrying(each=["project"], overrides=[{"match": {"project": "p2"}, "amount": 100}])
    rows = [usd("2026-10-01", 60, "p1"), usd("2026-10-01", 60, "p2"), usd("2026-11-01", 1, "p2")]

    by_scope = {f.scope.ids["project"]: f.evidence["rollover"] for f in current(rule, history(rows))}

    assert by_scope == {"p1": "200.00", "p2": "20.00"}


def test_it_is_provisional_until_the_bill_of_the_month_before_is_settled() -> None:
    known, rule = history([usd("2026-10-01", 900), usd("2026-11-01", 1)]), carrying()

    def provisional(moment: str) -> Json:
        return current(rule, known, utc(moment))[0].evidence["rollover_provisional"]

    assert [provisional("2026-11-05T23:59"), provisional("2026-11-06")] == [True, False]


def test_a_budget_without_rollover_says_nothing_of_it() -> None:
    (finding,) = current(budget(), history([usd("2026-10-01", 1)]))

    assert "rollover" not in finding.evidence


def test_the_history_that_is_needed_reaches_to_the_period_before_the_oldest_one() -> None:
    assert utc("2026-09-20") < carrying().span(NOW, UTC_ZONE).start < utc("2026-10-01")
    assert carrying().span(utc("2026-11-03"), UTC_ZONE).start < utc("2026-09-01")
    assert budget().span(NOW, UTC_ZONE).start == utc("2026-11-01")


def test_a_period_may_be_a_day_and_its_zone_another() -> None:
    hour = timedelta(hours=1)
    rows = [Spend(series("p1"), utc(at), 100 * NANO, length=hour) for at in ("2026-11-19T05:00", "2026-11-20T04:00")]
    rule = carrying(period="day", amount=250)

    first = current(rule, history(rows), NOW, zone="America/New_York")[0]

    assert (first.start, first.evidence["rollover"]) == (utc("2026-11-20T05:00"), "50.00")


@given(CENTS, CENTS, st.integers(1, 100))
def test_no_more_carries_over_than_was_left_and_never_more_than_the_share(before: int, now: int, share: int) -> None:
    rule = carrying(rollover={"max": f"{share}%"})

    (finding,) = current(rule, history([cents("2026-10-01", before), cents("2026-11-10", now)]))

    left = max(0, 100_000 - before)
    assert finding.line == (100_000 + min(left, 1000 * share)) * NANO // 100
    assert finding.active is (now * NANO // 100 >= finding.line)


@pytest.mark.parametrize("wrong", ["0%", "100.1%", "0.2", 20, "$200", None])
def test_what_carries_over_is_a_share_of_the_amount(wrong: object) -> None:
    with pytest.raises(ValidationError, match="write one above 0% and up to 100%"):
        carrying(rollover={"max": wrong})


@pytest.mark.parametrize("period", [{"rolling": "7d"}, {"from": "2026-01-01", "until": "2026-07-01"}])
def test_nothing_carries_over_into_what_has_no_period_before_it(period: object) -> None:
    with pytest.raises(ValidationError, match="remove rollover"):
        carrying(period=period)


def test_another_rollover_is_another_limit_of_the_same_rule() -> None:
    assert carrying().identity(UTC_ZONE) == budget(thresholds=levels("100%")).identity(UTC_ZONE)
    assert carrying().terms() != carrying(rollover={"max": "30%"}).terms()
