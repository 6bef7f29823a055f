"""What an alert tells beyond its comparison: the course so far, the pace, how it ends, who else is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from budgetbot.core.match import Match
from budgetbot.core.model import Json
from budgetbot.core.money import NANO
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.prospect import span_of, with_prospects
from budgetbot.policy.step import State, step
from tests.standins.budgets import budget
from tests.standins.spend import Spend, fresh, history, series, usd, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = utc("2026-11-20T09:00")


def told(rows: Iterable[Spend], to: tuple[str, ...] = ("team",), **fields: Any) -> dict[str, Json]:
    """The evidence of the one notification about the budget."""
    policy = Policy(rules=(budget(**fields),), routes=(Route(Match(), to),))
    known = history(rows, [fresh(NOW)])
    decision = step(policy, known, State(), NOW).decision
    assert span_of(policy, decision, NOW) is not None
    after = with_prospects(policy, decision, known, (), NOW)
    first = after.notifications[0].alert
    assert first is not None
    assert {a.id: a.evidence for a in after.alerts}[first.id] == first.evidence
    return dict(first.evidence)


def hours(rate: int, now_rate: int) -> list[Spend]:
    """30 days at a dollar rate an hour, and the last three hours at another."""
    one = series("p1")
    return [
        Spend(one, NOW - i * HOUR, (now_rate if i <= 3 else rate) * NANO, length=HOUR) for i in range(1, 30 * 24 + 1)
    ]


def test_a_month_shows_its_days_so_far_at_most_twenty() -> None:
    evidence = told([usd(f"2026-11-{day:02}", 50) for day in range(1, 21)])
    assert evidence["trend"] == {
        "unit": "day",
        "points": [[f"2026-11-{day:02}T00:00:00Z", "50.00"] for day in range(1, 21)],
    }


def test_a_day_shows_its_hours_so_far() -> None:
    trend = told(hours(1, 10), period="day", amount=30)["trend"]
    assert isinstance(trend, dict)
    assert trend["unit"] == "hour"
    points = trend["points"]
    assert isinstance(points, list)
    assert (len(points), points[0], points[-1]) == (
        9,
        ["2026-11-20T00:00:00Z", "1.00"],
        ["2026-11-20T08:00:00Z", "10.00"],
    )


def test_the_pace_is_that_of_the_last_hours_beside_the_usual_one_and_goes_on_until_tomorrow_morning() -> None:
    assert told(hours(1, 10), period="day", amount=30)["pace"] == {
        "per_hour": "10.00",
        "usual_per_hour": "1.00",
        "by": "2026-11-21T09:00:00Z",
        "cost_by": "240.00",
    }


def test_at_a_pace_far_from_the_usual_it_is_told_when_that_uses_up_the_amount() -> None:
    pace = told(hours(1, 10), period="day", amount=40)["pace"]
    assert isinstance(pace, dict)
    assert pace["full_at"] == "2026-11-20T09:24:00Z"  # 36 of 40 are spent, ten an hour
    steady = told(hours(3, 4), period="day", amount=36)["pace"]
    assert isinstance(steady, dict)
    assert "full_at" not in steady


def test_a_pace_is_not_guessed_from_whole_days() -> None:
    assert "pace" not in told([usd(f"2026-11-{day:02}", 50) for day in range(1, 21)])


def test_a_key_that_began_an_hour_ago_has_no_usual_pace() -> None:
    evidence = told([Spend(series("p1"), NOW - HOUR, 900 * NANO, length=HOUR)])
    pace = evidence["pace"]
    assert isinstance(pace, dict)
    assert (pace["per_hour"], pace["usual_per_hour"]) == ("300.00", None)


def test_only_the_scope_of_the_alert_is_counted() -> None:
    rows = [usd("2026-11-20", 90, "p1"), usd("2026-11-20", 10, "p2")]
    trend = told(rows, each=["project"], amount=100)["trend"]
    assert isinstance(trend, dict)
    points = trend["points"]
    assert isinstance(points, list)
    assert points[-1] == ["2026-11-20T00:00:00Z", "90.00"]


def test_an_alert_of_what_was_spent_says_how_the_period_ends() -> None:
    days = [NOW.replace(hour=0) - i * DAY for i in range(40)]
    evidence = told([usd(f"{day:%Y-%m-%d}", 50) for day in days])
    forecast = evidence["forecast"]
    assert isinstance(forecast, dict)
    assert str(forecast["exhausted_at"]).startswith("2026-11-2")


def test_everybody_is_named_who_is_told() -> None:
    assert told([usd("2026-11-20", 900)], ("team", "finance"))["told"] == ["team", "finance"]


def test_where_nothing_is_told_nothing_is_looked_up() -> None:
    policy = Policy(rules=(budget(),), routes=(Route(Match(), ("team",)),))
    known = history([usd("2026-11-20", 1)], [fresh(NOW)])
    assert span_of(policy, step(policy, known, State(), NOW).decision, NOW) is None
