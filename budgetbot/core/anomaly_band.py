"""The band in which 95 % of usual buckets lie, widened and narrowed by how often its own past bands held. Pure.

After adaptive conformal inference (Gibbs and Candes, 2021, https://arxiv.org/abs/2106.00170), per series.
"""

from __future__ import annotations

import numpy as np

from budgetbot.core.anomaly_memory import Look, Memory
from budgetbot.core.anomaly_past import Bools, Floats
from budgetbot.core.anomaly_sparse import Sizes

_MISSED = 0.05
_STEP = 0.12  # of the logarithm of the width, for each that was missed
_START = 1.5  # usual errors, which are assumed wide while few are known
_NARROWEST, _WIDEST = 0.5, 6.0
_OFTEN = 0.95  # of buckets active: below it nothing at all is usual too


class Band:
    """One width per series."""

    def __init__(self, series: int) -> None:
        self._width = np.full(series, _START)

    def around(self, memory: Memory, look: Look, sizes: Sizes) -> tuple[Floats, Floats]:
        """Price-free low and high. A sparse series' high is that of its sizes."""
        wide = self._width * look.unsure[0]
        logs = np.log(look.expected + 0.1 * memory.floor)
        low, high = memory.money(logs - wide), memory.money(logs + wide)
        low = np.where(sizes.active() < _OFTEN, 0.0, low)
        large = np.exp(np.minimum(sizes.mean() + (self._width - 0.6) * sizes.spread(), 700.0))
        return np.minimum(low, look.expected), np.where(sizes.sparse() & sizes.known(), np.maximum(high, large), high)

    def learn(self, memory: Memory, look: Look, sizes: Sizes, spent: Floats, counts: Bools) -> None:
        """Before the memory itself learns."""
        low, high = self.around(memory, look, sizes)
        missed = (spent < low) | (spent > high)
        step = np.exp(_STEP * (missed - _MISSED))
        width = np.clip(self._width * np.where(counts, step, 1.0), _NARROWEST, _WIDEST)
        self._width = width
