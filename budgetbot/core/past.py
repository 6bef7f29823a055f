"""Spend as it became known: every change of every row, with the moment from which it was known. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from budgetbot.core.directory import Directory
from budgetbot.core.history import Ints
from budgetbot.core.model import Series


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Changes:
    """Columns, one entry for each change of one row of spend, in the order of `at`.

    `series` indexes Past.series, `currency` Past.currencies; `start`, `end` and `at` are microseconds UTC. The amounts
    are differences in nano-units: what was known at a moment is the sum of all changes with `at` <= that moment.
    `assumed`: history that was read late, so that `at` is taken from the usual lag of its source.
    """

    series: Ints = field(default_factory=_none)
    start: Ints = field(default_factory=_none)
    end: Ints = field(default_factory=_none)
    currency: Ints = field(default_factory=_none)
    at: Ints = field(default_factory=_none)
    billed: Ints = field(default_factory=_none)
    estimated: Ints = field(default_factory=_none)
    low: Ints = field(default_factory=_none)
    high: Ints = field(default_factory=_none)
    assumed: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))


@dataclass(frozen=True, slots=True)
class PastMark:
    """How far one report of one source was known from `at` on, until the next entry of the same report."""

    source: str
    report: str
    at: datetime
    complete_to: datetime | None
    pulled_at: datetime | None


@dataclass(frozen=True)
class Past:
    """All of it. `usage`: the same by metric, counts in place of money. Before the first mark of a report nothing is
    remembered: its source is taken for fresh then."""

    series: Sequence[Series] = ()
    currencies: Sequence[str] = ()
    changes: Changes = field(default_factory=Changes)
    marks: Sequence[PastMark] = ()
    directory: Directory = field(default_factory=Directory)
    usage: Mapping[str, Past] = field(default_factory=dict)
