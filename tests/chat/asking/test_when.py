"""Stretches of days, and what they are compared with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.when import TURNS, Days, compared, dated, last_days, since, turn

TODAY = date(2026, 11, 20)


def told(days: Days) -> tuple[str, str, str]:
    return days.first.isoformat(), days.until.isoformat(), days.label


@pytest.mark.parametrize(
    ("unit", "shift", "expected"),
    [
        ("day", 0, ("2026-11-20", "2026-11-21", "20 Nov 2026")),
        ("day", -1, ("2026-11-19", "2026-11-20", "19 Nov 2026")),
        ("week", 0, ("2026-11-16", "2026-11-23", "16 Nov to 22 Nov 2026")),
        ("week", -1, ("2026-11-09", "2026-11-16", "9 Nov to 15 Nov 2026")),
        ("month", 0, ("2026-11-01", "2026-12-01", "November 2026")),
        ("month", -1, ("2026-10-01", "2026-11-01", "October 2026")),
        ("quarter", 0, ("2026-10-01", "2027-01-01", "Q4 2026")),
        ("quarter", -1, ("2026-07-01", "2026-10-01", "Q3 2026")),
        ("year", 0, ("2026-01-01", "2027-01-01", "2026")),
        ("year", -1, ("2025-01-01", "2026-01-01", "2025")),
    ],
)
def test_a_turn_of_the_calendar(unit: str, shift: int, expected: tuple[str, str, str]) -> None:
    assert told(turn(unit, TODAY, shift)) == expected


def test_the_last_days_hold_today() -> None:
    assert told(last_days(7, TODAY)) == ("2026-11-14", "2026-11-21", "last 7 days")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", ("2026-10-01", "2026-11-01", "October 2026")),
        ("2026-11-03", ("2026-11-03", "2026-11-04", "3 Nov 2026")),
        ("2026-11-01..2026-11-15", ("2026-11-01", "2026-11-16", "1 Nov to 15 Nov 2026")),
        ("2026-11-01-2026-11-15", ("2026-11-01", "2026-11-16", "1 Nov to 15 Nov 2026")),
        ("2026-09..2026-10", ("2026-09-01", "2026-11-01", "1 Sep to 31 Oct 2026")),
        ("2025-12-30...2026-01-02", ("2025-12-30", "2026-01-03", "30 Dec 2025 to 2 Jan 2026")),
        ("2026-11-01..", ("2026-11-01", "2026-11-21", "since 1 Nov 2026")),
    ],
)
def test_dates_are_months_days_and_ranges_with_their_last_day(text: str, expected: tuple[str, str, str]) -> None:
    days = dated(text, TODAY)

    assert days is not None
    assert told(days) == expected


def test_since_runs_to_the_end_of_today() -> None:
    assert told(since("2026-11", TODAY)) == ("2026-11-01", "2026-11-21", "since 1 Nov 2026")


@pytest.mark.parametrize("text", ["2026-13", "2026-02-30", "0000-01-01", "1999-12-31", "2026-11-15..2026-11-01"])
def test_a_wrong_date_is_named(text: str) -> None:
    with pytest.raises(NotUnderstood, match=text[:7]):
        dated(text, TODAY)


def test_since_a_day_to_come_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="still to come"):
        since("2026-11-21", TODAY)


@pytest.mark.parametrize("text", ["research", "2026", "20261103", "2026-1-1", "２０２６-11"])
def test_other_words_are_no_dates(text: str) -> None:
    assert dated(text, TODAY) is None


@pytest.mark.parametrize(
    ("days", "other", "today", "expected"),
    [
        (turn("month", TODAY), "last month", TODAY, "1 Oct to 20 Oct 2026"),
        (turn("month", TODAY), "previous", TODAY, "1 Oct to 20 Oct 2026"),
        (turn("month", TODAY), "last year", TODAY, "1 Nov to 20 Nov 2025"),
        (turn("month", TODAY, -1), "previous", TODAY, "September 2026"),
        (turn("month", date(2026, 2, 9)), "last month", date(2026, 3, 9), "January 2026"),
        (turn("month", date(2026, 2, 28)), "last month", date(2026, 2, 28), "1 Jan to 28 Jan 2026"),
        (turn("month", date(2026, 3, 31)), "last month", date(2026, 3, 31), "February 2026"),
        (turn("quarter", TODAY), "last quarter", TODAY, "1 Jul to 20 Aug 2026"),
        (turn("year", date(2024, 2, 29)), "last year", date(2024, 2, 29), "1 Jan to 28 Feb 2023"),
        (turn("week", TODAY), "last week", TODAY, "9 Nov to 13 Nov 2026"),
        (turn("week", TODAY, -1), "previous", TODAY, "2 Nov to 8 Nov 2026"),
        (turn("day", TODAY), "yesterday", TODAY, "19 Nov 2026"),
        (turn("day", TODAY, -1), "last week", TODAY, "12 Nov 2026"),
        (last_days(7, TODAY), "previous", TODAY, "7 Nov to 13 Nov 2026"),
        (last_days(7, TODAY), "last week", TODAY, "7 Nov to 13 Nov 2026"),
    ],
)
def test_a_comparison_is_with_the_same_part_of_the_other_period(
    days: Days, other: str, today: date, expected: str
) -> None:
    assert compared(days, other, today).label == expected


@given(
    st.dates(date(2001, 1, 1), date(2099, 12, 31)),
    st.sampled_from(sorted(TURNS)),
    st.integers(-1, 0),
)
def test_the_period_before_begins_a_turn_earlier_and_never_reaches_into_this_one(
    today: date, unit: str, shift: int
) -> None:
    days = turn(unit, today, shift)

    before = compared(days, "previous", today)

    assert before.first == turn(unit, days.first - timedelta(days=1)).first
    assert before.first < before.until <= days.first
    if shift == 0:
        so_far = today + timedelta(days=1) - days.first
        assert abs(before.until - before.first - so_far) <= timedelta(days=3)  # months differ by three days at most
