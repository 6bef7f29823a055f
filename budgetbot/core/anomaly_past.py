"""What the detector remembers of a block of series: rows of equal age, the newest last. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Rows:
    """The last `keep` rows of one figure, as one contiguous view; adding a row costs that row, not a copy of all."""

    def __init__(self, keep: int, series: int) -> None:
        self._keep, self._end = keep, keep
        self._all = np.zeros((2 * keep, series))

    @property
    def rows(self) -> Floats:
        """(keep, series), a view: rows never added are zeros."""
        return self._all[self._end - self._keep : self._end]

    def add(self, row: Floats) -> None:
        if self._end == 2 * self._keep:
            self._all[: self._keep] = self._all[self._keep :]
            self._end = self._keep
        self._all[self._end] = row
        self._end += 1


class Tops:
    """The highest of each day, for so many days."""

    def __init__(self, days: int, per_day: int, series: int) -> None:
        self._days = Rows(days, series)
        self._today = np.zeros(series)
        self._per_day, self._seen = per_day, 0

    def add(self, row: Floats) -> None:
        self._today = np.maximum(self._today, row) if self._seen % self._per_day else row
        self._seen += 1
        if self._seen % self._per_day == 0:
            self._days.add(self._today)

    def highest(self, lag: int = 0) -> Floats:
        """Of all but the last `lag` buckets, a day begun counting whole; never below 0."""
        days = self._days.rows
        if lag:
            days = days[: len(days) - -(-lag // self._per_day)]
            return np.asarray(np.maximum(days.max(axis=0), 0.0))
        top = np.maximum(days.max(axis=0), 0.0)
        return np.asarray(np.maximum(top, self._today) if self._seen % self._per_day else top)


class Errors:
    """A window's own past errors: their count, mean, square and highest, joining after a lag, forgotten slowly."""

    def __init__(self, lag: int, forget: float, days: int, per_day: int, series: int) -> None:
        self._waiting = Rows(max(lag, 1), series)
        self._counted = Rows(max(lag, 1), series)
        self._keep = 0.5 ** (1.0 / (forget * per_day))
        self._lag = lag
        self._tops, self._lows = Tops(days, per_day, series), Tops(days, per_day, series)
        self.count, self.total, self.square = np.zeros(series), np.zeros(series), np.zeros(series)

    def add(self, error: Floats, counts: Floats) -> None:
        """`counts` 0 where there was nothing to learn."""
        error = error * counts
        if self._lag:
            joins, counted = self._waiting.rows[0].copy(), self._counted.rows[0].copy()
            self._waiting.add(error)
            self._counted.add(counts)
        else:
            joins, counted = error, counts
        self.count = self.count * self._keep + counted
        self.total = self.total * self._keep + joins
        self.square = self.square * self._keep + joins * joins
        self._tops.add(joins)
        self._lows.add(-joins)

    def scale(self, prior: Floats | float, weight: float) -> Floats:
        """The usual size of an error, shrunk towards what is assumed."""
        return np.sqrt((self.square + weight * prior * prior) / (self.count + weight))

    def mean(self, weight: float) -> Floats:
        return self.total / (self.count + weight)

    def highest(self) -> Floats:
        return self._tops.highest()

    def lowest(self) -> Floats:
        """How far below, as a positive figure."""
        return self._lows.highest()
