"""The use of all streams of one family, hour by hour: integers that are a pure function of the seed and the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from budgetbot.sim.family import Family
from budgetbot.sim.habit import PROFILES
from budgetbot.sim.report import DAY, HOUR
from budgetbot.sim.stream import Stream

Counts: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

_DAYS_OF_HOURS_KEPT: Final = 40
_THURSDAY: Final = 3  # the weekday of 1970-01-01
_GROWTH_FROM: Final = 20454  # 2026-01-01 as days since 1970
_DAYS_TO_DOUBLE: Final = 540
_DOUBLINGS: Final = (-3.0, 5.0)


@dataclass(frozen=True)
class Surge:
    """From `since` on (Unix seconds, a full hour), `streams` run at `factor` times their mean, day and night."""

    streams: npt.NDArray[np.bool_]
    factor: float
    since: int


class Traffic:
    """Counts per stream (there is at least one) and counted part: `[streams, parts]`, parts as in `family.counted`.

    `opens` is the Unix second of the first use.
    """

    def __init__(
        self, family: Family, streams: Sequence[Stream], seeds: tuple[int, int], opens: int, surge: Surge | None = None
    ) -> None:
        self.family = family
        self.streams = tuple(streams)
        self._seeds = seeds
        self._opens = opens
        self._surge = surge
        self._rates = np.array([stream.rate for stream in self.streams])
        self._sizes = np.array([[s.sizes.get(part, 0.0) for part in family.counted[1:]] for s in self.streams])
        self._sizes = self._sizes.reshape(len(self.streams), len(family.counted) - 1)
        self._until = np.array([_seconds(stream.until) for stream in self.streams])
        self._week = np.stack([_week(stream.profile) for stream in self.streams], axis=-1)
        self.hours = lru_cache(maxsize=_DAYS_OF_HOURS_KEPT)(self._hours)
        self.day = lru_cache(maxsize=None)(self._day)

    def surging(self, surge: Surge) -> Traffic:
        return Traffic(self.family, self.streams, self._seeds, self._opens, surge)

    def mean_parts(self, day: int) -> Floats:
        """What each stream counts in a mean hour around that day, `[streams, parts]`."""
        rates = self._rates * _growth(day)
        return np.column_stack([rates, rates[:, None] * self._sizes])

    def flow(self, start: int, end: int) -> Counts:
        """What was counted from `start` until `end` (Unix seconds); adjoining stretches add up exactly."""
        total = np.zeros((len(self.streams), len(self.family.counted)), dtype=np.int64)
        start = max(start, self._opens)
        for day in range(start // DAY, -(-end // DAY)):
            begin, finish = max(0, start - day * DAY), min(DAY, end - day * DAY)
            total += self.day(day) if finish - begin == DAY else _part(self.hours(day), begin, finish)
        return total

    def flow_until(self, start: int, ends: Counts, of: npt.NDArray[np.intp]) -> Counts:
        """Per stream the sum of the parts `of`, within one UTC day, from `start` until an end of each stream's own."""
        day = start // DAY
        edges = day * DAY + np.arange(24)[:, None] * HOUR
        low = np.clip(max(start, self._opens) - edges, 0, HOUR)[:, :, None]
        high = np.maximum(np.clip(ends - edges, 0, HOUR)[:, :, None], low)
        some = self.hours(day)[:, :, of]
        total: Counts = (some * high // HOUR - some * low // HOUR).sum(axis=(0, 2))
        return total

    def level(self, end: int) -> Counts:
        """The counts of the hour that ends at `end` or is under way then."""
        day, second = divmod(end - 1, DAY)
        counts: Counts = self.hours(day)[second // HOUR]
        return counts

    def _day(self, day: int) -> Counts:
        counts: Counts = self.hours(day).sum(axis=0)
        return counts

    def _hours(self, day: int) -> Counts:
        """`[24, streams, parts]` of one UTC day (days since 1970)."""
        moments = day * DAY + np.arange(24) * HOUR
        shape = (24, len(self.streams))
        if self.family.steady:
            uses, size = np.broadcast_to(np.floor(self._rates), shape), np.ones(shape)
        else:
            draw = np.random.default_rng([*self._seeds, day])
            uses = np.floor(self._expected(day, moments, draw) + draw.random(shape))
            size = np.exp(draw.normal(-0.005, 0.1, shape))
        alive = (moments[:, None] >= self._opens) & (moments[:, None] < self._until)
        uses = np.where(alive, uses, 0.0)
        parts = np.floor((uses * size)[:, :, None] * self._sizes)
        return np.concatenate([uses[:, :, None], parts], axis=2).astype(np.int64)

    def _expected(self, day: int, moments: npt.NDArray[np.int64], draw: np.random.Generator) -> Floats:
        """The expected uses per hour and stream: week, growth, good and bad days, noise; or the surge."""
        shape = (24, len(self.streams))
        week = self._week[(day + _THURSDAY) % 7]
        noise = np.exp(draw.normal(-0.005, 0.1, shape[1]) + draw.normal(-0.02, 0.2, shape))
        expected: Floats = self._rates * week * _growth(day) * noise
        if self._surge is not None:
            running = (moments >= self._surge.since)[:, None] & self._surge.streams
            expected = np.where(running, self._rates * _growth(day) * self._surge.factor, expected)
        return expected


def _part(hours: Counts, begin: int, finish: int) -> Counts:
    """The sum from second `begin` to `finish` of a day: within an hour, use is even, and rounded down as it adds up."""
    first, last = begin // HOUR, -(-finish // HOUR)
    edges = np.arange(first, last) * HOUR
    low = np.clip(begin - edges, 0, HOUR)[:, None, None]
    high = np.clip(finish - edges, 0, HOUR)[:, None, None]
    some = hours[first:last]
    counts: Counts = (some * high // HOUR - some * low // HOUR).sum(axis=0)
    return counts


def _growth(day: int) -> float:
    return float(2.0 ** np.clip((day - _GROWTH_FROM) / _DAYS_TO_DOUBLE, *_DOUBLINGS))


def _week(profile: str) -> Floats:
    """`[7, 24]` with a mean of one."""
    hours, days = PROFILES[profile]
    week: Floats = np.outer(days, hours)
    week /= week.mean()
    return week


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else np.iinfo(np.int64).max
