"""How rare a distance is among those that a stream has had: the yardstick that all ways of being unusual, and all
streams, have in common."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import log, log10

_KEPT = 20_000  # distances that are remembered: ten weeks by the five minutes
_FEW = 50  # before so many, nothing is rare
_FAR = 0.02  # of the past are far out; beyond the nearest of them a power law holds
_STEEP, _ASSUMED = 3.0, 30  # its power where nothing is known, worth so many far ones: tails that have a variance
_LEAST = 0.05  # is added to distances under the logarithm, as a stream at rest has none
MOST = 4.5  # decades: rarer than once in a month's five minutes nobody knows, and no way is to outvote all others


class Tail:
    """The past of one kind of distance."""

    def __init__(self) -> None:
        self._sorted = list[float]()
        self._order = deque[float]()

    def decades(self, distance: float) -> float:
        """-log10 of the share of past ones at least as far, by a power law (Hill 1975) where few are; 0 to 4.5.

        Then the distance is remembered too."""
        found = self._rare(distance)
        insort(self._sorted, distance)
        self._order.append(distance)
        if len(self._order) > _KEPT:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]
        return found

    def _rare(self, distance: float) -> float:
        past = self._sorted
        if len(past) < _FEW:
            return 0.0
        far = max(int(len(past) * _FAR), 5)
        start = past[-far - 1]
        if distance <= start:
            return log10((len(past) + 1.0) / (len(past) - bisect_left(past, distance) + 1.0))
        nearest = log(start + _LEAST)
        beyond = sum(log(one + _LEAST) for one in past[-far:]) - far * nearest
        steep = (far + _ASSUMED) / (beyond + _ASSUMED / _STEEP)
        return min(log10(len(past) / far) + steep * (log(distance + _LEAST) - nearest) / log(10.0), MOST)
