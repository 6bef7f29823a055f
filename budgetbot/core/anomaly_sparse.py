"""Series that spend on few days, and those that have hardly spent yet. Pure.

The evidence of a run of active buckets is the logarithm of how unlikely it is: that each was active at all, and that
each was that large. So one very large day tells, and so do a few middling ones in a row.
"""

from __future__ import annotations

import numpy as np

from budgetbot.core.anomaly_channels import Asked
from budgetbot.core.anomaly_memory import Memory
from budgetbot.core.anomaly_past import Bools, Floats, Tops

_SPARSE = 0.7  # of buckets active: below it a series is sparse
_FEW = 3.0  # active buckets, before which sizes say nothing
_PRIOR, _SPREAD = 5.0, 0.9  # active buckets' worth of an assumed spread of log sizes
_FORGET = 0.5 ** (1 / 40.0)  # by active bucket
_LONGER = 0.8  # nats more for each bucket of the run: a longer run has had more chances
_BEYOND = 1.3  # times the highest so far
_LEAST = 2.0  # floors


class Sizes:
    """What active buckets came to, in logarithms, and how often they are active."""

    def __init__(self, memory: Memory) -> None:
        tempo, series = memory.tempo, len(memory.floor)
        self._count, self._total, self._square = np.zeros(series), np.zeros(series), np.zeros(series)
        self._active = np.ones(series)
        self._unlikely, self._length = np.zeros(series), np.zeros(series)
        self._tops = Tops(tempo.tops, tempo.per_day, series)
        self._runs = [Tops(tempo.tops, tempo.per_day, series) for _ in tempo.runs]

    def sparse(self) -> Bools:
        return np.asarray(self._active < _SPARSE)

    def active(self) -> Floats:
        """Share of the last four weeks' buckets."""
        return self._active

    def mean(self) -> Floats:
        return self._total / np.maximum(self._count, 1e-9)

    def spread(self) -> Floats:
        """Of a new size around the mean, which is itself known from few."""
        around = np.maximum(self._square - self._count * self.mean() ** 2, 0.0) + _PRIOR * _SPREAD**2
        return np.sqrt(around / (self._count + _PRIOR) * (1.0 + 1.0 / np.maximum(self._count, 1.0)))

    def known(self) -> Bools:
        return np.asarray(self._count >= 0.9)

    def unusual(self, memory: Memory, spent: Floats, asked: Asked) -> Floats:
        """Of a sparse series with some past: a large bucket, or a run."""
        run = np.where(memory.alive(spent), self._unlikely + self._evidence(spent), 0.0)
        beyond = np.where(self._length < 1, _times(spent, self._tops, memory), self._burst(memory, spent))
        line = (memory.tempo.unlikely + _LONGER * self._length) * asked.strict
        evidence = np.minimum(run / line, np.log(np.maximum(beyond, 1e-9)) / np.log(_BEYOND))
        score = np.minimum(evidence, spent * asked.price * asked.share / (_LEAST * memory.floor))
        told = self.sparse() & (self._count >= _FEW) & (memory.age >= 10 * memory.tempo.per_day)
        return np.where(told, score, 0.0)

    def _burst(self, memory: Memory, spent: Floats) -> Floats:
        """Times the highest sum of as many buckets before the run; the longer one for a run that fills most of it."""
        short, long = memory.tempo.runs
        brief = _times(memory.total(spent, short), self._runs[0], memory, 2 * short)
        lasting = _times(memory.total(spent, long), self._runs[1], memory, 2 * long)
        return np.where(self._length >= 0.5 * long, np.maximum(brief, lasting), brief)

    def first(self, memory: Memory, spent: Floats, asked: Asked) -> Floats:
        """Of a series that has hardly spent: as much as its peers do, half as much if it has been silent for long."""
        per_day = memory.tempo.per_day
        old = memory.age >= 30 * per_day
        least = np.maximum(asked.peers * np.where(old, 0.5, 1.0) * asked.strict, 2.0 * memory.floor)
        high = np.where(self._count >= 0.9, spent / np.maximum(3.0 * self._tops.highest(), 1e-9 * memory.floor), np.inf)
        score = np.minimum(spent * asked.price * asked.share / least, high)
        return np.where((self._count < _FEW) | (memory.age < 10 * per_day), score, 0.0)

    def _evidence(self, spent: Floats) -> Floats:
        """Nats, by Student's t for the size."""
        freedom = self._count + _PRIOR
        size = np.maximum((np.log(np.maximum(spent, 1e-300)) - self.mean()) / self.spread(), 0.0)
        rare = np.log(1.0 / np.clip(self._active, 0.02, 0.98))
        return rare + 0.5 * (freedom + 1.0) * np.log1p(size * size / freedom)

    def learn(self, memory: Memory, spent: Floats, skip: Bools) -> None:
        """Before the memory itself learns."""
        active = memory.alive(spent) & ~skip
        size = np.log(np.maximum(spent, 1e-300))
        size = np.where(self._count >= 5, np.minimum(size, self.mean() + 3.0 * self.spread()), size)
        self._unlikely = np.where(skip, self._unlikely, np.where(active, self._unlikely + self._evidence(spent), 0.0))
        self._length = np.where(skip, self._length, np.where(active, self._length + 1.0, 0.0))
        for size_of, tops in zip(memory.tempo.runs, self._runs, strict=True):
            tops.add(np.where(skip, 0.0, memory.total(spent, size_of)))
        self._tops.add(np.where(skip, 0.0, spent))
        kept = np.where(active, _FORGET, 1.0)
        self._count = self._count * kept + active
        self._total = self._total * kept + np.where(active, size, 0.0)
        self._square = self._square * kept + np.where(active, size * size, 0.0)
        gain = np.maximum(1.0 / (memory.age + 1.0), 1.0 / (28.0 * memory.tempo.per_day))
        born = (memory.age > 0) | active
        self._active = np.where(born & ~skip, self._active + gain * (active - self._active), self._active)


def _times(total: Floats, tops: Tops, memory: Memory, lag: int = 0) -> Floats:
    return total / np.maximum(tops.highest(lag), 1e-9 * memory.floor)
