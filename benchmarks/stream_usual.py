"""What a stream's next value is likely to be, by the product's memory and three plain rules beside it."""

from __future__ import annotations

from math import exp

import numpy as np

from budgetbot.core.anomaly_memory import Memory
from budgetbot.core.anomaly_past import Floats
from budgetbot.core.anomaly_profile import Moment, moment
from budgetbot.core.anomaly_tempo import HOURLY

_SCALE = 7 * 24  # hours over which errors are averaged
_LEAST = 0.05  # errors are not told apart below it
_SLOT = 300  # seconds: a season has edges within the hour; wider ones found less, finer ones no more
_NEVER = np.zeros(1, dtype=np.bool_)


class Usual:
    """As the memory has it, as at this hour on the last days, as over the last day, or as in these five minutes on the
    last days; whichever has been nearest, as judged at the end of each hour. Values are logarithms, as the memory's.
    """

    def __init__(self, time: float) -> None:
        self._memory = Memory(np.array([1e-9]), HOURLY)
        self._hour, self._slot = int(time), _slot(time)
        self._inside = list[tuple[int, float]]()
        self._of_day, self._of_slot = dict[int, float](), dict[int, float]()
        self._level = 0.0
        self._wrong, self._learnt, self._nearest = [_LEAST] * 4, 0, 0
        self._likely = [0.0, 0.0, 0.0]

    def at(self, time: float) -> float:
        """Call in time order, `time` in hours."""
        hour, self._slot = int(time), _slot(time)
        if hour != self._hour:
            self._learn()
            self._hour, self._inside = hour, []
            look = self._memory.look(_spent(0.0), _place(hour), False)
            self._likely = [float(look.usual[0]), self._of_day.get(hour % 24, self._level), self._level]
        return self._guesses(self._slot)[self._nearest]

    def add(self, value: float) -> None:
        """At the time that was asked for last."""
        self._inside.append((self._slot, value))

    def _guesses(self, slot: int) -> list[float]:
        return [*self._likely, self._of_slot.get(slot, self._likely[1])]

    def _learn(self) -> None:
        mean = sum(value for _, value in self._inside) / len(self._inside)
        spent, place = _spent(mean), _place(self._hour)
        self._memory.learn(spent, place, self._memory.look(spent, place, False), _NEVER, _NEVER, False)
        self._learnt += 1
        self._judge()
        hour = self._hour % 24
        self._of_day[hour] = 0.5 * (self._of_day.get(hour, mean) + mean)
        for slot, value in self._inside:
            self._of_slot[slot] = 0.5 * (self._of_slot.get(slot, value) + value)
        self._level += (mean - self._level) / 24.0

    def _judge(self) -> None:
        gain, cut = 1.0 / min(self._learnt, _SCALE), 4.0 if self._learnt > 24 else np.inf
        errors = [[abs(value - guess) for guess in self._guesses(slot)] for slot, value in self._inside]
        for which, of_hour in enumerate(zip(*errors, strict=True)):
            away = sum(of_hour) / len(of_hour)
            self._wrong[which] += gain * (min(away, cut * self._wrong[which]) + _LEAST - self._wrong[which])
        self._nearest = min(range(len(self._wrong)), key=lambda which: self._wrong[which])


def _slot(time: float) -> int:
    """Of the day, by whole seconds: the same minute is not to fall to either side of a bound by rounding."""
    return round(time * 3600.0) % 86400 // _SLOT


def _spent(value: float) -> Floats:
    return np.array([exp(min(max(value, -15.0), 600.0))])


def _place(hour: int) -> Moment:
    return moment(np.datetime64(hour * 3600, "s"), hourly=True)
