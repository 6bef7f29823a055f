"""What was known at a moment, row by row: of a Past and of the History that was read then."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np

from budgetbot.core.history import History, Ints
from budgetbot.core.instant import from_micros, micros
from budgetbot.core.model import Series
from budgetbot.core.past import Past
from tests.store.samples import EVER


class Row(NamedTuple):
    """Which row it is."""

    series: Series
    start: datetime
    end: datetime
    currency: str


Known = dict[Row, tuple[int, ...]]
"""billed, estimated, low and high, where they are not all nothing."""


def known(told: Past, at: datetime = EVER.end) -> Known:
    """The sums of all changes up to a moment."""
    rows: dict[Row, Ints] = {}
    c = told.changes
    for i in np.flatnonzero(c.at <= micros(at)).tolist():
        row = _row(told.series[c.series[i]], c.start[i], c.end[i], told.currencies[c.currency[i]])
        rows[row] = rows.get(row, 0) + np.array([c.billed[i], c.estimated[i], c.low[i], c.high[i]])
    return {row: tuple(sums.tolist()) for row, sums in rows.items() if sums.any()}


def current(history: History) -> Known:
    """What stands there now, but for rows of nothing."""
    f = history.facts
    rows = {
        _row(history.series[f.series[i]], f.start[i], f.end[i], history.currencies[f.currency[i]]): (
            int(f.billed[i]), int(f.estimated[i]), int(f.low[i]), int(f.high[i]),
        )
        for i in range(len(f.start))
    }  # fmt: skip
    return {row: sums for row, sums in rows.items() if any(sums)}


def _row(one: Series, start: int, end: int, currency: str) -> Row:
    return Row(one, from_micros(int(start)), from_micros(int(end)), currency)
