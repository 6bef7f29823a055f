"""How a budget's period will end: the expected total, its 95 % band, the chance to reach an amount, and when. Pure.

Money goes in and comes out as integer nano-units; in between are floats. They are statistics: the only exact comparison
is that of an amount with what is already spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from budgetbot.core.columns import Columns, Floats
from budgetbot.core.columns import columns as columns
from budgetbot.core.forecast_rest import Rest, spread
from budgetbot.core.forecast_sparse import with_gaps
from budgetbot.core.forecast_today import with_today
from budgetbot.core.history import Ints
from budgetbot.core.money import Nano
from budgetbot.core.outlook import Bools, outlook

_LOW, _HIGH = 0.025, 0.975
_LEAST_DAYS, _LEAST_ACTIVE = 7, 4
_EARLY, _MANY_DAYS = 0.1, 14
_EARLY_HOURS = 1 / 3  # of a day: before, nobody knows what day it will be
_MOST = 2**63 - 1
Moments = tuple[datetime | None, datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The total at the period's end: spent <= low <= expected <= high, nano-units; 19 of 20 end within low and high.

    `days`: complete days since the first spend that speak. `enough`: whether people may be told on its strength: 7
    days, spend on 4 of them, and a tenth of the period over or 14 days. A single day: by hours, a third of
    it over; by whole days, only at midnight, or where the shape of a day is known.
    """

    spent: Nano
    expected: Nano
    low: Nano
    high: Nano
    days: int
    enough: bool
    _rest: Rest = field(repr=False)
    _course: Floats = field(repr=False, compare=False)
    _columns: Columns = field(repr=False, compare=False)

    def p_over(self, amount: Nano) -> float:
        """The chance that the period ends at or above `amount`; 1 where it is reached already."""
        return 1.0 if self.spent >= amount else self._rest.above(float(amount - self.spent))

    def exhausted_at(self, amount: Nano) -> Moments:
        """When `amount` is reached: as expected, at the earliest (on the high course), at the latest (on the low one).

        None where that course stays below it to the period's end; `now` three times where it is reached already.
        """
        return (
            self._reached(amount, self.expected),
            self._reached(amount, self.high),
            self._reached(amount, self.low),
        )

    def _reached(self, amount: Nano, end: Nano) -> datetime | None:
        now = self._columns.now
        if amount <= self.spent:
            return now
        if amount > end:
            return None
        wanted = (amount - self.spent) / (end - self.spent) * float(self._course.sum())
        for span, part in zip(self._columns.ahead, self._course.tolist(), strict=True):
            if wanted <= part:
                start, stop = max(span.start, now), min(span.end, self._columns.period.end)
                return start + timedelta(seconds=int((stop - start).total_seconds() * (wanted / part if part else 0)))
            wanted -= part
        return self._columns.period.end


def forecast(amounts: Ints, spent: Sequence[Nano], cols: Columns, planned: Bools | None = None) -> list[Forecast]:
    """One for each scope. `amounts` (scopes, columns): spend in each of `cols.spans`, the last one the open one.

    `spent`: per scope, since the period began. `planned`, (scopes, columns) or (columns,): left out of the past.
    Both hold what is known at `cols.now`; credits (negative spend) lower `spent` alone.
    """
    if not len(spent):
        return []
    past = np.ascontiguousarray(np.maximum(amounts[:, :-1], 0).T, dtype=np.float64)
    today = np.maximum(amounts[:, -1], 0).astype(np.float64)
    counts = np.ones(amounts.shape, dtype=np.bool_)
    if planned is not None:
        counts &= ~np.broadcast_to(planned, amounts.shape)
    seen = outlook(past, today, counts[:, :-1].T, cols)
    today = np.where(counts[:, -1], today, np.nan)
    seen, gaps = with_gaps(seen, past, today, counts[:, :-1].T, cols)
    seen = with_today(seen, today, gaps, cols)
    enough = (seen.days >= _LEAST_DAYS) & (seen.active >= _LEAST_ACTIVE)
    enough &= cols.elapsed >= _EARLY_HOURS if cols.hourly else (seen.days >= _MANY_DAYS) | (cols.elapsed >= _EARLY)
    enough &= not cols.blind
    rest = spread(seen, gaps)
    low, high = np.minimum(rest.quantile(_LOW), seen.mean), np.maximum(rest.quantile(_HIGH), seen.mean)
    figures = (seen.mean.tolist(), low.tolist(), high.tolist(), seen.days.astype(int).tolist(), enough.tolist())
    return [
        Forecast(int(s), _plus(s, mean), _plus(s, low), _plus(s, high), days, told, one, course, cols)
        for s, mean, low, high, days, told, one, course in zip(spent, *figures, rest.each(), seen.course.T, strict=True)
    ]


def _plus(spent: Nano, more: float) -> Nano:
    return min(int(spent) + round(more), max(int(spent), _MOST))
