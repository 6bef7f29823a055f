"""A day that is not over beside as much of another."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.period import Span, local_midnight
from budgetbot.core.same_part import compares_today, same_part
from budgetbot.core.spend import SpendQuery
from tests.chat.organisation import asked
from tests.standins.spend import Spend, history, series, usd, utc

HOUR = timedelta(hours=1)
NOW = utc("2026-11-20T09:00")
HOURS = [Spend(series("p1"), NOW - i * HOUR, 1, length=HOUR) for i in range(1, 60)]


def compared(query: SpendQuery, *rows: Spend) -> tuple[Span, str]:
    assert compares_today(query, NOW)
    found = same_part(query, history(rows or HOURS), NOW).compare
    assert found is not None
    return found


def test_today_is_compared_with_yesterday_until_this_hour() -> None:
    found = compared(asked("why today"))

    assert found == (Span(utc("2026-11-19"), utc("2026-11-19T09:00")), "19 Nov 2026 until 09:00")


def test_the_hour_is_that_of_the_clock_of_who_asks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    today, before = (local_midnight((NOW - i * 24 * HOUR).date(), berlin) for i in (0, 1))
    query = SpendQuery(Span(today, today + 24 * HOUR), "today", compare=(Span(before, today), "Thu"), zone=berlin)

    assert compared(query) == (Span(utc("2026-11-18T23:00"), utc("2026-11-19T09:00")), "Thu until 10:00")


@pytest.mark.parametrize("words", ["why yesterday", "this month vs last month", "today", "last 2 days vs previous"])
def test_only_a_day_that_runs_is_cut(words: str) -> None:
    assert not compares_today(asked(words), NOW)


def test_where_hours_are_not_known_the_whole_other_day_is_looked_at() -> None:
    query = asked("why today")

    assert compared(query, usd("2026-11-19", 5), usd("2026-11-20", 3)) == query.compare
    assert compared(query, *HOURS[:20]) == query.compare
