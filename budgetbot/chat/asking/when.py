"""Stretches of days, as people name them: "last month", "2026-11-01..2026-11-15", and what they are compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.asking.words import shown
from budgetbot.core.period import Span, local_midnight, month_start

MONTHS = {"month": 1, "quarter": 3, "year": 12}
TURNS = frozenset({"week", *MONTHS})
MOST_DAYS = 3660
VERSUS = {
    "yesterday": "day",
    "last week": "week",
    "last month": "month",
    "last quarter": "quarter",
    "last year": "year",
}
_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_DAY = timedelta(days=1)
_DATE = r"(\d{4}-\d\d(?:-\d\d)?)"
_RANGE = re.compile(rf"{_DATE}(?:\.\.+|-)(?:{_DATE})?", re.ASCII)
_DATE_ONLY = re.compile(_DATE, re.ASCII)


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from `first` until (not including) `until`; `unit` where they are one turn of the calendar."""

    first: date
    until: date
    label: str
    unit: str | None = None

    def span(self, zone: tzinfo) -> Span:
        """The same as UTC instants."""
        return Span(local_midnight(self.first, zone), local_midnight(self.until, zone))


def turn(unit: str, today: date, shift: int = 0) -> Days:
    """The day, week, month, quarter or year that holds `today`, or one `shift` turns away."""
    if unit in MONTHS:
        months = MONTHS[unit]
        first = month_start(today, months * shift - (today.month - 1) % months)
        return _turn(unit, first, month_start(first, months))
    days = 7 if unit == "week" else 1
    first = today + timedelta(days=days * shift - (today.weekday() if unit == "week" else 0))
    return _turn(unit, first, first + timedelta(days=days))


def _turn(unit: str, first: date, until: date) -> Days:
    if unit == "quarter":
        return Days(first, until, f"Q{(first.month + 2) // 3} {first.year}", unit)
    if unit == "year":
        return Days(first, until, str(first.year), unit)
    return Days(first, until, stretch(first, until), unit)


def last_days(count: int, today: date) -> Days:
    """The last `count` days, today included. Raises NotUnderstood for none or too many."""
    if not 1 <= count <= MOST_DAYS:
        raise NotUnderstood(f"a number of days lies between 1 and {MOST_DAYS}")
    label = f"last {count} days" if count > 1 else "today"
    return Days(today - timedelta(days=count - 1), today + _DAY, label)


def since(text: str, today: date) -> Days:
    """From a day, or the first of a month, on. Raises NotUnderstood for what is no date, or not yet."""
    if not _DATE_ONLY.fullmatch(text):
        raise NotUnderstood(f"{shown(text)} is not a date; write since 2026-11-01")
    first = _dates(text)[0]
    if first > today:
        raise NotUnderstood(f"{shown(text)} is still to come")
    return Days(first, today + _DAY, f"since {_day(first)}")


def dated(text: str, today: date) -> Days | None:
    """A month, a day, or a range with its last day; None for other words. Raises NotUnderstood for a wrong date."""
    if _DATE_ONLY.fullmatch(text):
        first, until = _dates(text)
        return Days(first, until, stretch(first, until), "month" if len(text) == 7 else "day")
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    if found[2] is None:
        return since(found[1], today)
    first, until = _dates(found[1])[0], _dates(found[2])[1]
    if until <= first:
        raise NotUnderstood(f"{shown(text)} ends before it begins")
    return Days(first, until, stretch(first, until))


def _dates(text: str) -> tuple[date, date]:
    try:
        first = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError:
        raise NotUnderstood(f"{shown(text)} is not a date; write it like 2026-11-03, or 2026-11 for a month") from None
    if not 2000 <= first.year < 2100:
        raise NotUnderstood(f"{shown(text)} lies outside the years 2000 to 2099")
    return first, first + _DAY if len(text) == 10 else month_start(first, 1)


def compared(days: Days, other: str, today: date) -> Days:
    """The same part of another period: the days so far where `days` still runs, cut to the length of the month.

    `other` is a key of VERSUS or "previous". Raises NotUnderstood where `days` is longer than the other period.
    """
    length = (days.until - days.first).days
    unit = days.unit if other == "previous" else VERSUS[other]
    if unit is not None and length > _LONGEST[unit]:
        raise NotUnderstood(f"`vs {other}` compares at most {_LONGEST[unit]} days; write vs previous, or other days")
    running = days.first <= today < days.until
    last = today if running else days.until - _DAY
    if unit not in MONTHS:
        back = timedelta(days={"day": 1, "week": 7}.get(unit or "", length))
        first, until = days.first - back, last - back + _DAY
    elif not running and days.first.day == 1 and days.until.day == 1:
        first, until = _months_before(days.first, MONTHS[unit]), _months_before(days.until, MONTHS[unit])
    else:
        first, until = _months_before(days.first, MONTHS[unit]), _months_before(last, MONTHS[unit]) + _DAY
    return Days(first, until, stretch(first, until))


def _months_before(day: date, months: int) -> date:
    first = month_start(day, -months)
    return first.replace(day=min(day.day, (month_start(first, 1) - _DAY).day))


def stretch(first: date, until: date) -> str:
    """Days in words: "3 Nov 2026", "November 2026", "1 Nov to 15 Nov 2026"."""
    last = until - _DAY
    if last == first:
        return _day(first)
    if first.day == 1 and until == month_start(first, 1):
        return f"{first:%B %Y}"
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first.year}'} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
