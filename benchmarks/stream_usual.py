"""What a stream's next value is likely to be, by the product's memory and two plain rules beside it."""

from __future__ import annotations

from math import exp

import numpy as np

from budgetbot.core.anomaly_memory import Memory
from budgetbot.core.anomaly_past import Floats
from budgetbot.core.anomaly_profile import Moment, moment
from budgetbot.core.anomaly_tempo import HOURLY

_SCALE = 7 * 24  # hours over which errors are averaged
_LEAST = 0.05  # errors are not told apart below it
_NEVER = np.zeros(1, dtype=np.bool_)


class Usual:
    """As the memory has it, as at this hour on the last days, or as over the last day; whichever has been nearest, as
    judged at the end of each hour. Values are logarithms, as the memory's are."""

    def __init__(self, hour: int) -> None:
        self._memory = Memory(np.array([1e-9]), HOURLY)
        self._hour, self._inside = hour, list[float]()
        self._of_day = dict[int, float]()
        self._level = 0.0
        self._wrong, self._learnt = [_LEAST] * 3, 0
        self._likely = [0.0, 0.0, 0.0]

    def at(self, hour: int) -> float:
        """Call in time order."""
        if hour != self._hour:
            self._learn(sum(self._inside) / len(self._inside))
            self._hour, self._inside = hour, []
            look = self._memory.look(_spent(0.0), _place(hour), False)
            self._likely = [float(look.usual[0]), self._of_day.get(hour % 24, self._level), self._level]
        return self._likely[min(range(3), key=lambda which: self._wrong[which])]

    def add(self, value: float) -> None:
        self._inside.append(value)

    def _learn(self, mean: float) -> None:
        spent, place = _spent(mean), _place(self._hour)
        self._memory.learn(spent, place, self._memory.look(spent, place, False), _NEVER, _NEVER, False)
        self._learnt += 1
        gain, cut = 1.0 / min(self._learnt, _SCALE), 4.0 if self._learnt > 24 else np.inf
        for which, likely in enumerate(self._likely):
            away = sum(abs(one - likely) for one in self._inside) / len(self._inside)
            self._wrong[which] += gain * (min(away, cut * self._wrong[which]) + _LEAST - self._wrong[which])
        slot = self._hour % 24
        self._of_day[slot] = 0.5 * (self._of_day.get(slot, mean) + mean)
        self._level += (mean - self._level) / 24.0


def _spent(value: float) -> Floats:
    return np.array([exp(min(max(value, -15.0), 600.0))])


def _place(hour: int) -> Moment:
    return moment(np.datetime64(hour * 3600, "s"), hourly=True)
