"""The course of a limit: what was spent or used day by day, or hour by hour. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from budgetbot.core.fx import Fx
from budgetbot.core.group import Group, Ints
from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.period import Span, local_midnight
from budgetbot.rules.limit import Limit

HOUR = timedelta(hours=1)
_POINTS = 20  # what a chart of Slack takes
_KNOWN = 90  # percent of the spend that must be known by the hour
_DAY = timedelta(days=1)


class Spent:
    """What the scopes of a group spent between moments; what is asked of one is found for all."""

    def __init__(self, group: Group, unit: str, fx: Fx) -> None:
        self._group = group
        self._unit = unit
        self._fx = fx
        self._found: dict[tuple[datetime, ...], Ints] = {}

    def between(self, edges: Sequence[datetime], scope: int = 0) -> list[int]:
        """In each span between two neighbours, in whole units."""
        if not 0 <= scope < len(self._group.scopes):
            return [0] * (len(edges) - 1)
        key = tuple(edges)
        if key not in self._found:
            self._found[key] = self._group.by_bucket(edges, self._unit, self._fx)
        return [int(amount) for amount in self._found[key][scope]]

    def hourly(self, start: datetime, hours: int, scope: int = 0) -> list[int] | None:
        """Hour by hour; None where too little of it is known so finely."""
        found = self.between([start + i * HOUR for i in range(hours + 1)], scope)
        whole = sum(self.between([start, start + hours * HOUR], scope))
        return found if sum(found) * 100 >= whole * _KNOWN else None


def trend(
    rule: Limit, period: Span, spent: Spent, zone: ZoneInfo, now: datetime, scope: int = 0
) -> dict[str, Json] | None:
    """The period so far, the last 20 points: by the day, of up to two days by the hour where that is known.

    {"unit": "day" or "hour", "points": [[ISO start, amount], ...]}; None where there is nothing to see.
    """
    end = min(now, period.end)
    if period.length <= 2 * _DAY:
        last = end.replace(minute=0, second=0, microsecond=0) + (HOUR if end.minute or end.second else timedelta(0))
        count = min(_POINTS, max(1, -(-(last - period.start) // HOUR)))
        amounts = spent.hourly(last - count * HOUR, count, scope)
        starts = [last - (count - i) * HOUR for i in range(count)]
        return _points(rule, "hour", starts, amounts) if amounts and any(amounts) else None
    edges = [period.start]
    while edges[-1] < end:
        edges.append(local_midnight(edges[-1].astimezone(zone).date() + _DAY, zone))
    edges = edges[-_POINTS - 1 :]
    amounts = spent.between(edges, scope)
    return _points(rule, "day", edges[:-1], amounts) if any(amounts) else None


def _points(rule: Limit, unit: str, starts: Sequence[datetime], amounts: Sequence[int]) -> dict[str, Json]:
    points: list[Json] = [[iso(at), rule.figure(amount)] for at, amount in zip(starts, amounts, strict=True)]
    return {"unit": unit, "points": points}
