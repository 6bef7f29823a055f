from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.money import NANO
from tests.standins.budgets import NOW, budget, current, found
from tests.standins.spend import Spend, history, series, usd, utc


def test_what_is_left_is_told_by_the_day_that_has_begun_included() -> None:
    def left(spent: int, at: str) -> object:
        return current(budget(), history([usd("2026-11-10", spent)]), utc(at))[0].evidence.get("per_day_left")

    assert left(890, "2026-11-20T00:00") == "10.00"
    assert left(890, "2026-11-20T00:01") == "10.00"
    assert left(890, "2026-11-30T23:59") == "110.00"
    assert left(1000, "2026-11-20") is None


def test_a_closed_period_is_looked_at_for_five_days() -> None:
    known = history([usd("2026-10-10", 900), usd("2026-11-01", 10)])

    last = found(budget(), known, utc("2026-11-05T23:59"))
    assert [(f.period, f.late, f.active) for f in last] == [("2026-11", False, False), ("2026-10", True, True)]
    assert [f.period for f in found(budget(), known, utc("2026-11-06"))] == ["2026-11"]


def test_every_closed_day_of_the_grace_time_is_looked_at() -> None:
    findings = found(budget(period="day"), history([]), utc("2026-11-20T09:00"))

    assert [f.period for f in findings] == [f"2026-11-{day}" for day in (20, 19, 18, 17, 16, 15)]
    assert [f.late for f in findings] == [False, *[True] * 5]


def test_a_period_that_was_over_when_the_rule_came_is_none_of_its_business() -> None:
    known, now = history([usd("2026-10-10", 900)]), utc("2026-11-02")

    assert [f.period for f in found(budget(), known, now, since=utc("2026-11-01"))] == ["2026-11"]
    assert len(found(budget(), known, now, since=utc("2026-10-31T23:59"))) == 2


def test_the_history_that_is_needed_reaches_over_all_periods_that_are_looked_at() -> None:
    zone = ZoneInfo("UTC")

    assert budget().span(NOW, zone).start == utc("2026-11-01")
    assert budget().span(utc("2026-11-03"), zone).start == utc("2026-10-01")
    assert budget(period="day").span(NOW, zone).start == utc("2026-11-15")
    assert budget().span(NOW, zone).end == utc("2026-12-01")


@pytest.mark.parametrize(("first", "until"), [("2026-11-10", "2026-11-19"), ("2026-11-17", "2026-11-19")])
def test_a_single_stretch_is_looked_at_within_its_dates_and_for_five_days_after(first: str, until: str) -> None:
    rule = budget(period={"from": first, "until": until})
    known = history([usd("2026-11-18", 900)])

    def at(moment: str) -> list[bool]:
        return [f.late for f in found(rule, known, utc(moment)) if f.active]

    assert found(rule, known, utc(first) - timedelta(minutes=1)) == []
    assert at("2026-11-18T12:00") == [False]
    assert [at(moment) for moment in ("2026-11-19", "2026-11-20", "2026-11-23T23:59")] == [[True]] * 3
    assert found(rule, known, utc("2026-11-24")) == []
    assert rule.span(utc("2026-11-20"), ZoneInfo("UTC")).start == utc(first)


def test_a_rolling_window_has_no_period_that_ends() -> None:
    rule = budget(period={"rolling": "7d"})
    known = history([usd("2026-11-14", 500), usd("2026-11-20", 400), usd("2026-11-13", 999)])

    (finding,) = found(rule, known)

    assert (finding.period, finding.ends, finding.late) == (None, False, False)
    assert (finding.active, finding.evidence["spent"]) == (True, "900.00")
    assert (finding.start, finding.end) == (utc("2026-11-14"), utc("2026-11-21"))
    assert finding.evidence["window"] == "7d"
    assert "per_day_left" not in finding.evidence


def test_days_are_local_days_of_the_zone() -> None:
    hours = [Spend(series("p1"), utc(f"2026-11-20T{h:02}:00"), 100 * NANO, length=timedelta(hours=1)) for h in (4, 5)]

    findings = found(budget(period="day"), history(hours), NOW, zone="America/New_York")

    assert [(f.period, f.evidence["spent"]) for f in findings[:2]] == [
        ("2026-11-20", "100.00"),
        ("2026-11-19", "100.00"),
    ]
    assert findings[0].start == utc("2026-11-20T05:00")


def test_a_short_day_holds_the_bill_of_that_day() -> None:
    rule, known = budget(period="day"), history([usd("2026-03-08", 900)])

    assert current(rule, known, utc("2026-03-08T15:00"), zone="America/New_York")[0].active
