"""A labelled benchmark of spend outside this repository (`spendbench.py`), on seeds that nothing was tuned on."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.anomaly_driver import Drivers, Organisation
from benchmarks.anomaly_world import Floats
from benchmarks.detectors import RULES, block_of, detect, together
from benchmarks.goals import Row

_SEEDS = (21, 22)
_SERIES = {"daily": 600, "hourly": 200}
_WORLD = "spendbench"
_FIGURES = (
    "nuisance_per_series_year",
    "delay_mean_abrupt",
    "delay_mean_leak",
    "saved",
    "band_coverage",
)


def outside(path: str) -> Iterator[Row]:
    """Prints what each detector does by the day and by the hour; gives the figures of ours."""
    bench = _loaded(path)
    for freq in _SERIES:
        yield from _measured(bench, freq)


def _loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("spendbench", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["spendbench"] = module
    spec.loader.exec_module(module)
    return module


def _measured(bench: ModuleType, freq: str) -> Iterator[Row]:
    groups = [list(each) for seed in _SEEDS for each in _organisations(bench.make(freq, seed, _SERIES[freq]))]
    series = [one for group in groups for one in group]
    bench.check_causal(detect, series[:: len(series) // 6], k=6, cuts=(0.5, 0.8))
    found = [together(group) for group in groups]
    done = bench.score(series, [one for some in found for one in some], 1.0)
    print(f"spendbench, {freq}, held-out seeds: {done['events']} anomalies in {done['series_years']:.0f} series-years")
    _print("ours", done)
    best = max((_rival(bench, name, groups) for name in RULES if name != "ours"), key=lambda one: one[1]["F1"])
    for name in _FIGURES:
        print(f"  {name:26} {done[name]:.3f}")
    print(f"  recall by type             { {kind: round(share, 2) for kind, share in done['recall_by_type'].items()} }")
    print(f"  false alarms by kind       {done['fa_by_kind']}")
    yield from _rows(freq, done, best)
    if freq == "daily":
        drivers = _drivers(groups, found)
        print(f"  {drivers}")
        yield Row("top driver right", drivers.right_at_peak / max(drivers.at_peak, 1), _WORLD)


def _organisations(series: Sequence[Any]) -> Iterator[Iterator[Any]]:
    return (each for _, each in groupby(series, key=lambda one: one.org))


def _rival(bench: ModuleType, name: str, groups: Sequence[Sequence[Any]]) -> tuple[str, Mapping[str, Any]]:
    found = [{"score": scores} for group in groups for scores in RULES[name](block_of(group)).T]
    done = bench.score([one for group in groups for one in group], found, 1.0)
    _print(name, done)
    return name, done


def _print(name: str, done: Mapping[str, Any]) -> None:
    print(
        f"  {name:18} F1 {done['F1']:.3f}  recall {done['recall']:.2f}  false alarms/series-year "
        f"{done['fa_per_series_year']:6.2f}  in the first bucket {done['first_bucket']:.2f}"
    )


def _rows(freq: str, done: Mapping[str, Any], best: tuple[str, Mapping[str, Any]]) -> Iterator[Row]:
    rival, theirs = best
    yield Row(f"{freq} F1", done["F1"], _WORLD, f"{theirs['F1']:.3f} ({rival})")
    beside = f"{theirs['fa_per_series_year']:.2f} ({rival})"
    yield Row(f"{freq} false alarms a series-year", done["fa_per_series_year"], _WORLD, beside)
    if freq == "daily":
        yield Row("daily recall", done["recall"], _WORLD, f"{theirs['recall']:.3f} ({rival})")
        yield Row("daily recall of slow leaks", done["recall_by_type"]["leak"], _WORLD)
        yield Row("daily, abrupt ones in the first bucket", done["first_bucket"], _WORLD)
    yield Row("95 % band held", done["band_coverage"], f"{_WORLD}, {freq}")


def _drivers(groups: Sequence[Sequence[Any]], found: Sequence[Sequence[Mapping[str, Floats]]]) -> Drivers:
    """Of each organisation of the benchmark."""
    named = Drivers()
    for group, some in zip(groups, found, strict=True):
        added = np.zeros((group[0].n, len(group)))
        rises: list[tuple[int, int, int]] = []
        for column, one in enumerate(group):
            for fault in one.truth:
                added[fault.start :, column] += fault.excess[: group[0].n - fault.start]
                rises.append((column, fault.start, fault.end))
        seen, expected = np.array([one.obs for one in group]).T, np.array([one["expected"] for one in some]).T
        told = np.array([one["score"] for one in some]).T >= 1.0
        named.add(Organisation(seen, expected, told, added), rises)
    return named
