"""How the anomaly detector does beside plain rules: what it finds, how often it is wrong, how soon, how fast.

The world is this repository's own (`anomaly_world`); `--spendbench FILE` adds a benchmark outside it, on seeds that
nothing was tuned on, `--nab FOLDER` and `--m4 FILE` public series.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.anomaly_driver import Drivers, Organisation
from benchmarks.anomaly_nab import nab
from benchmarks.anomaly_outside import outside
from benchmarks.anomaly_real import m4, real
from benchmarks.anomaly_world import ABRUPT, FAULTS, Fault, Floats, World, world
from benchmarks.detectors import RULES, alarms
from benchmarks.goals import Row
from budgetbot.core.anomaly import Bucket, Detector, Verdict, run

SEEDS = (11, 12)
_DAYS = {False: (40, 90, 300), True: (28, 56)}
_ORGANISATION = 30  # series of a made world that are one


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


def main() -> list[Row]:
    """Print what each detector does; the figures of ours."""
    asked = _asked()
    rows: list[Row] = []
    for hourly, freq in ((False, "daily"), (True, "hourly")):
        made = [world(seed, days, hourly) for seed in SEEDS for days in _DAYS[hourly]]
        rows += _compared(made, freq, "own world")
        if asked.nab:
            counts = [*real(asked.nab, hourly, 11), *real(asked.nab, hourly, 12)]
            rows += _compared(counts, freq, "public counts")
        if asked.m4:
            rows += _compared([*m4(asked.m4, hourly, 11), *m4(asked.m4, hourly, 12)], freq, "M4 series")
    if asked.spendbench:
        rows += outside(asked.spendbench)
    if asked.nab:
        rows.append(Row("NAB, standard profile", nab(asked.nab), "NAB"))
    return [*rows, *_speed()]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks anomaly")
    told = {name: os.environ.get(name) for name in ("SPENDBENCH", "NAB", "M4")}
    parser.add_argument("--spendbench", default=told["SPENDBENCH"], help="path of spendbench.py, or SPENDBENCH")
    parser.add_argument("--nab", type=Path, default=told["NAB"], help="path of a copy of NAB, or NAB; takes minutes")
    parser.add_argument("--m4", type=Path, default=told["M4"], help="path of M4's Hourly-train.csv, or M4")
    return parser.parse_args(sys.argv[2:] if sys.argv[1:2] == ["anomaly"] else [])


def _compared(worlds: Sequence[World], freq: str, where: str) -> Iterator[Row]:
    series, faults = sum(len(one.families) for one in worlds), sum(len(one.faults) for one in worlds)
    print(f"{where}, {freq}: {series} series, {faults} faults")
    verdicts = [run(one.block) for one in worlds]
    mine = _tally("ours", worlds, map(alarms, verdicts))
    rivals = {name: rule for name, rule in RULES.items() if name != "ours"}
    tallies = {name: _tally(name, worlds, (rule(one.block) for one in worlds)) for name, rule in rivals.items()}
    print(f"  {'':18} ours, false alarms by family: {dict(sorted(mine.false_by.items()))}")
    rival = max(tallies, key=lambda name: tallies[name].f1)
    name = f"real series, {freq} F1" if worlds[0].clean is None else f"{freq} F1"
    yield Row(name, mine.f1, where, f"{tallies[rival].f1:.3f} ({rival})")
    false = [tally.false / tally.years for tally in (mine, tallies[rival])]
    yield Row(f"{freq} false alarms a series-year", false[0], where, f"{false[1]:.2f} ({rival})")
    held = _coverage(worlds, verdicts)
    yield Row("95 % band held", held, f"{where}, {freq}")
    if freq == "daily" and worlds[0].clean is not None:
        named = drivers(worlds, verdicts)
        print(f"  {'':18} {named}")
        yield Row("top driver right", named.right_at_peak / max(named.at_peak, 1), where)


def _tally(name: str, worlds: Sequence[World], scores: Iterable[Floats]) -> Tally:
    tally = Tally()
    for one, told in zip(worlds, scores, strict=True):
        tallied(tally, one, told)
    by = " ".join(f"{kind} {_share(tally, worlds, kind):.2f}" for kind in FAULTS)
    found = [delay for kind in ABRUPT for delay in tally.found[kind]]
    abrupt = sum(fault.kind in ABRUPT for one in worlds for fault in one.faults)
    print(
        f"  {name:18} F1 {tally.f1:.3f}  recall {tally.recall:.2f}  false alarms/series-year "
        f"{tally.false / tally.years:6.2f}  in the first bucket {found.count(0) / max(abrupt, 1):.2f}  {by}"
    )
    return tally


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


def _speed() -> Iterator[Row]:
    one = world(SEEDS[0], 400, hourly=False, series=50)
    wide = np.tile(one.block.settled, (1, 20))
    block = replace(one.block, settled=wide, first=None, floor=np.full(1000, 5.0))
    began = time.perf_counter()
    run(block)
    yield Row("1,000 series, 400 days, seconds", time.perf_counter() - began)
    detector = Detector(block.floor)
    for i in range(100):
        detector.learn(Bucket(block.times[i], wide[i]), wide[i])
    began = time.perf_counter()
    for i in range(100, 120):
        detector.learn(Bucket(block.times[i], wide[i]), wide[i])
    yield Row("1,000 series, one new bucket, seconds", (time.perf_counter() - began) / 20)
