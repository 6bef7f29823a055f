"""Synthetic months with a known end: families of scopes, each with its own weekdays, noise, growth, bursts and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from budgetbot.core.columns import DAYS
from budgetbot.core.period import month_start

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shape = Callable[[Floats, int, np.random.Generator], Floats]
NOON = timedelta(hours=12)


@dataclass(frozen=True)
class Month:
    """`spent` (scopes, 56 days before the month and all of its days) in nano-units; `noon`: the share spent by noon."""

    first: date
    families: npt.NDArray[np.str_]
    spent: Ints
    noon: Floats
    amount: Floats

    @property
    def final(self) -> Ints:
        """What each scope spends in the month."""
        return np.asarray(self.spent[:, DAYS:].sum(axis=1))

    @property
    def days(self) -> int:
        """Days of the month."""
        return int(self.noon.shape[1])

    def at(self, day: int) -> tuple[datetime, Ints, Ints]:
        """At noon of a day (0 = the first): the moment, 57 columns with the open day last, and the month's spend."""
        columns = self.spent[:, day : day + DAYS + 1].copy()
        columns[:, -1] = columns[:, -1] * self.noon[:, day]
        moment = datetime.combine(self.first, datetime.min.time(), UTC) + timedelta(days=day) + NOON
        return moment, columns, self.spent[:, DAYS : DAYS + day].sum(axis=1) + columns[:, -1]


def month(seed: int) -> Month:
    """One calendar month of all families; budget amounts lie between 0.7 and 1.5 times what will be spent."""
    rng = np.random.default_rng(seed)
    first = date(2025, seed % 12 + 1, 1)
    start = first - timedelta(days=DAYS)
    days = (month_start(first, 1) - start).days
    weekdays = (start.weekday() + np.arange(days)) % 7
    parts = [shape(_usual(name, count, weekdays, rng), DAYS, rng) for name, (count, shape) in FAMILIES.items()]
    names = np.repeat(list(FAMILIES), [count for count, _ in FAMILIES.values()])
    spent = np.rint(np.concatenate(parts) * 1e9).astype(np.int64)
    kept = spent[:, DAYS:].sum(axis=1) > 0
    spent, names = spent[kept], names[kept]
    noon = np.clip(rng.normal(0.45, 0.1, (len(spent), days - DAYS)), 0.1, 0.9)
    amount = np.rint(spent[:, DAYS:].sum(axis=1) * rng.uniform(0.7, 1.5, len(spent)))
    return Month(first, names, spent, noon, amount)


def _usual(name: str, count: int, weekdays: Ints, rng: np.random.Generator) -> Floats:
    """A level of its own, weekdays, and noise that remembers the day before."""
    weekend = rng.uniform(0.9, 1.4, (count, 1)) if name == "consumer" else rng.uniform(0.1, 0.6, (count, 1))
    profile = np.exp(rng.normal(0, 0.08, (count, 7)))[:, weekdays] * np.where(weekdays >= 5, weekend, 1.0)
    if name == "weekly job":
        profile = np.where(weekdays == rng.integers(0, 7, (count, 1)), 1.0, 0.02 * rng.integers(0, 2, (count, 1)))
    if name == "sparse":
        profile = (rng.random((count, len(weekdays))) < rng.uniform(0.08, 0.5, (count, 1))).astype(np.float64)
    sd, memory = rng.uniform(0.08, 0.3, (count, 1)), rng.uniform(0, 0.5, (count, 1))
    if name == "sparse":
        sd, memory = sd * 0 + 0.8, memory * 0
    noise = rng.normal(size=(count, len(weekdays)))
    for i in range(1, len(weekdays)):
        noise[:, i] = memory[:, 0] * noise[:, i - 1] + np.sqrt(1 - memory[:, 0] ** 2) * noise[:, i]
    level = np.exp(rng.normal(3.5, 1.5, (count, 1)))
    return np.asarray(level * profile * np.exp(sd * noise - sd**2 / 2))


def _same(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    return usual


def _growing(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """By -30 % to +80 % a month."""
    rate = np.log1p(rng.uniform(-0.3, 0.8, (len(usual), 1)))
    return np.asarray(usual * np.exp(rate * (np.arange(usual.shape[1]) - history) / 30))


def _bursty(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """3 to 12 % of the days cost a multiple, up to 40 times."""
    hit = rng.random(usual.shape) < rng.uniform(0.03, 0.12, (len(usual), 1))
    return np.asarray(usual * np.where(hit, np.minimum(1 + 2 * rng.pareto(1.8, usual.shape), 40), 1))


def _shifting(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """One step, between a third and three times, on a day that nothing announces."""
    at = rng.integers(20, usual.shape[1], (len(usual), 1))
    return np.asarray(
        usual * np.where(np.arange(usual.shape[1]) >= at, np.exp(rng.uniform(-1.2, 1.2, (len(usual), 1))), 1)
    )


def _walking(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """The level wanders by 1 to 6 % a day."""
    steps = rng.normal(0, rng.uniform(0.01, 0.06, (len(usual), 1)), usual.shape)
    return np.asarray(usual * np.exp(np.cumsum(steps, axis=1)))


def _new(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """The first spend is at most 36 days before the month or within its first week; a ramp of up to two weeks."""
    age = np.arange(usual.shape[1]) - rng.integers(20, history + 8, (len(usual), 1)) + 1
    return np.asarray(usual * np.clip(age / rng.integers(1, 15, (len(usual), 1)), 0, 1))


def _ending(usual: Floats, history: int, rng: np.random.Generator) -> Floats:
    """Nothing any more, from a day on that nothing announces."""
    return np.asarray(usual * (np.arange(usual.shape[1]) < rng.integers(30, usual.shape[1], (len(usual), 1))))


FAMILIES: dict[str, tuple[int, Shape]] = {
    "office": (50, _same),
    "consumer": (35, _same),
    "growing": (35, _growing),
    "bursty": (30, _bursty),
    "wandering": (25, _walking),
    "sparse": (25, _same),
    "level shift": (20, _shifting),
    "weekly job": (12, _same),
    "new": (12, _new),
    "ending": (6, _ending),
}
