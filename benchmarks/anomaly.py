"""How the anomaly detector does beside plain rules: what it finds, how often it is wrong, how soon, how fast.

The world is this repository's own (`anomaly_world`); with `--spendbench PATH` also a benchmark outside it, on the seeds
that nothing was tuned on.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.anomaly_driver import Drivers, Organisation
from benchmarks.anomaly_nab import nab
from benchmarks.anomaly_real import real
from benchmarks.anomaly_world import ABRUPT, FAULTS, Fault, Floats, World, world
from benchmarks.detectors import detect, ewma, litellm, ours, plain_z, together, week_mean
from budgetbot.core.anomaly import Block, Bucket, Detector, Verdict, run

SEEDS = (11, 12)
_BUCKET = {False: "day", True: "hour"}
_DAYS = {False: (40, 90, 300), True: (28, 56)}
_ORGANISATION = 30  # series of a made world that are one
_FIGURES = (
    "F1",
    "recall",
    "fa_per_series_year",
    "nuisance_per_series_year",
    "first_bucket",
    "delay_mean_abrupt",
    "delay_mean_leak",
    "saved",
    "band_coverage",
)
_RULES: dict[str, Callable[[Block], Floats]] = {
    "ours": ours,
    "robust z, floors": plain_z,
    "EWMA, floor": ewma,
    "7-day mean x 1.3": week_mean,
    "LiteLLM": litellm,
}


@dataclass
class Tally:
    """Counts of one detector. A false alarm is an episode outside every fault, told again each week."""

    found: dict[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in FAULTS})
    missed: int = 0
    false: int = 0
    years: float = 0.0
    false_by: dict[str, int] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        found = sum(map(len, self.found.values()))
        return found / max(found + self.missed, 1)

    @property
    def f1(self) -> float:
        found = sum(map(len, self.found.values()))
        precision = found / max(found + self.false, 1)
        return 2 * precision * self.recall / max(precision + self.recall, 1e-9)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks anomaly")
    told = {name: os.environ.get(name) for name in ("SPENDBENCH", "NAB")}
    parser.add_argument("--spendbench", default=told["SPENDBENCH"], help="path of spendbench.py, or SPENDBENCH")
    corpus = Path(told["NAB"]) if told["NAB"] else None
    parser.add_argument("--nab", type=Path, default=corpus, help="path of a copy of NAB, or NAB; takes minutes")
    asked = parser.parse_args(sys.argv[2:] if sys.argv[1:2] == ["anomaly"] else [])
    for hourly in (False, True):
        made = [world(seed, days, hourly) for seed in SEEDS for days in _DAYS[hourly]]
        _compare(made, f"a made world by the {_BUCKET[hourly]}")
        if asked.nab:
            _compare(
                [*real(asked.nab, hourly, 11), *real(asked.nab, hourly, 12)], f"real counts by the {_BUCKET[hourly]}"
            )
    if asked.spendbench:
        outside = _loaded(asked.spendbench)
        _outside(outside, "daily", 600)
        _outside(outside, "hourly", 200)
    if asked.nab:
        print(f"NAB, standard profile: {nab(asked.nab):.1f}")
    _speed()


def _compare(worlds: Sequence[World], what: str) -> None:
    series, faults = sum(len(one.families) for one in worlds), sum(len(one.faults) for one in worlds)
    print(f"{what}: {series} series, {faults} faults")
    for name, rule in _RULES.items():
        tally = Tally()
        for one in worlds:
            tallied(tally, one, rule(one.block))
        by = " ".join(f"{kind} {_share(tally, worlds, kind):.2f}" for kind in FAULTS)
        found = [delay for kind in ABRUPT for delay in tally.found[kind]]
        abrupt = sum(fault.kind in ABRUPT for one in worlds for fault in one.faults)
        print(
            f"  {name:18} F1 {tally.f1:.3f}  recall {tally.recall:.2f}  false alarms/series-year "
            f"{tally.false / tally.years:6.2f}  in the first bucket {found.count(0) / max(abrupt, 1):.2f}  {by}"
        )
        if name == "ours":
            print(f"  {'':18} false alarms by family: {dict(sorted(tally.false_by.items()))}")
    verdicts = [run(one.block) for one in worlds]
    held = _coverage(worlds, verdicts)
    print(f"  {'':18} the band held {held:.3f} of settled buckets without a fault (meant: 0.95)")
    if not worlds[0].block.hourly and worlds[0].clean is not None:
        print(f"  {'':18} {drivers(worlds, verdicts)}")


def tallied(tally: Tally, one: World, scores: Floats) -> None:
    """Add one world's alarms."""
    per_day = 24 if one.block.hourly else 1
    flags = scores >= 1.0
    flags[: 14 * per_day] = False
    tally.years += flags[14 * per_day :].size / (365.0 * per_day)
    for column, family in enumerate(one.families):
        faults = [fault for fault in one.faults if fault.series == column]
        clear = flags[:, column].copy()
        for start, end in one.own:
            clear[start : end + 2 * per_day] = False
        for fault in faults:
            _found(tally, fault, flags[:, column])
            clear[fault.start : fault.end + per_day * (0 if fault.kind == "model" else 2)] = False
        count = _episodes(np.flatnonzero(clear).tolist(), per_day)
        tally.false += count
        if count:
            tally.false_by[family] = tally.false_by.get(family, 0) + count


