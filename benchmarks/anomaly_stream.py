"""The detector's parts on any stream of figures at any spacing: how surprising each value is, in one score.

Levels and season are those of `Memory`, by the hour, or the last days' by five minutes. Each way of being unusual is a
distance, measured against that stream's own past (`Tail`), so that one threshold serves all streams; the ways' decades
are then added up as cubes: between their sum, in which much ado about little drowns what only one way sees, and the
largest, which lets many ways see the same for nothing. Designed on labelled metrics of web services and streams made
up, none of them Numenta's.
"""

from __future__ import annotations

from collections import deque
from math import asinh, cbrt, isnan, log, nan, sinh
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.stream_tail import MOST, Tail
from benchmarks.stream_usual import Usual
from budgetbot.core.anomaly_past import Floats

_FIRST = 100  # values before the stream's unit is known
_REST = 200  # values: within so many, what is told has to be more surprising than all before
_LEAST = 0.05  # of the stream's unit: usual errors and moves are no smaller
_DIGITS = 9  # of a distance: what differs by rounding only is equal
_SHORT, _BRIEF, _LONG = 5, 6, 24  # values
_DAY = 24.0  # hours in which nothing is known to be usual: errors would be the largest ever
_LIVELY, _CALM = 12, 600  # moves in a row, against so many before
_ERRORS, _MOVES = 500, 50  # over which their usual size is taken


class Ways(NamedTuple):
    """Distances of a value, in the stream's unit or in usual ones: or the weight of each way."""

    error: float  # from what is usual, in usual errors
    sudden: float  # from the median of the values just before
    move: float  # from the value before
    moves: float  # the same in moves usual of late: a small jolt of a stream at rest
    new: float  # beyond all values so far
    burst: float  # mean error of a few values
    level: float  # mean error of many: slow, and much the same for long, so that it only adds to others
    lively: float  # of the size of moves, either way
    stuck: float  # values equal to the one before, in a row: rank alone knows it, as it grows with each


_WEIGHTS = Ways(error=1, sudden=1, move=1, moves=1, new=1, burst=1, level=0.3, lively=1, stuck=0.3)
_FULL = MOST * cbrt(sum(_WEIGHTS))


class Mean:
    """Of about the last `count` figures, the newest counting most; of a unit at first."""

    def __init__(self, count: int) -> None:
        self.value, self._seen, self._count = 1.0, 1, count

    def add(self, figure: float) -> None:
        self._seen += 1
        self.value += (figure - self.value) / min(self._seen, self._count)


class Stream:
    """What is remembered of one stream, in units of its first values."""

    def __init__(self, times: list[float], values: list[float]) -> None:
        low, self._middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
        self._unit = max((high - low) / 1.35 or float(np.std(values)), 1e-3 * abs(self._middle), 1e-9)
        self._usual, self._known = Usual(times[0]), times[0] + _DAY
        self._low = self._high = self._before = (values[0] - self._middle) / self._unit
        self._values, self._errors = deque[float](maxlen=_SHORT), deque[float](maxlen=_LONG)
        self._moves = deque[float](maxlen=_LIVELY)
        self._usual_error, self._usual_move, self._usual_life = Mean(_ERRORS), Mean(_MOVES), Mean(_CALM)
        self._same, self._changed = 0, False
        self._tails = [Tail() for _ in _WEIGHTS]
        for time, value in zip(times, values, strict=True):
            self.surprise(time, value)

    def surprise(self, time: float, value: float) -> float:
        """0 to 1. Call in time order, `time` in hours."""
        now = (value - self._middle) / self._unit
        usual = self._usual.at(time)
        self._usual.add(asinh(now))
        error = now - sinh(min(max(usual, -600.0), 600.0)) if time >= self._known else nan
        cubes = 0.0
        for tail, weight, distance in zip(self._tails, _WEIGHTS, self._distances(now, error), strict=True):
            if not isnan(distance):
                cubes += weight * tail.decades(round(distance, _DIGITS)) ** 3
        return min(cbrt(cubes) / _FULL, 1.0)

    def _distances(self, now: float, error: float) -> Ways:
        move = abs(now - self._before)
        self._changed = self._changed or move > 0.0
        self._same = self._same + 1 if self._changed and move == 0.0 else 0
        off, burst, level = self._from_usual(error)
        found = Ways(
            error=off,
            sudden=abs(now - sorted(self._values)[len(self._values) // 2]) if self._values else 0.0,
            move=move,
            moves=move / (self._usual_move.value + _LEAST),
            new=max(now - self._high, self._low - now, 0.0),
            burst=burst,
            level=level,
            lively=self._life(move),
            stuck=float(self._same),
        )
        self._low, self._high, self._before = min(self._low, now), max(self._high, now), now
        self._values.append(now)
        self._usual_move.add(move)
        return found

    def _from_usual(self, error: float) -> tuple[float, float, float]:
        if isnan(error):
            return nan, nan, nan
        self._errors.append(error)
        off = abs(error) / (self._usual_error.value + _LEAST)
        self._usual_error.add(abs(error))
        brief = list(self._errors)[-_BRIEF:]
        return off, abs(sum(brief)) / len(brief), abs(sum(self._errors)) / len(self._errors)

    def _life(self, move: float) -> float:
        self._moves.append(move)
        size = log(sum(self._moves) / len(self._moves) + _LEAST)
        self._usual_life.add(size)
        return abs(size - self._usual_life.value)


def detect_stream(timestamps: npt.NDArray[np.datetime64], values: Floats) -> Floats:
    """Scores in [0, 1] of any figure in time order; the i-th uses the first i + 1 values. Any but the highest of the
    last 200 is 0."""
    times = (timestamps.astype("datetime64[s]").astype(np.int64) / 3600.0).tolist()
    given = values.tolist()
    found = np.zeros(len(given))
    if len(given) <= _FIRST:
        return found
    stream = Stream(times[:_FIRST], given[:_FIRST])
    found[_FIRST:] = [stream.surprise(time, value) for time, value in zip(times[_FIRST:], given[_FIRST:], strict=True)]
    return _told(found)


def _told(found: Floats) -> Floats:
    padded = np.concatenate([np.zeros(_REST), found])
    before = np.lib.stride_tricks.sliding_window_view(padded, _REST)[:-1].max(axis=1)
    return np.where(found > before, found, 0.0)
