"""Who spends for the first time: values of `each` without any spend in the three months before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from budgetbot.core.group import Group
from budgetbot.core.instant import from_micros, iso, iso_or_none
from budgetbot.core.model import Alert, Driver, Finding, Severity
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Span, local_midnight
from budgetbot.rules.aside import Asked, left_aside
from budgetbot.rules.excess import DIMENSIONS
from budgetbot.rules.rule import Context
from budgetbot.rules.sight import sight, unseen

LEVEL = "new"
_DAY = timedelta(days=1)
_BACK = 90  # days without spend before the first
_NEW = 7  # days for which one is new
_DEAREST = 3


def first_seen(now: datetime, zone: ZoneInfo) -> datetime:
    """From when on spend is looked at to tell who is new."""
    return local_midnight(now.astimezone(zone).date() - _BACK * _DAY, zone)


def newcomers(asked: Asked, min_impact: Nano, context: Context, now: datetime) -> Iterator[Finding]:
    """One for each scope whose first spend was less than a week ago and came to enough, and for those with an alert.

    Nobody is new in the first week of which a source tells: then all are.
    """
    look = _Look(asked, context, now)
    waiting = {alert.scope.key: alert for alert in (*context.by_hand, *context.open)}
    for i, scope in enumerate(look.group.scopes):
        alert, first = waiting.pop(scope.key, None), look.first(i)
        spent = int(look.usual[:, i].sum())
        if first is not None and i not in look.mute and (alert is not None or spent >= min_impact):
            yield look.finding(i, alert, first, spent, active=spent >= min_impact)
        elif alert is not None:
            yield look.kept(alert, clear=i not in look.mute)
    for _, alert in sorted(waiting.items()):
        yield look.kept(alert, clear=not context.stale and look.group.history.begins() is not None)


class _Look:
    """What is known of everybody's first days."""

    def __init__(self, asked: Asked, context: Context, now: datetime) -> None:
        self.asked = asked
        self.context = context
        self.now = now
        self.group: Group = context.history.group(asked.match, asked.each)
        seen, zone = sight(context.history, context.stale, now), context.zone
        today = seen.known.astimezone(zone).date()
        self.known = seen.known
        self._edges = [local_midnight(today - n * _DAY, zone) for n in range(_BACK, -2, -1)]
        self._spent = self.group.by_bucket(self._edges, context.currency, context.fx).T
        aside = left_aside(asked, context, self.group, self._edges, self._spent, seen.known)
        self.usual = aside.usual
        self.mute = unseen(self.group, seen.blind) | aside.excused
        self._begins = _begins(self.group)

    def first(self, index: int) -> datetime | None:
        """The day of the first spend of a scope, where it is new."""
        days = np.flatnonzero(self._spent[:, index] > 0)
        if not len(days) or days[0] <= _BACK - _NEW:
            return None
        first = self._edges[int(days[0])]
        return first if first >= self._begins[index] + _NEW * _DAY else None

    def finding(self, index: int, alert: Alert | None, first: datetime, spent: Nano, *, active: bool) -> Finding:
        """Of one that is new. Its week stays that of its alert, whatever is restated."""
        start, end = first, first + _NEW * _DAY
        period = f"new-{first.astimezone(self.context.zone):%Y-%m-%d}"
        if alert is not None and alert.start is not None and alert.end is not None:
            start, end, period = alert.start, alert.end, alert.period
        history = self.context.history
        return Finding(
            rule=self.asked.rule,
            kind="new",
            severity=Severity(self.asked.severity),
            scope=self.group.scopes[index],
            level=LEVEL,
            rank=0,
            line=alert.line if alert is not None else spent,
            active=active,
            clear=not active,
            start=start,
            end=end,
            period=period,
            evidence={
                "observed": plain(spent),
                "expected": plain(0),
                "low": plain(0),
                "high": plain(0),
                "excess": plain(spent),
                "channel": LEVEL,
                "since": iso(first),
                "bucket": {"start": iso(first), "end": iso(self.known)},
                "unseen_for_days": _BACK,
                "currency": self.context.currency,
                "complete_to": iso_or_none(history.complete_to()),
                "settled_to": iso_or_none(history.settled_to(self.now)),
            },
            drivers=self._drivers(index, Span(first, self.known)) if active else (),
            subject=self.group.subject(index),
        )

    def kept(self, alert: Alert, *, clear: bool) -> Finding:
        """Of one that is not new any more, or of which nothing can be said."""
        return Finding(
            rule=self.asked.rule,
            kind="new",
            severity=alert.severity,
            scope=alert.scope,
            level=alert.level,
            rank=0,
            line=alert.line,
            active=False,
            clear=clear,
            start=alert.start,
            end=alert.end,
            period=alert.period,
            evidence=alert.evidence,
        )

    def _drivers(self, index: int, span: Span) -> tuple[Driver, ...]:
        found: list[Driver] = []
        for dimension in DIMENSIONS:
            if dimension not in self.asked.each:
                parts = self.group.drivers(span, self.context.currency, index, dimension, self.context.fx)
                found += parts[:_DEAREST] if any(part.id is not None for part in parts) else []
        return tuple(found)


def _begins(group: Group) -> list[datetime]:
    """For each scope, from when on all of its sources tell what is spent."""
    history = group.history
    earliest = np.full(len(history.series), np.iinfo(np.int64).max)
    np.minimum.at(earliest, history.facts.series, history.facts.start)
    start: dict[str, int] = {}
    for number in np.unique(history.facts.series).tolist():
        source = history.series[number].source
        start[source] = min(int(earliest[number]), start.get(source, int(earliest[number])))
    sources = ({history.series[m].source for m in group.members(i)} for i in range(len(group.scopes)))
    return [from_micros(max((start[s] for s in some if s in start), default=0)) for some in sources]
