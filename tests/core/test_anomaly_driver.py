"""What the anomaly benchmark counts as the right driver, and the rule it takes from LiteLLM."""

from __future__ import annotations

import numpy as np

from benchmarks.anomaly_driver import Drivers, Organisation
from benchmarks.detectors import litellm
from budgetbot.core.anomaly import Block
from budgetbot.core.anomaly_past import Floats


def organisation(added: Floats, told: list[tuple[int, int]], other: float = 0.0) -> Organisation:
    """Three series of $10 expected; the last spends `other` more than that every day."""
    expected = np.full_like(added, 10.0)
    seen = expected + added + np.array([0.0, 0.0, other])
    flags = np.zeros(added.shape, dtype=np.bool_)
    for day, column in told:
        flags[day, column] = True
    return Organisation(seen, expected, flags, added)


def rise(*by: float) -> Floats:
    """Of the first series, from the second day on."""
    added = np.zeros((len(by) + 1, 3))
    added[1:, 0] = by
    return added


def counts(org: Organisation) -> tuple[int, int, int, int]:
    named = Drivers()
    named.add(org, [(0, 1, len(org.seen))])
    return named.when_told, named.at_told, named.right_at_peak, named.at_peak


def test_the_largest_move_is_the_driver_when_told_and_on_the_worst_day() -> None:
    assert counts(organisation(rise(8.0, 20.0), [(1, 0)])) == (1, 1, 1, 1)


def test_another_series_that_moved_more_is_the_wrong_driver() -> None:
    assert counts(organisation(rise(8.0, 20.0), [(1, 0)], other=12.0)) == (0, 1, 1, 1)


def test_a_fault_below_a_tenth_of_the_organisation_does_not_count() -> None:
    assert counts(organisation(rise(2.0, 20.0), [(1, 0)])) == (0, 0, 1, 1)


def test_what_was_not_told_or_is_a_fall_does_not_count() -> None:
    assert counts(organisation(rise(20.0), [(1, 1)])) == (0, 0, 0, 0)
    assert counts(organisation(rise(-9.0), [(1, 0)])) == (0, 0, 0, 0)


def block(settled: list[float], hourly: bool = False) -> Block:
    column = np.array(settled)[:, None]
    step = np.timedelta64(3600 if hourly else 86400, "s")
    times = np.datetime64("2025-03-03T00:00:00", "s") + np.arange(len(column)) * step
    return Block(times, column, np.array([5.0]), hourly=hourly)


def last(settled: list[float], hourly: bool = False) -> bool:
    return bool(litellm(block(settled, hourly))[-1, 0] >= 1.0)


def test_litellm_tells_more_than_three_times_the_week_before_and_at_least_10_dollars() -> None:
    assert last([5.0] * 7 + [15.1])
    assert not last([5.0] * 7 + [14.9])
    assert not last([2.0] * 7 + [9.9])
    assert last([0.0] * 7 + [10.0])


def test_litellm_tells_by_the_hour_what_today_has_come_to_once_a_day() -> None:
    week = [0.5] * 24 * 7  # $12 a day
    assert not last([*week, 30.0], hourly=True)
    assert last([*week, 30.0, 7.0], hourly=True)
    assert not last([*week, 30.0, 7.0, 7.0], hourly=True)
