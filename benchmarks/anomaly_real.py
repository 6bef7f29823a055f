"""Public figures as if they were spend, with faults put in: worlds that nobody here made up.

Counts of tweets and taxi rides, from a copy of the Numenta Anomaly Benchmark, whose labelled windows count neither way;
rides end before theirs. And the hourly series of the M4 competition, most of them smooth.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.anomaly_world import Floats, World, with_faults
from budgetbot.core.anomaly import Block

_TIMES_OVER = 8  # each series, with other faults
_M4_HOURS = 960  # of its longer hourly series; the others last four weeks
_ORGANISATION = 30  # series that are one rule's
_MONDAY = np.datetime64("2015-07-06T00:00:00", "s")


def real(root: Path, hourly: bool, seed: int) -> list[World]:
    """One world per file below `root`/data."""
    windows: dict[str, list[list[str]]] = json.loads((root / "labels" / "combined_windows.json").read_text())
    files = [*sorted((root / "data" / "realTweets").glob("*.csv")), root / "data" / "realKnownCause" / "nyc_taxi.csv"]
    return [
        _world(np.random.default_rng([seed, i, int(hourly)]), path, windows[f"{path.parent.name}/{path.name}"], hourly)
        for i, path in enumerate(files)
    ]


def m4(path: Path, hourly: bool, seed: int) -> list[World]:
    """Worlds of 30 series each: those of 40 days in the competition's Dataset/Train/Hourly-train.csv
    (https://github.com/Mcompetitions/M4-methods), each at a level of its own. Their days are not known here: they are
    taken to start on a Monday."""
    rows = [[cell.strip('"') for cell in line.split(",")[1:]] for line in path.read_text().splitlines()[1:]]
    whole = np.array(
        [row[:_M4_HOURS] for row in rows if len(row) >= _M4_HOURS and row[_M4_HOURS - 1]], dtype=np.float64
    )
    per_day = 24 if hourly else 1
    shapes = whole.T.reshape(_M4_HOURS // 24 * per_day, 24 // per_day, -1).sum(axis=1)
    return [
        _levels(np.random.default_rng([seed, first, int(hourly)]), shapes[:, first : first + _ORGANISATION], per_day)
        for first in range(0, shapes.shape[1], _ORGANISATION)
    ]


def _levels(rng: np.random.Generator, shapes: Floats, per_day: int) -> World:
    """From some ten dollars a day to thousands."""
    count = shapes.shape[1]
    clean = shapes / shapes.mean(axis=0) * rng.lognormal(np.log(240.0), 1.0, count) / per_day
    floor = 2.0 if per_day > 1 else 5.0
    settled, faults = with_faults(rng, clean, per_day, floor, 1.0)
    times = _MONDAY + np.arange(len(clean)) * np.timedelta64(86400 // per_day, "s")
    block = Block(times, settled, np.full(count, floor), hourly=per_day > 1)
    return World(block, tuple(faults), ("M4",) * count)


def _world(rng: np.random.Generator, path: Path, labels: list[list[str]], hourly: bool) -> World:
    per_day = 24 if hourly else 1
    start, amounts = _read(path, per_day)
    floor = 2.0 if hourly else 5.0
    amounts = amounts[: 110 * per_day] * (240.0 / per_day) / max(float(amounts.mean()), 1e-9)
    clean = np.repeat(amounts[:, None], _TIMES_OVER, axis=1)
    settled, faults = with_faults(rng, clean, per_day, floor, 1.0)
    edges = np.array([[edge[:19].replace(" ", "T") for edge in one] for one in labels], dtype="datetime64[s]")
    own = [(int(a), int(b) + 1) for a, b in ((edges - start) // np.timedelta64(86400 // per_day, "s")).tolist()]
    times = start + np.arange(len(amounts)) * np.timedelta64(86400 // per_day, "s")
    block = Block(times, settled, np.full(_TIMES_OVER, floor), hourly=hourly)
    return World(block, tuple(faults), tuple([path.stem] * _TIMES_OVER), tuple(own))


def _read(path: Path, per_day: int) -> tuple[np.datetime64, Floats]:
    """The first whole day's start, and sums by bucket."""
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    times = np.array([row[0].replace(" ", "T") for row in rows], dtype="datetime64[s]")
    values = np.array([float(row[1]) for row in rows])
    first = times[0].astype("datetime64[D]") + 1
    places = ((times - first) // np.timedelta64(86400 // per_day, "s")).astype(np.int64)
    whole = int((times[-1].astype("datetime64[D]") - first).astype(np.int64)) * per_day
    inside = (places >= 0) & (places < whole)
    return first.astype("datetime64[s]"), np.bincount(places[inside], values[inside], whole).astype(np.float64)
