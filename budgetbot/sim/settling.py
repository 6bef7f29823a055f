"""How the bill becomes final: each project and line item of a day at its own pace, and some are restated later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from budgetbot.sim.report import DAY, HOUR, MINUTE
from budgetbot.sim.stream import Dimensions
from budgetbot.sim.traffic import Counts

THOUSAND: Final = 1000
_STREAM: Final = 4711  # a sequence of draws of its own, beside those of the traffic


@dataclass(frozen=True, slots=True)
class Settling:
    """Use appears in the bill `lag` hours late (from, to). Of the lines of a day, `restated` (a share) change once, by
    up to `most` thousandths, at a moment `after` its end (hours; from, to)."""

    lag: tuple[int, int] = (8, 30)
    restated: float = 0.1
    most: int = 30
    after: tuple[int, int] = (30, 60)


@dataclass(frozen=True, slots=True)
class Terms:
    """One day, per cell of the bill: seconds of lag; a change in thousandths, and the Unix second it comes at."""

    lag: Counts
    change: Counts
    changed_at: Counts

    def restated(self, amounts: Counts, now: int) -> Counts:
        """Picodollars as they are billed at `now`."""
        changed: Counts = amounts + np.where(self.changed_at <= now, amounts * self.change // THOUSAND, 0)
        return changed


class Settlement:
    """The terms of every day: a pure function of the seed, the day, the project and the line item."""

    def __init__(self, settling: Settling, seed: int, cells: Sequence[Dimensions]) -> None:
        self._settling = settling
        self._seed = seed
        names = [(str(cell["project_id"]), str(cell["line_item"])) for cell in cells]
        places = {name: place for place, name in enumerate(sorted(set(names)))}
        self._place = np.array([places[name] for name in names], dtype=np.intp)
        self._lines = len(places)
        self.terms = lru_cache(maxsize=256)(self._terms)

    def _terms(self, day: int) -> Terms:
        """The terms of one UTC day (days since 1970)."""
        draw = np.random.default_rng([self._seed, _STREAM, day])
        rules = self._settling
        lag = _moments(draw, rules.lag, self._lines)
        change = draw.integers(-rules.most, rules.most, self._lines, endpoint=True)
        change = np.where(draw.random(self._lines) < rules.restated, change, 0)
        after = (day + 1) * DAY + _moments(draw, rules.after, self._lines)
        return Terms(lag[self._place], change[self._place], after[self._place])


def _moments(draw: np.random.Generator, hours: tuple[int, int], size: int) -> Counts:
    """Seconds, in whole minutes."""
    first, last = (hour * HOUR // MINUTE for hour in hours)
    moments: Counts = draw.integers(first, last, size, endpoint=True) * MINUTE
    return moments
