"""How near the live estimate of an open day comes to what settles: the real pipeline over simulated organisations.

The bill settles 8 to 30 hours late and is restated; the contract is 20 % below list, one model 15 % above it. Beside
the estimate: usage at list price, and what the day before cost, as if that were known already.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

from benchmarks.estimate_run import MIDNIGHT, NEW_CONTRACT, NEW_SOURCE, NOON, SEEDS, STEADY, Case, Point, run

GOAL_MEDIAN, GOAL_95, GOAL_HELD = 0.03, 0.10, 0.90
_LEARNT = 5  # settled days after which nothing more is told
_PROCESSES = 2
_Told = Callable[[Point], int]


def _estimate(point: Point) -> int:
    return point.estimate


def _listed(point: Point) -> int:
    return point.listed


def _before(point: Point) -> int:
    return point.before


def main() -> None:
    """Print errors and bands beside the goals."""
    began = time.monotonic()
    points = _measured((STEADY, NEW_SOURCE, NEW_CONTRACT))
    print(f"the live estimate of an open day against what settled: {STEADY.days} days, {len(SEEDS)} organisations")
    print(f"  {'error':32s}  median     95th   worst organisation's")
    for moment in (MIDNIGHT, NOON):
        _steady(moment, [p for p in points[STEADY.name] if p.moment == moment])
    print("  terms never seen before: median error at the end of the day, by settled days of these terms")
    for case in (NEW_SOURCE, NEW_CONTRACT):
        _learning(case.name, [p for p in points[case.name] if p.moment == MIDNIGHT and p.project is None])
    spent = sum(getrusage(who).ru_utime + getrusage(who).ru_stime for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    print(f"  took {time.monotonic() - began:.0f} s, {spent:.0f} s of processor time on {_PROCESSES} processes")


def _measured(cases: Sequence[Case]) -> dict[str, list[Point]]:
    jobs = [(case, seed) for case in cases for seed in SEEDS]
    with multiprocessing.get_context("spawn").Pool(_PROCESSES) as pool:
        found = pool.starmap(run, jobs, chunksize=1)
        pool.close()
        pool.join()
    points: dict[str, list[Point]] = {case.name: [] for case in cases}
    for (case, _), some in zip(jobs, found, strict=True):
        points[case.name] += some
    return points


def _steady(moment: str, points: Sequence[Point]) -> None:
    whole = [p for p in points if p.project is None]
    print(f"  {moment}")
    _errors("estimate", whole, _estimate, f"   goal {GOAL_MEDIAN:.0%}, {GOAL_95:.0%}")
    _errors("estimate, each project", [p for p in points if p.project is not None], _estimate)
    _errors("list price", whole, _listed)
    _errors("the day before", whole, _before)
    held = sum(p.low <= p.truth <= p.high for p in whole) / len(whole)
    width = median((p.high - p.low) / p.truth for p in whole)
    print(f"    the band holds the truth on {held:.1%} of days (goal {GOAL_HELD:.0%}); low to high is {width:.1%} wide")


def _errors(name: str, points: Sequence[Point], told: _Told, goal: str = "") -> None:
    errors = {seed: [_error(told(p), p.truth) for p in points if p.seed == seed] for seed in SEEDS}
    every = [error for some in errors.values() for error in some]
    worst = max(map(median, errors.values())), max(map(_95th, errors.values()))
    figures = f"{median(every):7.2%}  {_95th(every):7.2%}  {worst[0]:7.2%}  {worst[1]:7.2%}"
    print(f"    {name:30s}  {figures}{goal}")


def _learning(name: str, points: Sequence[Point]) -> None:
    for rival, told in (("estimate", _estimate), ("list price", _listed)):
        cells = []
        for settled in range(_LEARNT + 1):
            errors = [_error(told(p), p.truth) for p in points if p.settled == settled]
            cells.append(f"{settled}: {median(errors):6.2%}" if errors else f"{settled}:    -  ")
        print(f"    {name:14s} {rival:10s}   {'   '.join(cells)}")


def _error(told: int, truth: int) -> float:
    return abs(told - truth) / truth


def _95th(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]
