"""Weekday and hour profile of a block of series, and what came on the same day of earlier months. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from budgetbot.core.anomaly_past import Floats, Ints
from budgetbot.core.anomaly_tempo import Tempo

_FORGET = 28.0  # days after which a row counts half
_FLAT = 1.0  # rows of a flat profile that are assumed
_SIDES = np.array([0, 0, 0, 0, 0, 1, 1])  # week and week-end


@dataclass(frozen=True)
class Moment:
    """A bucket's place in the calendar. `place` is the weekday, or the hour of the week, Monday's first being 0."""

    place: int
    weekday: int
    day: int  # of the month, from 0
    last: bool  # day of the month
    closes: bool  # its day

    @property
    def slots(self) -> tuple[int, ...]:
        """Of the month: the day, and one more for the last."""
        return (self.day, 31) if self.last else (self.day,)


def moment(time: np.datetime64, hourly: bool) -> Moment:
    date = time.astype("datetime64[D]")
    weekday = (int(date.astype(np.int64)) + 3) % 7
    hour = int(time.astype("datetime64[h]").astype(np.int64)) % 24
    month = date.astype("datetime64[M]")
    last = bool((date + 1).astype("datetime64[M]") != month)
    day = int((date - month.astype("datetime64[D]")).astype(np.int64))
    return Moment(weekday * 24 + hour if hourly else weekday, weekday, day, last, hour == 23 or not hourly)


def profile(logs: Floats, counts: Floats, places: Ints, tempo: Tempo) -> Floats:
    """(7 or 168, series): how far a place in the week lies from the week around it, shrunk towards its side's, to 0."""
    away, seen = _away(logs, counts, 7 * tempo.per_day)
    fresh = 0.5 ** (np.arange(len(logs))[::-1] / (_FORGET * tempo.per_day))
    days = places // tempo.per_day if tempo.hourly else places
    of_days = _of_weekdays(away, seen, days, fresh, _FLAT * tempo.per_day)
    if not tempo.hourly:
        return of_days
    away = away - of_days[days] * seen
    hours = places % 24
    of_hours = _means(away, seen, hours, 24, fresh, _FLAT)
    away = away - of_hours[hours] * seen
    of_sides = _means(away, seen, _SIDES[days] * 24 + hours, 48, fresh, 2 * _FLAT)
    week = np.arange(168)
    return of_days[week // 24] + of_hours[week % 24] + of_sides[_SIDES[week // 24] * 24 + week % 24]


def _away(logs: Floats, counts: Floats, span: int) -> tuple[Floats, Floats]:
    """Each row against the mean of the span around it (the nearest whole one at the ends), where most of it counts."""
    rows = len(logs)
    zero = np.zeros((1, logs.shape[1]))
    sums = np.concatenate([zero, np.cumsum(logs * counts, axis=0)])
    seen = np.concatenate([zero, np.cumsum(counts, axis=0)])
    first = np.clip(np.arange(rows) - span // 2, 0, rows - span)
    within = seen[first + span] - seen[first]
    enough = within > 0.6 * span
    away = np.where(enough, logs - (sums[first + span] - sums[first]) / np.maximum(within, 1.0), 0.0)
    seen_now = counts * enough
    return away * seen_now, seen_now


def _of_weekdays(away: Floats, seen: Floats, days: Ints, fresh: Floats, flat: float) -> Floats:
    sides = _means(away, seen, _SIDES[days], 2, fresh, flat)
    rest = away - sides[_SIDES[days]] * seen
    return np.asarray(sides[_SIDES] + _means(rest, seen, days, 7, fresh, flat))


def _means(values: Floats, seen: Floats, places: Ints, count: int, fresh: Floats, flat: float) -> Floats:
    weights = (places[None, :] == np.arange(count)[:, None]) * fresh
    return np.asarray((weights @ values) / (weights @ seen + flat))


class Months:
    """How far above the usual the same day of the last two months was (and the last day of a month)."""

    def __init__(self, series: int) -> None:
        self._past = np.zeros((2, 32, series))
        self._today = np.zeros(series)
        self._now: Moment | None = None

    def before(self, now: Moment) -> tuple[Floats, Floats]:
        """What came in both, and in either: the first is expected, the second explains."""
        slots = list(now.slots)
        one, two = self._past[0, slots], self._past[1, slots]
        return np.minimum(one, two).max(axis=0), np.maximum(one, two).max(axis=0)

    def add(self, now: Moment, above: Floats) -> None:
        if self._now is not None and self._now.day != now.day:
            for slot in self._now.slots:
                self._past[1, slot] = self._past[0, slot]
                self._past[0, slot] = self._today
            self._today = np.zeros_like(self._today)
        self._now = now
        self._today = np.maximum(self._today, above)
