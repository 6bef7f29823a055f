"""What a day that is not over is compared with: as much of the other day, where hours are known. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from budgetbot.core.history import History
from budgetbot.core.period import Span
from budgetbot.core.spend import SpendQuery

_HOUR, _LONGEST_DAY = timedelta(hours=1), timedelta(hours=25)


def compares_today(query: SpendQuery, now: datetime) -> bool:
    """Whether it compares the day that runs with another one."""
    other = query.compare[0].length if query.compare else None
    return other is not None and now in query.span and max(other, query.span.length) <= _LONGEST_DAY


def same_part(query: SpendQuery, history: History, now: datetime) -> SpendQuery:
    """Such a query, its other day cut to whole hours and named so; as it is where too few hours are known."""
    begins = history.hours_begin()
    if query.compare is None or begins is None or begins > query.compare[0].start:
        return query
    other, label = query.compare
    until = other.start + max(round((now - query.span.start) / _HOUR), 1) * _HOUR
    if until >= other.end:
        return query
    return replace(query, compare=(Span(other.start, until), f"{label} until {until.astimezone(query.zone):%H:%M}"))
