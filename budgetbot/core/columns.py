"""The calendar of a forecast: past days (or hours) that speak, the one that is open, and what is left. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from budgetbot.core.history import Ints
from budgetbot.core.instant import micros
from budgetbot.core.period import Period, Span, local_midnight

Floats = npt.NDArray[np.float64]
DAYS = 56  # days that are looked back at
HOURLY_DAYS = 14  # the same for a period of one day, hour by hour
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LONGEST_DAY = timedelta(hours=26)
_SLACK = 2 * 3_600_000_000  # a local day may be shorter by this than the day of a bill, microseconds
_EVEN = (1.0,) * 24
_UNSURE, _SHAPED = 0.5, 0.15  # relative error of the rest of a day of even, or of known shape


@dataclass(frozen=True, eq=False)
class Columns:
    """`spans` are complete but for the last, which holds `now`; `ahead` begins with that one, cut to the period.

    Each has a class: its weekday, or its hour of a working day or of the weekend; classes fall into groups (weekday or
    weekend; the hour) and sides (all alike; working day or weekend). `left` is how much of each of `ahead` is still to
    come, 1 = all; `unsure` the relative error of what the open one still brings. `ages` numbers local days.
    """

    period: Span
    now: datetime
    hourly: bool
    spans: Sequence[Span]
    classes: Ints
    ages: Ints
    ahead: Sequence[Span]
    ahead_classes: Ints
    left: Floats
    groups: Ints = field(repr=False)
    sides: Ints = field(repr=False)
    unsure: float = 0.0

    @property
    def span(self) -> Span:
        """All of the past that is wanted, the open one included."""
        return Span(self.spans[0].start, self.spans[-1].end)

    @property
    def per_day(self) -> int:
        """Columns a day."""
        return 24 if self.hourly else 1

    @property
    def elapsed(self) -> float:
        """How much of the period is over, 0 to 1."""
        return min(1.0, max(0.0, (self.now - self.period.start) / self.period.length))

    @property
    def blind(self) -> bool:
        """Whether it is about a single day that is under way, and nobody knows how its spend falls on its hours."""
        return self.unsure > _SHAPED and self.period.length <= _LONGEST_DAY

    def place(self, start: int, end: int) -> int:
        """The column in which a bucket (microseconds UTC) counts: that which holds its middle; -1 for none.

        A bucket that is longer than a column counts in none: nobody knows what part of it is whose.
        """
        i = bisect_right(self._starts, (start + end) // 2) - 1
        if i < 0 or (start + end) // 2 >= self._end or end - start > self._length + (0 if self.hourly else _SLACK):
            return -1
        return i

    @cached_property
    def _starts(self) -> list[int]:
        return [micros(span.start) for span in self.spans]

    @cached_property
    def _end(self) -> int:
        return micros(self.spans[-1].end)

    @property
    def _length(self) -> int:
        return (_HOUR if self.hourly else _DAY) // timedelta(microseconds=1)


@lru_cache(maxsize=64)
def columns(
    period: Period, now: datetime, zone: tzinfo, hourly: bool | None = None, shape: tuple[float, ...] | None = None
) -> Columns | None:
    """Which columns a forecast of `period` wants; None where there is none to make: rolling windows, single hours.

    `now` is the moment up to which spend is known. Periods of one day are looked at by hours, unless `hourly` is False
    as no more is known than whole days; then `shape` says how a day's spend falls on its 24 local hours (None: evenly,
    as nobody knows).
    """
    if not period.ends or period.span.length < 2 * _HOUR:
        return None
    if hourly is None:
        hourly = period.span.length <= _LONGEST_DAY
    spans = _hours(period.span, now) if hourly else _days(now, zone)
    ahead = _ahead(spans[-1], period.span.end, zone, hourly)
    left = [_left(span, Span(max(now, period.span.start), period.span.end)) for span in ahead]
    if not hourly and left and now in spans[-1]:
        left[0] *= _shaped(now.astimezone(zone), shape or _EVEN)
    dates = [span.start.astimezone(zone).toordinal() for span in spans]
    return Columns(
        period.span, now, hourly, spans, _classes(spans, zone, hourly), np.array(dates) - dates[0],
        ahead, _classes(ahead, zone, hourly), np.array(left),
        np.arange(48) % 24 if hourly else np.array([0, 0, 0, 0, 0, 1, 1]),
        np.arange(48) // 24 if hourly else np.zeros(7, dtype=np.int64),
        0.0 if hourly else _unsure(spans[-1], now, shape is not None),
    )  # fmt: skip


def _days(now: datetime, zone: tzinfo) -> list[Span]:
    today = now.astimezone(zone).date()
    edges = [local_midnight(today + timedelta(days=n), zone) for n in range(-DAYS, 2)]
    return [Span(*pair) for pair in pairwise(edges)]


def _hours(period: Span, now: datetime) -> list[Span]:
    """Whole hours counted from the period's start, so that zones off by half an hour have theirs."""
    latest = period.start + (now - period.start) // _HOUR * _HOUR
    starts = (latest - n * _HOUR for n in range(HOURLY_DAYS * 24, -1, -1))
    return [Span(start, start + _HOUR) for start in starts]


def _ahead(last: Span, end: datetime, zone: tzinfo, hourly: bool) -> list[Span]:
    found = [last] if last.start < end else []
    while found and found[-1].end < end:
        start = found[-1].end
        day = start.astimezone(zone).date()
        found.append(Span(start, start + _HOUR if hourly else local_midnight(day + _DAY, zone)))
    return found


def _left(span: Span, wanted: Span) -> float:
    common = min(span.end, wanted.end) - max(span.start, wanted.start)
    return max(0.0, common / span.length)


def _shaped(local: datetime, shape: Sequence[float]) -> float:
    """The share of a day's spend that comes after `local`, over the share of its time: 1 for an even shape."""
    hours = local.hour + local.minute / 60 + local.second / 3600
    after = sum(shape[local.hour + 1 :]) + shape[local.hour] * (local.hour + 1 - hours)
    return after / sum(shape) * 24 / (24 - hours)


def _unsure(today: Span, now: datetime, shaped: bool) -> float:
    """Nothing at midnight, when all of the day is to come; its most from noon on."""
    over = max(0.0, min(1.0, (now - today.start) / today.length))
    return (_SHAPED if shaped else _UNSURE) * min(1.0, 2 * over)


def _classes(spans: Sequence[Span], zone: tzinfo, hourly: bool) -> Ints:
    local = [span.start.astimezone(zone) for span in spans]
    if hourly:
        return np.array([at.hour + 24 * (at.weekday() >= 5) for at in local], dtype=np.int64)
    return np.array([at.weekday() for at in local], dtype=np.int64)
