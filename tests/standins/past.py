"""A past made by hand: a line for each change of what was known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.history import Ints
from budgetbot.core.instant import micros
from budgetbot.core.model import Series
from budgetbot.core.past import Changes, Past, PastMark


class Change(NamedTuple):
    """By how much one bucket of one series changed, and when that became known."""

    at: datetime
    series: Series
    start: datetime
    billed: int
    estimated: int = 0
    length: timedelta = timedelta(days=1)
    unit: str = "USD"
    assumed: bool = False


def past(
    changes: Iterable[Change],
    marks: Sequence[PastMark] = (),
    directory: Directory | None = None,
    usage: dict[str, Past] | None = None,
) -> Past:
    """The changes as columns, in the order of time."""
    rows = sorted(changes, key=lambda one: one.at)
    series, units = list(dict.fromkeys(r.series for r in rows)), sorted({r.unit for r in rows})
    columns = Changes(
        series=_ints(series.index(r.series) for r in rows),
        start=_ints(micros(r.start) for r in rows),
        end=_ints(micros(r.start + r.length) for r in rows),
        currency=_ints(units.index(r.unit) for r in rows),
        at=_ints(micros(r.at) for r in rows),
        billed=_ints(r.billed for r in rows),
        estimated=_ints(r.estimated for r in rows),
        low=_ints(r.billed for r in rows),
        high=_ints(r.billed + 2 * r.estimated for r in rows),
        assumed=np.array([r.assumed for r in rows], dtype=np.bool_),
    )
    return Past(series, units, columns, marks, directory or Directory(), usage or {})


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)
