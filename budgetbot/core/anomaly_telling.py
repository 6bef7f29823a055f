"""Which unusual buckets are worth telling: one message an episode, another when it has doubled. Pure."""

from __future__ import annotations

import numpy as np

from budgetbot.core.anomaly_past import Bools, Floats, Ints

_COOL, _COOL_SLOW = 14, 28  # days
_AGAIN = 2.0  # times what was told


class Telling:
    """When each series was last told, upwards and downwards apart, and how much it was."""

    def __init__(self, per_day: int, series: int) -> None:
        self._per_day = per_day
        self._at = np.full((2, series), -(10**9), dtype=np.int64)
        self._size = np.zeros((2, series))
        self._since = np.full(series, -1, dtype=np.int64)

    def news(self, index: int, unusual: Bools, down: Bools, slow: Bools, size: Floats) -> Bools:
        """Not told within the cool-down, or doubled since."""
        side, columns = down.astype(np.int64), np.arange(len(down))
        rested = index - self._at[side, columns] >= np.where(slow, _COOL_SLOW, _COOL) * self._per_day
        return np.asarray(unusual & (rested | (size > _AGAIN * self._size[side, columns])))

    def since(self, index: int, unusual: Bools, buckets: Ints) -> Ints:
        """Where it began: kept while it lasts."""
        began = np.where(self._since >= 0, self._since, np.maximum(index - buckets + 1, 0))
        return np.where(unusual, began, -1)

    def learn(self, index: int, told: Bools, down: Bools, size: Floats, since: Ints) -> None:
        for side, on in ((0, told & ~down), (1, told & down)):
            self._at[side] = np.where(on, index, self._at[side])
            self._size[side] = np.where(on, size, self._size[side])
        self._since = since
