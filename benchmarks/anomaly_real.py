"""Public counts of tweets and taxi rides as if they were spend, with faults put in: worlds that nobody here made up.

From a copy of the Numenta Anomaly Benchmark, whose labelled windows count neither way; rides end before theirs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.anomaly_world import Floats, World, with_faults
from budgetbot.core.anomaly import Block

_TIMES_OVER = 8  # each series, with other faults


def real(root: Path, hourly: bool, seed: int) -> list[World]:
    """One world per file below `root`/data."""
    windows: dict[str, list[list[str]]] = json.loads((root / "labels" / "combined_windows.json").read_text())
    files = [*sorted((root / "data" / "realTweets").glob("*.csv")), root / "data" / "realKnownCause" / "nyc_taxi.csv"]
    return [
        _world(np.random.default_rng([seed, i, int(hourly)]), path, windows[f"{path.parent.name}/{path.name}"], hourly)
        for i, path in enumerate(files)
    ]


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
