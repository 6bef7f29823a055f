"""The stream detector of the benchmarks looks at nothing that has not come yet, and tells what is rare."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.anomaly_stream import detect_stream
from benchmarks.stream_tail import MOST, Tail
from benchmarks.stream_usual import Usual
from budgetbot.core.anomaly_past import Floats


def clock(count: int, seconds: int) -> npt.NDArray[np.datetime64]:
    return np.datetime64("2025-01-01T00:00:00", "s") + np.arange(count) * np.timedelta64(seconds, "s")


def noisy(count: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0.0, 1.0, count)


def tides(days: int) -> Floats:
    """By the five minutes, high by day."""
    hours = np.arange(days * 288) / 12.0
    return np.asarray(50.0 + 30.0 * np.sin(hours * np.pi / 12.0) + noisy(days * 288))


@pytest.mark.parametrize("end", [60, 101, 250, 503, 599])
def test_a_score_uses_only_the_values_so_far_and_lies_between_0_and_1(end: int) -> None:
    times, values = clock(600, 1200), noisy(600)
    values[500:506] = 40.0

    whole, part = detect_stream(times, values), detect_stream(times[:end], values[:end])

    np.testing.assert_array_equal(whole[:end], part)
    assert whole.min() >= 0.0
    assert whole.max() <= 1.0
    assert 500 <= int(whole.argmax()) <= 506


def test_a_flat_stream_is_silent() -> None:
    assert detect_stream(clock(300, 3600), np.full(300, 7.0)).max() == 0.0


def test_the_first_move_of_a_flat_stream_is_told_at_once() -> None:
    values = np.full(1000, 7.0)
    values[700] = 8.0

    assert int(detect_stream(clock(1000, 300), values).argmax()) == 700


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e9])
def test_the_unit_of_the_figures_does_not_matter(factor: float) -> None:
    times, values = clock(3000, 300), tides(11)[:3000]

    np.testing.assert_allclose(
        detect_stream(times, factor * values), detect_stream(times, values), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("move", [-60.0, 60.0])
def test_a_move_either_way_is_the_rarest_of_a_tidal_stream(move: float) -> None:
    values = tides(14)
    values[3000:3006] += move

    assert 3000 <= int(detect_stream(clock(len(values), 300), values).argmax()) < 3006


def test_a_tide_that_fails_to_come_is_rarer_than_any_before() -> None:
    values = tides(14)
    middle = slice(11 * 288, 11 * 288 + 144)  # would have been high
    values[middle] = 50.0 + noisy(144, 2)

    found = detect_stream(clock(len(values), 300), values)

    assert middle.start <= int(found[576 : middle.stop].argmax()) + 576


def jobs(days: int) -> Floats:
    """By the five minutes, high from 12:25 to 18:40."""
    minute = np.arange(days * 288) * 5 % 1440
    return np.where((minute >= 745) & (minute < 1120), 80.0, 20.0) + noisy(days * 288)


def test_a_job_that_starts_a_quarter_of_an_hour_early_is_the_rarest_once_its_hour_is_known() -> None:
    values = jobs(14)
    start = 12 * 288 + 149
    values[start - 3 : start] += 60.0

    found = detect_stream(clock(len(values), 300), values)

    assert start - 3 <= int(found[1152:].argmax()) + 1152 < start


def test_an_edge_within_the_hour_is_usual_after_some_days() -> None:
    usual, logs = Usual(0.0), np.log(jobs(11))
    found = []
    for index, value in enumerate(logs.tolist()):
        found.append(usual.at(index / 12.0))
        usual.add(value)

    edge = 10 * 288 + 149
    np.testing.assert_allclose(found[edge - 4 : edge + 4], logs[edge - 4 : edge + 4], atol=0.3)


def test_what_follows_an_alarm_within_200_values_is_told_only_if_more_surprising() -> None:
    values = noisy(4000)
    values[2000], values[2100], values[3000] = 60.0, 61.0, 62.0

    found = detect_stream(clock(4000, 300), values)

    assert found[2000] > 0.0
    assert found[2100] == 0.0
    assert found[3000] > 0.0


def test_a_farther_move_is_rarer_up_to_what_can_be_known() -> None:
    scores = []
    for size in (6.0, 9.0, 20.0, 1e6, 1e9):
        values = noisy(3000)
        values[2000] = size
        scores.append(float(detect_stream(clock(3000, 300), values)[2000]))

    assert 0.0 < scores[0] < scores[1] < scores[2] <= scores[3] == scores[4] <= 1.0


@pytest.mark.parametrize(
    ("fault", "within"),
    [
        (np.full(300, 51.0), 100),  # stuck
        (60.0 + noisy(300, 3), 24),  # a new level
        (50.0 + 4.0 * noisy(300, 3), 24),  # wilder
    ],
)
def test_a_lasting_change_of_any_kind_is_the_rarest_of_a_steady_stream(fault: Floats, within: int) -> None:
    values = 50.0 + noisy(4000)
    values[3000:3300] = fault

    assert 3000 <= int(detect_stream(clock(4000, 300), values)[600:].argmax()) + 600 < 3000 + within


class TestATail:
    def test_nothing_is_rare_before_there_is_a_past(self) -> None:
        tail = Tail()

        assert [tail.decades(float(one)) for one in range(50)] == [0.0] * 50

    def test_what_is_common_counts_by_rank(self) -> None:
        assert past(999).decades(899.0) == pytest.approx(1.0, abs=0.01)

    def test_far_out_is_less_rare_where_the_past_had_a_heavier_tail(self) -> None:
        light, heavy = past(999), Tail()
        wide = np.exp(3.0 * noisy(999))
        for one in wide.tolist():
            heavy.decades(one)

        assert 1.7 < heavy.decades(3.0 * float(np.quantile(wide, 0.98))) < light.decades(3.0 * 979.0) < MOST

    def test_no_past_makes_anything_rarer_than_the_most(self) -> None:
        assert past(999).decades(1e12) == MOST

    def test_the_oldest_are_forgotten(self) -> None:
        tail = Tail()
        tail.decades(1e9)
        for one in range(20_000):
            tail.decades(float(one % 100))

        assert tail.decades(1e9) == MOST


def past(count: int) -> Tail:
    tail = Tail()
    for one in range(count):
        tail.decades(float(one))
    return tail


def test_what_recurs_is_rarer_the_first_time_than_after_many_larger_ones() -> None:
    values = noisy(3000)
    values[2500] = 15.0
    often = values.copy()
    often[200:2400:50] = 30.0

    new, old = (detect_stream(clock(3000, 1800), one)[2500] for one in (values, often))

    assert old < new
