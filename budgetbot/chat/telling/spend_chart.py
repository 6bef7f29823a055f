"""Spend over time as a chart: an answer whose rows are hours, days, weeks or months. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from budgetbot.chat.telling.reply import currency_of, nano_of
from budgetbot.chat.telling.sections import rows
from budgetbot.core.model import Json
from budgetbot.core.money import Nano
from budgetbot.core.period import Calendar, Period
from budgetbot.core.spend import TIMES, SpendQuery
from budgetbot.core.unit import Unit
from budgetbot.notifiers.chart import POINTS, Chart, Point, chart_of

_LABELS = {"hour": "{0.day} {0:%b %H:%M}", "day": "{0.day} {0:%b}", "week": "{0.day} {0:%b}", "month": "{0:%b %Y}"}


def spend_chart(answer: Mapping[str, Json], query: SpendQuery, now: datetime) -> Chart | None:
    """A bar for each of the last 20, those without spend too; None where rows follow anything besides time."""
    if len(query.by) != 1 or (step := query.by[0]) not in TIMES or query.top is not None or query.over is not None:
        return None
    amounts = _amounts(answer, step)
    if not amounts:
        return None
    points = [Point(_label(period, step, query), amounts.get(period.key, 0)) for period in _periods(query, step, now)]
    from_when = "from Monday, " if step == "week" else ""
    return chart_of(f"Spent by {step}, {from_when}{query.label}", Unit(currency_of(answer)), points)


def _amounts(answer: Mapping[str, Json], step: str) -> dict[str, Nano]:
    found: dict[str, Nano] = {}
    for row in rows(answer["rows"]):
        by = row.get("by")
        if isinstance(by, dict) and isinstance(by.get(step), str):
            found[str(by[step])] = nano_of(row["amount"])
    return found


def _periods(query: SpendQuery, step: str, now: datetime) -> list[Period]:
    """The last of the span, of what has begun, in their order."""
    calendar, found = Calendar(TIMES[step][0]), list[Period]()
    end = min(query.span.end, max(now, query.span.start + timedelta(microseconds=1)))
    while end > query.span.start and len(found) < POINTS:
        found.append(calendar.at(end - timedelta(microseconds=1), query.zone))
        end = found[-1].span.start
    return found[::-1]


def _label(period: Period, step: str, query: SpendQuery) -> str:
    """Hours are told in UTC, as the bill does."""
    return _LABELS[step].format(period.span.start.astimezone(UTC if step == "hour" else query.zone))
