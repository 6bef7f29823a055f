"""What the scopes of an anomaly rule spent, bucket by bucket, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from budgetbot.core.group import Group, Ints
from budgetbot.core.period import local_midnight, month_start
from budgetbot.rules.aside import Asked, Bools, left_aside
from budgetbot.rules.list_price import price_index
from budgetbot.rules.rule import Context
from budgetbot.rules.sight import Sight, unseen

Width: TypeAlias = Literal["hour", "day"]
Floats: TypeAlias = npt.NDArray[np.float64]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_WEEKS, _MONTHS = 5, 3  # that are looked back at, by the hour and by the day
_KNOWN = 90.0  # percent of the spend that must be known by the hour to look at hours
_LATELY = 7  # days by which that is judged, scope by scope
_PRIOR = 2.0  # days' worth by which a scope's own hours are thought to be like everybody's


@dataclass(frozen=True)
class Grid:
    """Rows are buckets, columns scopes; the first `finished` rows are over. Nano-units of the default currency.

    `usual`: `spent` without what was planned. `excluded`: no part of what is usual. `share`: how much of the bucket
    that fills was there by now, usually; None where that cannot be told. `mute`: scopes of which nothing is said.
    `price`: the list price against that of the first row; None where it stayed.
    """

    group: Group
    edges: Sequence[datetime]
    known: datetime
    finished: int
    spent: Ints
    usual: Ints
    excluded: Bools
    share: Floats | None
    mute: frozenset[int]
    price: Floats | None = None


class _ByHour(NamedTuple):
    """Days (edges), spend in them by hour and as a whole, scope by scope; only days that are over. `every`: all hours
    since the first day, up to the one that fills."""

    days: Sequence[datetime]
    hours: Ints
    whole: Ints
    every: Ints

    def lacking(self, scopes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Of which days too little is known by the hour, of these scopes together."""
        known, whole = self.hours.sum(axis=2)[scopes].sum(axis=0), self.whole[scopes].sum(axis=0)
        return np.asarray(known * 100.0 < whole * _KNOWN)

    def unknown(self) -> npt.NDArray[np.bool_]:
        """The scopes of which too little is known by the hour lately."""
        lately = slice(-_LATELY, None)
        known, whole = self.hours.sum(axis=2)[:, lately].sum(axis=1), self.whole[:, lately].sum(axis=1)
        return np.asarray(known * 100.0 < whole * _KNOWN)


def looks_back(width: Width, now: datetime, zone: ZoneInfo) -> datetime:
    """From when spend is looked at. It stands still for a week or a month, so that the past can be remembered."""
    if width == "day":
        return local_midnight(month_start(now.astimezone(zone).date(), -_MONTHS), zone)
    midnight = _midnight(now)
    return midnight - timedelta(days=midnight.weekday(), weeks=_WEEKS)


def grid(asked: Asked, context: Context, group: Group, seen: Sight, width: Width) -> Grid | None:
    """What is known now; None where that says nothing yet."""
    begins, known = group.history.begins(), seen.known
    if begins is None or not group.scopes:
        return None
    start, mute = max(looks_back(width, known, context.zone), begins), unseen(group, seen.blind)
    days = _by_hour(group, known, context)
    if width == "hour":
        if days is None:
            return None
        unknown = days.unknown()
        missing = np.flatnonzero(days.lacking(~unknown))
        start = max(start, days.days[int(missing[-1]) + 1 if len(missing) else 0])
        mute |= frozenset(np.flatnonzero(unknown).tolist())
    edges = list(_edges(start, known, width, context.zone))
    if len(edges) < 3:
        return None
    spent = _spent(group, edges, width, days, context)
    aside = left_aside(asked, context, group, edges, spent, known)
    finished = len(edges) - 1 - (edges[-1] > known)
    share = _share(days, edges, known, width) if finished < len(edges) - 1 else None
    price = price_index(group, edges, context)
    return Grid(group, edges, known, finished, spent, aside.usual, aside.excluded, share, mute | aside.excused, price)


def later(known: Grid, first: int, context: Context) -> Grid:
    """The same from a later bucket on, by its number, as it will be told when the past begins there."""
    return replace(
        known,
        edges=known.edges[first:],
        finished=known.finished - first,
        spent=known.spent[first:],
        usual=known.usual[first:],
        excluded=known.excluded[first:],
        price=price_index(known.group, known.edges[first:], context),
    )


def _spent(group: Group, edges: Sequence[datetime], width: Width, days: _ByHour | None, context: Context) -> Ints:
    """By bucket and scope. All hours are summed up already."""
    if width == "hour" and days is not None:
        return days.every[:, 1 - len(edges) :].T
    return group.by_bucket(edges, context.currency, context.fx).T


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _edges(start: datetime, known: datetime, width: Width, zone: tzinfo) -> Iterator[datetime]:
    """Up to the end of the bucket that holds `known`; a moment on an edge has no bucket that fills yet."""
    day = start.astimezone(zone).date()
    edge = local_midnight(day, zone) if width == "day" else start.replace(minute=0, second=0, microsecond=0)
    while True:
        yield edge
        if edge >= known:
            return
        day += DAY
        edge = edge + HOUR if width == "hour" else local_midnight(day, zone)


def _by_hour(group: Group, known: datetime, context: Context) -> _ByHour | None:
    """The days since hours are known; None where they are for less than a day."""
    first, midnight = group.history.hours_begin(), _midnight(known)
    if first is None:
        return None
    since = max(_midnight(first), midnight - timedelta(weeks=_WEEKS + 1))
    days = [since + i * DAY for i in range((midnight - since) // DAY + 1)]
    if len(days) < 2:
        return None
    every = group.by_bucket(list(_edges(since, known, "hour", UTC)), context.currency, context.fx)
    whole = group.by_bucket(days, context.currency, context.fx)
    hours = every[:, : 24 * (len(days) - 1)].reshape(len(whole), -1, 24)
    return _ByHour(days, hours, whole, every)


def _share(days: _ByHour | None, edges: Sequence[datetime], known: datetime, width: Width) -> Floats | None:
    """Of an hour, as much as is over. Of a day, by how its spend fell on its hours: a scope's own and everybody's."""
    elapsed = (known - edges[-2]) / (edges[-1] - edges[-2])
    if width == "hour":
        return np.array([elapsed])
    if days is None or days.lacking(np.ones(len(days.whole), dtype=np.bool_))[-_LATELY:].any():
        return None
    shift = round((edges[-2] - _midnight(edges[-2])) / HOUR)
    hours = np.roll(days.hours[:, -2 * _LATELY :].sum(axis=1), -shift, axis=1) * 1.0
    reached = np.clip(elapsed * 24 - np.arange(24), 0, 1)
    whole, before = hours.sum(axis=1), hours @ reached
    prior = _PRIOR * whole / min(len(days.days) - 1, 2 * _LATELY)
    everybody = before.sum() / whole.sum() if whole.sum() else elapsed
    return np.where(whole > 0, (before + prior * everybody) / np.maximum(whole + prior, 1), everybody)