def _found(tally: Tally, fault: Fault, flags: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    within = flags[fault.start : fault.end]
    if within.any():
        tally.found[fault.kind].append(int(within.argmax()))
    else:
        tally.missed += 1


def _episodes(flagged: Sequence[int], per_day: int) -> int:
    count, last, start = 0, -(10**9), -(10**9)
    for i in flagged:
        if i - last > 2 * per_day or i - start >= 7 * per_day:
            count, start = count + 1, i
        last = i
    return count


def _share(tally: Tally, worlds: Sequence[World], kind: str) -> float:
    there = sum(fault.kind == kind for one in worlds for fault in one.faults)
    return len(tally.found[kind]) / max(there, 1)


def drivers(worlds: Sequence[World], verdicts: Sequence[Verdict]) -> Drivers:
    """Of made worlds, whose series are organisations of 30 in turn."""
    named = Drivers()
    for one, found in zip(worlds, verdicts, strict=True):
        assert one.clean is not None
        seen = one.block.settled if one.block.first is None else one.block.first
        told, added = found.score >= 1.0, one.block.settled - one.clean
        for first in range(0, seen.shape[1], _ORGANISATION):
            part = slice(first, first + _ORGANISATION)
            org = Organisation(seen[:, part], found.expected[:, part], told[:, part], added[:, part])
            within = [fault for fault in one.faults if part.start <= fault.series < part.stop]
            named.add(org, [(fault.series - first, fault.start, fault.end) for fault in within])
    return named


def _coverage(worlds: Sequence[World], verdicts: Sequence[Verdict]) -> float:
    held, counted = 0, 0
    for one, found in zip(worlds, verdicts, strict=True):
        per_day = 24 if one.block.hourly else 1
        free = np.ones_like(one.block.settled, dtype=np.bool_)
        free[: 14 * per_day] = False
        for fault in one.faults:
            free[fault.start :, fault.series] = False
        inside = (one.block.settled >= found.low - 1e-9) & (one.block.settled <= found.high + 1e-9)
        held, counted = held + int(inside[free].sum()), counted + int(free.sum())
    return held / max(counted, 1)


def _loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("spendbench", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["spendbench"] = module
    spec.loader.exec_module(module)
    return module


def _outside(bench: ModuleType, freq: str, series: int) -> None:
    parts = [bench.make(freq, seed, series) for seed in (21, 22)]
    held_out = [one for part in parts for one in part]
    bench.check_causal(detect, held_out[:: len(held_out) // 6], k=6, cuts=(0.5, 0.8))
    found: list[dict[str, Floats]] = []
    named = Drivers()
    for part in parts:
        for _, each in groupby(part, key=lambda one: one.org):
            group = list(each)
            found += together(group)
            _name(named, group, found[-len(group) :])
    done = bench.score(held_out, found, 1.0)
    print(f"spendbench, {freq}, held-out seeds: {done['events']} anomalies in {done['series_years']:.0f} series-years")
    for name in _FIGURES:
        print(f"  {name:26} {done[name]:.3f}")
    print(f"  {'top-1 driver of any':26} {bench.attribution(held_out, found):.3f}")
    if freq == "daily":
        print(f"  {named}")
    print(f"  recall by type             { {kind: round(share, 2) for kind, share in done['recall_by_type'].items()} }")
    print(f"  false alarms by kind       {done['fa_by_kind']}")


def _name(named: Drivers, group: Sequence[Any], found: Sequence[dict[str, Floats]]) -> None:
    """Of one organisation of the benchmark outside."""
    added = np.zeros((group[0].n, len(group)))
    rises: list[tuple[int, int, int]] = []
    for column, one in enumerate(group):
        for fault in one.truth:
            added[fault.start :, column] += fault.excess[: group[0].n - fault.start]
            rises.append((column, fault.start, fault.end))
    seen, expected, score = (np.array(part).T for part in _columns(group, found))
    named.add(Organisation(seen, expected, score >= 1.0, added), rises)


def _columns(group: Sequence[Any], found: Sequence[dict[str, Floats]]) -> tuple[list[Floats], ...]:
    return [one.obs for one in group], [one["expected"] for one in found], [one["score"] for one in found]


def _speed() -> None:
    one = world(SEEDS[0], 400, hourly=False, series=50)
    wide = np.tile(one.block.settled, (1, 20))
    block = replace(one.block, settled=wide, first=None, floor=np.full(1000, 5.0))
    began = time.perf_counter()
    run(block)
    whole = time.perf_counter() - began
    detector = Detector(block.floor)
    for i in range(100):
        detector.learn(Bucket(block.times[i], wide[i]), wide[i])
    began = time.perf_counter()
    for i in range(100, 120):
        detector.learn(Bucket(block.times[i], wide[i]), wide[i])
    step = (time.perf_counter() - began) / 20
    print(f"1,000 series by the day: 400 days {whole:.1f} s, one new bucket {step * 1000:.0f} ms (goals: 20 s, 50 ms)")
