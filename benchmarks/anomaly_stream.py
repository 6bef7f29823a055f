"""The detector's parts on any stream of figures at any spacing: how surprising each value is, in one score.

Levels, season and scale are those of `Memory`, by the hour. Each way of being unusual is measured against that stream's
own past: the share of past ones as far out, drawn on as a power law, as flat streams have no usual error; so one
threshold serves all streams.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import asinh, exp, log, log10

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly_memory import Memory
from budgetbot.core.anomaly_past import Floats
from budgetbot.core.anomaly_profile import Moment, moment
from budgetbot.core.anomaly_tempo import HOURLY

_FIRST = 100  # values before the stream's unit is known
_SCALE = 7 * 24  # hours over which usual errors are averaged
_REST = 48  # hours in which what follows an alarm has to be rarer
_SHORT = 5  # values before this one that it is held against
_UNIT = 0.05  # of the stream's unit: errors are not told apart below it
_FAR = 0.02  # of the past are far out; beyond them a power law holds
_STEEP, _ASSUMED = 3.0, 30  # its power where nothing is known, worth so many far ones: tails that have a variance
_RARER = 1.0  # decades
_LEAST = 1.0  # decades: below it nothing is said
_FULL = 30.0  # decades that are a score of 1
_NEVER = np.zeros(1, dtype=np.bool_)


class Tail:
    """How rare a distance is among those of the last weeks."""

    def __init__(self) -> None:
        self._sorted = list[float]()
        self._order = deque[tuple[int, float]]()

    def decades(self, distance: float, hour: int) -> float:
        """-log10 of the share of past ones at least as far; then remember it."""
        found = self._rare(distance)
        while self._order and self._order[0][0] <= hour - 24 * HOURLY.tops:
            del self._sorted[bisect_left(self._sorted, self._order.popleft()[1])]
        insort(self._sorted, distance)
        self._order.append((hour, distance))
        return found

    def _rare(self, distance: float) -> float:
        """By count and by size: the lesser of the two."""
        past = self._sorted
        farther = len(past) - bisect_left(past, distance)
        counted = log10((len(past) + 1.0) / (farther + 1.0))
        many = max(int(len(past) * _FAR), 5)
        if len(past) < _FIRST or distance <= past[-many - 1]:
            return counted
        start, size = log(past[-many - 1] + _UNIT), log(distance + _UNIT)
        beyond = sum(log(one + _UNIT) - start for one in past[-many:])
        steepness = (many + _ASSUMED) / (beyond + _ASSUMED / _STEEP)
        if not farther:
            counted += _STEEP * (size - log(past[-1] + _UNIT)) / log(10.0)
        return min(counted, -log10(_FAR) + steepness * (size - start) / log(10.0))


class Usual:
    """What a stream's next value is likely to be: as its memory has it, as at this hour on the last days, or as over
    the last day; whichever has been nearest, as judged at the end of each hour."""

    def __init__(self, hour: int) -> None:
        self._memory = Memory(np.array([1e-9]), HOURLY)
        self._hour, self._inside = hour, list[float]()
        self._of_day = dict[int, float]()
        self._level = 0.0
        self._wrong, self._learnt = [_UNIT] * 3, 0
        self._likely = [0.0, 0.0, 0.0]

    def at(self, hour: int) -> float:
        """Call in time order."""
        if hour != self._hour:
            self._learn(sum(self._inside) / len(self._inside))
            self._hour, self._inside = hour, []
            look = self._memory.look(_spent(0.0), _place(hour), False)
            self._likely = [float(look.usual[0]), self._of_day.get(hour % 24, self._level), self._level]
        return self._likely[min(range(3), key=lambda which: self._wrong[which])]

    def scale(self) -> float:
        return min(self._wrong)

    def add(self, value: float) -> None:
        self._inside.append(value)

    def _learn(self, mean: float) -> None:
        spent, place = _spent(mean), _place(self._hour)
        self._memory.learn(spent, place, self._memory.look(spent, place, False), _NEVER, _NEVER, False)
        self._learnt += 1
        gain, cut = 1.0 / min(self._learnt, _SCALE), 4.0 if self._learnt > 24 else np.inf
        for which, likely in enumerate(self._likely):
            away = sum(abs(one - likely) for one in self._inside) / len(self._inside)
            self._wrong[which] += gain * (min(away, cut * self._wrong[which]) + _UNIT - self._wrong[which])
        slot = self._hour % 24
        self._of_day[slot] = 0.5 * (self._of_day.get(slot, mean) + mean)
        self._level += (mean - self._level) / 24.0


class Stream:
    """What is remembered of one stream, in units of its first values."""

    def __init__(self, times: list[float], values: list[float]) -> None:
        low, self._middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
        self._unit = max((high - low) / 1.35 or float(np.std(values)), 1e-3 * abs(self._middle), 1e-9)
        self._usual, self._time = Usual(int(times[0])), times[0]
        self._errors, self._before = deque[tuple[float, float]](), deque[float](maxlen=_SHORT)
        self._lasting = 0.0
        self._tails = [Tail() for _ in range(5)]
        self._moves, self._lively, self._moved = 0.0, 0.0, 0
        for time, value in zip(times, values, strict=True):
            self.surprise(time, value)

    def surprise(self, time: float, value: float) -> float:
        """Decades, of the most surprising way."""
        now = asinh((value - self._middle) / self._unit)
        error = now - self._usual.at(int(time))
        self._usual.add(now)
        distances = self._distances(time, now, error)
        self._before.append(now)
        self._time = time
        return max(tail.decades(one, int(time)) for tail, one in zip(self._tails, distances, strict=True))

    def _distances(self, time: float, now: float, error: float) -> list[float]:
        """Of this value, of the last hour and of the last hours from what is usual; from the values just before; and of
        the liveliness from the usual one."""
        self._errors.append((time, error))
        while self._errors[0][0] <= time - 1.0:
            self._errors.popleft()
        hourly = sum(one for _, one in self._errors) / len(self._errors)
        self._lasting += (error - self._lasting) * (1.0 - 0.5 ** ((time - self._time) / 6.0))
        sudden, lively = 0.0, 0.0
        if self._before:
            sudden = abs(now - sorted(self._before)[len(self._before) // 2])
            moved = abs(now - self._before[-1])
            self._moves += (moved - self._moves) / min(self._moved + 1, 24)
            self._moved += 1
            lively = abs(log(self._moves + _UNIT) - self._lively)
            self._lively += (log(self._moves + _UNIT) - self._lively) / min(self._moved, 1000)
        scale = self._usual.scale()
        return [abs(error) / scale, abs(hourly) / scale, abs(self._lasting) / scale, sudden, lively]


def detect_stream(timestamps: npt.NDArray[np.datetime64], values: Floats) -> Floats:
    """Scores in [0, 1] of any figure in time order; the i-th uses the first i + 1 values. After a high one it takes one
    ten times rarer, or two days."""
    times = (timestamps.astype("datetime64[s]").astype(np.int64) / 3600.0).tolist()
    given = values.tolist()
    out = np.zeros(len(given))
    if len(given) <= _FIRST:
        return out
    stream = Stream(times[:_FIRST], given[:_FIRST])
    held, since = 0.0, times[0] - _REST
    for i in range(_FIRST, len(given)):
        decades = stream.surprise(times[i], given[i])
        if decades > (held + _RARER) * max(1.0 - (times[i] - since) / _REST, 0.0):
            held, since = decades, times[i]
            out[i] = min(decades / _FULL, 1.0) if decades >= _LEAST else 0.0
    return out


def _spent(value: float) -> Floats:
    return np.array([exp(min(max(value, -15.0), 600.0))])


def _place(hour: int) -> Moment:
    return moment(np.datetime64(hour * 3600, "s"), hourly=True)
