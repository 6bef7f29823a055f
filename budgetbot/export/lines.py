"""Billed lines with the names of today, month by month: however long the history, little of it is held at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from budgetbot.core.directory import Directory
from budgetbot.core.period import Span, day_span, local_midnight, month_start
from budgetbot.errors import UsageError
from budgetbot.store import Ledger, Line

_AHEAD = 400  # days: a file may bill what is still to come, such as a year paid in advance


class NamedLine(NamedTuple):
    """A billed line and what its project, key and user are called; None where they have no name."""

    line: Line
    project: str | None
    api_key: str | None
    user: str | None


def export_span(ledger: Ledger, since: date | None, until: date | None, now: datetime) -> Span:
    """Whole UTC days from `since` until before `until`; all that there is where they are None. Raises UsageError."""
    if since and until and since >= until:
        raise UsageError("--until must lie after --since")
    end = local_midnight(until, UTC) if until else day_span(now.date(), _AHEAD, UTC).end
    start = local_midnight(since, UTC) if since else ledger.first_day() or end
    return Span(min(start, end), end)


def named_lines(ledger: Ledger, span: Span) -> Iterator[NamedLine]:
    """The current billed lines that start in `span`, by time, then source, report and series: always in that order."""
    directory = Directory(ledger.entities())
    for month in _months(span):
        for line in sorted(ledger.cost_lines(month), key=_order):
            who = line.series
            yield NamedLine(
                line,
                directory.name(who.source, "project", who.project),
                directory.name(who.source, "api_key", who.api_key),
                directory.name(who.source, "user", who.user),
            )


def _order(line: Line) -> tuple[datetime, str, str, tuple[str, ...], str, timedelta]:
    series = tuple(value or "" for value in line.series)
    return line.start, line.source, line.report, series, line.currency, line.end - line.start


def _months(span: Span) -> Iterator[Span]:
    start = span.start
    while start < span.end:
        end = min(local_midnight(month_start(start.date(), 1), UTC), span.end)
        yield Span(start, end)
        start = end
