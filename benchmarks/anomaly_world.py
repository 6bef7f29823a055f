"""A labelled world for anomaly detection: spend made call by call, and smooth public-like series, with faults put in.

Spend is calls x tokens x price: people in office hours, a product's visitors, jobs by calendar, sessions now and then,
and curves as of public demand data (load, taxis, mentions). Faults act on what makes the spend: calls repeated, a
stolen key, a context that grows, a dearer model, an outage. A fault is labelled only where it is material and lies
beyond what the four weeks before it show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly import Block

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator

FAULTS = ("loop", "stolen", "retries", "context", "model", "outage")
_DAYS = {"loop": (1, 4), "stolen": (2, 10), "retries": (1, 5), "context": (20, 35), "model": (14, 14), "outage": (1, 3)}
ABRUPT = ("loop", "stolen", "retries", "model", "outage")


@dataclass(frozen=True)
class Fault:
    """`series` is a column, `[start, end)` the buckets in which telling it counts."""

    kind: str
    series: int
    start: int
    end: int


@dataclass(frozen=True)
class World:
    """What a detector reads, and what it must find. `own` are buckets with events that were in the figures before:
    flags there count neither way. `clean` is what the block had come to without the faults."""

    block: Block
    faults: tuple[Fault, ...]
    families: tuple[str, ...]
    own: tuple[tuple[int, int], ...] = ()
    clean: Floats | None = None


def world(seed: int, days: int, hourly: bool, series: int = 60) -> World:
    """Series of the families in turn; nearly every second one holds a fault per year, or per two months by the hour."""
    rng = np.random.default_rng([seed, days, int(hourly)])
    per_day = 24 if hourly else 1
    start = np.datetime64("2025-01-01T00:00:00", "s") + np.timedelta64(int(rng.integers(0, 365)), "D")
    hours = start + np.arange(days * 24) * np.timedelta64(3600, "s")
    families = [list(_FAMILIES)[i % len(_FAMILIES)] for i in range(series)]
    clean = np.array([_bucketed(_FAMILIES[one](rng, hours), per_day) for one in families]).T
    floor = 2.0 if hourly else 5.0
    settled, faults = with_faults(rng, clean, per_day, floor, 1.0)
    late = np.where(rng.random(settled.shape) < 0.015, rng.uniform(0.4, 0.9, settled.shape), 1.0)
    seen = settled * late * rng.beta(60, 1.5, settled.shape)
    times = hours[:: 24 // per_day]
    block = Block(times, settled, np.full(series, floor), first=seen, peers=_peers(settled, per_day), hourly=hourly)
    return World(block, tuple(faults), tuple(families), clean=clean)


def with_faults(rng: Rng, clean: Floats, per_day: int, floor: float, rate: float) -> tuple[Floats, list[Fault]]:
    """At most one fault a series, about `rate` per year, or per two months by the hour."""
    settled, days = clean.copy(), len(clean) / per_day
    faults: list[Fault] = []
    usual = float(np.median(clean.mean(axis=0)))
    for column in range(clean.shape[1]):
        for _ in range(int(rng.poisson(0.15 + rate * days / (60 if per_day > 1 else 365)))):
            made = _faulty(rng, clean[:, column], per_day, floor, usual)
            if made is not None and not any(one.series == column for one in faults):
                settled[:, column], kind, first, last = made
                faults.append(Fault(kind, column, first, last))
    return settled, faults


def _bucketed(hourly: Floats, per_day: int) -> Floats:
    return np.asarray(hourly.reshape(-1, 24 // per_day).sum(axis=1))


def _peers(settled: Floats, per_day: int) -> Floats:
    """Median of what active series spent in a bucket over the two weeks before."""
    out = np.zeros(len(settled))
    for i in range(per_day, len(settled)):
        mean = settled[max(0, i - 14 * per_day) : i].mean(axis=0)
        active = mean[mean > 0.2 / per_day]
        out[i] = np.median(active) if len(active) else 0.0
    return out


def _clock(hours: npt.NDArray[np.datetime64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Hour of the day and weekday, 0 being Monday."""
    count = hours.astype("datetime64[h]").astype(np.int64)
    return count % 24, (count // 24 + 3) % 7


def _red(rng: Rng, count: int, hours: float) -> Floats:
    """Noise of unit size that forgets in so many hours."""
    white = rng.standard_normal(count + int(6 * hours) + 1)
    kernel = np.exp(-np.arange(int(6 * hours) + 1) / hours)
    return np.convolve(white, kernel / np.sqrt((kernel**2).sum()), "valid")[:count]


def _office(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """A few dozen people who call on workdays; who is there differs from day to day."""
    hour, weekday = _clock(hours)
    people = int(rng.integers(3, 60))
    present = np.repeat(rng.binomial(people, np.where(weekday[::24] < 5, 0.85, 0.08)), 24)
    calls = rng.poisson(present * np.where((hour >= 8) & (hour < 18), rng.uniform(1, 6), 0.1))
    return np.asarray(calls * rng.gamma(4.0, 0.25, len(hours)) * rng.uniform(0.02, 0.3))


def _product(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """Visitors around the clock, growing or not."""
    hour, weekday = _clock(hours)
    days = np.arange(len(hours)) / 24.0
    daily = 1.0 + rng.uniform(0.2, 0.8) * np.cos((hour - rng.uniform(0, 24)) * np.pi / 12.0)
    rate = daily * np.where(weekday >= 5, rng.uniform(0.6, 1.4), 1.0) * np.exp(rng.uniform(-0.002, 0.008) * days)
    rate = rate * np.exp(rng.uniform(0.03, 0.12) * _red(rng, len(hours), 30.0)) * rng.uniform(5, 200)
    return np.asarray(rng.poisson(rate) * rng.gamma(30.0, 1 / 30.0, len(hours)) * rng.uniform(0.01, 0.1))


def _curve(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """As public demand data: smooth days whose shape differs between week and week-end, on a slow wander."""
    hour, weekday = _clock(hours)
    angle = hour[:, None] * np.arange(1, 4) * np.pi / 12.0
    shape = [np.cos(angle) @ rng.normal(0, 0.25, 3) + np.sin(angle) @ rng.normal(0, 0.25, 3) for _ in range(2)]
    level = np.where(weekday >= 5, rng.uniform(-0.4, 0.1), 0.0) + rng.uniform(0.05, 0.15) * _red(rng, len(hours), 200.0)
    noise = rng.uniform(0.01, 0.06) * _red(rng, len(hours), 4.0)
    curve = np.where(weekday >= 5, shape[1], shape[0]) + level + noise
    return np.asarray(np.exp(curve + rng.normal(0.7, 1.0)))


def _mentions(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """Overdispersed counts with a daily tide."""
    hour, _ = _clock(hours)
    rate = 1.0 + 0.6 * np.cos((hour - rng.uniform(0, 24)) * np.pi / 12.0)
    rate = rate * np.exp(0.3 * _red(rng, len(hours), 12.0))
    return np.asarray(rng.poisson(rate * rng.gamma(2.5, 0.4, len(hours)) * 20) * rng.uniform(0.02, 0.4))


def _jobs(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """A thin base, a nightly job, and one on a weekday or on the first of the month."""
    hour, weekday = _clock(hours)
    day = (hours.astype("datetime64[D]") - hours.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    nightly = np.where(hour == int(rng.integers(0, 6)), rng.uniform(5, 40), 0.0)
    rarely = day == 0 if rng.random() < 0.4 else weekday == int(rng.integers(0, 7))
    large = np.where(rarely & (hour == 2), rng.uniform(1, 3) * nightly.max(), 0.0)
    return (rng.gamma(2.0, 0.1, len(hours)) + nightly + large) * rng.lognormal(0.0, 0.08, len(hours))


def _sessions(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """Someone works for some hours, then not for days."""
    on, out = False, np.zeros(len(hours))
    starts, ends = rng.uniform(0.004, 0.03), rng.uniform(0.1, 0.5)
    chance = rng.random(len(hours))
    for i in range(len(hours)):
        on = chance[i] > ends if on else chance[i] < starts
        out[i] = float(on)
    return out * rng.lognormal(0.0, 0.8, len(hours)) * rng.uniform(0.3, 6)


def _quiet(rng: Rng, hours: npt.NDArray[np.datetime64]) -> Floats:
    """A key that is hardly used."""
    return np.where(rng.random(len(hours)) < 0.002, rng.uniform(0, 0.05, len(hours)), 0.0)


_FAMILIES: dict[str, Callable[[Rng, npt.NDArray[np.datetime64]], Floats]] = {
    "office": _office,
    "product": _product,
    "curve": _curve,
    "mentions": _mentions,
    "jobs": _jobs,
    "sessions": _sessions,
    "quiet": _quiet,
}


def _faulty(rng: Rng, clean: Floats, per_day: int, floor: float, usual: float) -> tuple[Floats, str, int, int] | None:
    """Spend with a fault, its kind and its window; None where it would not be seen or not matter."""
    kind = str(rng.choice(FAULTS))
    first = int(rng.integers(16 * per_day, len(clean) - 3 * per_day))
    base = float(clean[max(0, first - 28 * per_day) : first].mean())
    ahead = np.arange(len(clean) - first)
    length = int(rng.uniform(*_DAYS[kind]) * per_day)
    during = ahead < length
    after = clean[first:]
    if kind == "loop":
        new = after + np.where(during, max(base, usual * 0.3) * rng.uniform(2, 12), 0.0)
    elif kind == "stolen":
        new = after + np.where(during, usual * rng.uniform(1, 6) * rng.lognormal(0, 0.2, len(after)), 0.0)
    elif kind == "retries":
        new = after * np.where(during, rng.uniform(2.2, 6.0), 1.0)
    elif kind == "context":
        new = after * np.where(during, 1.0 + (ahead + 1) / length * rng.uniform(1.5, 5.0), 1.0)
    elif kind == "model":
        new = after * rng.uniform(1.8, 4.0)
    else:
        new = np.where(during, 0.0, after)
    last = min(first + length, len(clean))
    if not _seen(kind, clean, new, first, last, per_day, floor, base):
        return None
    return np.concatenate([clean[:first], new]), kind, first, last


def _seen(
    kind: str, clean: Floats, new: Floats, first: int, last: int, per_day: int, floor: float, base: float
) -> bool:
    before, within = clean[max(0, first - 28 * per_day) : first], new[: last - first]
    if kind == "outage":
        return base > 3 * floor and bool((before > 0.2 * base).mean() > 0.95)
    span = 7 * per_day if kind in ("context", "model") else min(last - first, per_day * 2)
    if last - first < span or (within - clean[first:last]).max() < 1.5 * floor:
        return False
    sums = [np.convolve(one, np.ones(span), "valid").max() for one in (within, before)]
    return bool(sums[0] > 1.25 * sums[1])
