"""The detector as a whole: it never looks ahead, needs no neighbours, and remembers what it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from budgetbot.core.anomaly import Block, Bucket, Channel, Detector, Verdict, each_of, run
from budgetbot.core.anomaly_past import Floats

MONDAY = np.datetime64("2025-03-03T00:00:00", "s")
DAY = np.timedelta64(86400, "s")
HOUR = np.timedelta64(3600, "s")


def daily(settled: Floats, floor: float = 5.0) -> Block:
    columns = settled.reshape(len(settled), -1)
    return Block(MONDAY + np.arange(len(columns)) * DAY, columns, np.full(columns.shape[1], floor))


def steady(days: int, series: int = 1, seed: int = 0, level: float = 100.0, noise: float = 0.08) -> Floats:
    """About `level` a day, less at week-ends."""
    rng = np.random.default_rng(seed)
    week = np.array([1.0, 1.1, 1.0, 1.05, 0.95, 0.5, 0.4])[np.arange(days) % 7]
    return level * week[:, None] * rng.lognormal(0.0, noise, (days, series))


def lively(days: int, seed: int = 3) -> Floats:
    """Steady, sparse, new and rising series with a spike, a shift, a leak and an outage among them."""
    rng = np.random.default_rng(seed)
    spent = steady(days, 8, seed)
    spent[60, 0] *= 6.0
    spent[50:, 1] *= 2.5
    spent[45:70, 2] *= 1.05 ** np.arange(25)
    spent[64:66, 3] = 0.0
    spent[:, 4] = np.where(rng.random(days) < 0.2, rng.lognormal(2.0, 0.8, days), 0.0)
    spent[:40, 5] = 0.0
    spent[:, 6] = 0.0
    return spent


def told(found: Verdict, column: int = 0) -> list[int]:
    return [int(day) for day in np.flatnonzero(found.alarm[:, column])]


def test_no_verdict_uses_what_came_later() -> None:
    spent = lively(90)
    late = spent * np.random.default_rng(1).uniform(0.6, 1.0, spent.shape)
    whole = run(replace(daily(spent), first=late))

    for end in (20, 51, 62, 77):
        cut = spent[:end].copy()
        cut[-1] = 12345.0  # what the last bucket will have come to is not known
        part = run(replace(daily(cut), first=late[:end]))
        for name in Verdict.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:end])


def test_doubled_money_with_doubled_floors_is_judged_the_same() -> None:
    spent = lively(90)
    peers = np.full(90, 80.0)

    once = run(replace(daily(spent), peers=peers))
    twice = run(replace(daily(spent * 2, floor=10.0), peers=peers * 2))

    np.testing.assert_allclose(twice.score, once.score, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(twice.high, once.high * 2, rtol=1e-6, atol=1e-9)


def test_a_series_is_judged_the_same_alone_and_among_others() -> None:
    spent = lively(90)

    together = run(daily(spent))

    for column in range(spent.shape[1]):
        alone = run(daily(spent[:, column]))
        np.testing.assert_allclose(alone.score[:, 0], together.score[:, column], rtol=1e-9, atol=1e-12)
        assert told(alone) == told(together, column)


def test_judging_changes_nothing_and_a_copy_goes_its_own_way() -> None:
    spent = steady(40)
    detector, never_asked = Detector(np.array([5.0])), Detector(np.array([5.0]))
    for day in range(39):
        bucket = Bucket(MONDAY + day * DAY, spent[day])
        detector.judge(replace(bucket, first=spent[day] * 50))
        detector.copy().learn(bucket, spent[day] * 50)
        detector.learn(bucket, spent[day])
        never_asked.learn(bucket, spent[day])

    last = Bucket(MONDAY + 39 * DAY, spent[39])
    assert detector.judge(last).score == never_asked.judge(last).score


def test_a_spike_says_what_was_usual_how_much_more_it_is_and_since_when() -> None:
    spent = steady(60)
    spent[50] = 600.0

    found = run(daily(spent))

    assert told(found) == [50]
    assert found.channel[50, 0] == Channel.POINT
    assert found.expected[50, 0] == pytest.approx(110.0, rel=0.15)
    assert found.low[50, 0] < found.expected[50, 0] < found.high[50, 0] < 200.0
    assert found.excess[50, 0] == pytest.approx(490.0, rel=0.1)
    assert found.since[50, 0] == 50
    assert found.since[51, 0] == -1


def test_what_is_told_is_not_told_again_within_the_cool_down_unless_it_doubles() -> None:
    spent = steady(60)
    spent[45:48] = 600.0
    spent[48] = 2500.0

    found = run(daily(spent))

    assert (found.score[45:49] >= 1.0).all()
    assert told(found) == [45, 48]
    assert set(found.since[45:49, 0]) == {45}


def test_after_a_lasting_shift_the_new_level_is_the_usual_one() -> None:
    spent = steady(90)
    spent[50:] *= 3.0

    found = run(daily(spent))

    assert told(found) == [50]
    assert (found.score[60:] < 1.0).all()
    usual = spent[65:] / found.expected[65:]
    assert 0.8 < float(np.median(usual)) < 1.25


def test_excluded_buckets_leave_what_is_usual_as_it_was() -> None:
    calm, loaded = steady(60), steady(60)
    loaded[40:50] *= 5.0
    planned = np.zeros((60, 1), dtype=np.bool_)
    planned[40:50] = True

    without = run(replace(daily(calm), excluded=planned))
    with_load = run(replace(daily(loaded), excluded=planned))

    assert (with_load.score[40:50] >= 1.0).all()
    np.testing.assert_allclose(with_load.expected[50:], without.expected[50:], rtol=0.02)
    np.testing.assert_allclose(with_load.high[50:], without.high[50:], rtol=0.1)
    assert told(with_load)[-1] < 50


def test_a_bucket_still_filling_is_judged_against_what_was_usual_at_that_age() -> None:
    spent = steady(60)
    first, share = spent.copy(), np.ones(60)
    first[57], share[57] = spent[57] * 0.3, 0.3
    first[58], share[58] = 200.0, 0.3

    found = run(replace(daily(spent), first=first, share=share))

    assert found.score[57, 0] < 0.5
    assert found.expected[57, 0] == pytest.approx(first[57, 0], rel=0.25)
    assert told(found) == [58]


def test_late_spend_alone_is_no_alarm() -> None:
    rng = np.random.default_rng(5)
    spent = steady(200, series=20)
    late = np.where(rng.random(spent.shape) < 0.03, rng.uniform(0.45, 0.9, spent.shape), 1.0)

    found = run(replace(daily(spent), first=spent * late))

    assert found.alarm.sum() == 0


def test_restated_spend_is_taken_in_by_stepping_a_copy_again() -> None:
    spent = steady(60)
    settled = Detector(np.array([5.0]))
    for day in range(50):
        settled.learn(Bucket(MONDAY + day * DAY, spent[day]), spent[day])

    def seen(days: Floats) -> Verdict:
        forked = settled.copy()
        for day in range(50, 59):
            forked.learn(Bucket(MONDAY + day * DAY, days[day]), days[day])
        return forked.judge(Bucket(MONDAY + 59 * DAY, spent[59]))

    seen(spent * 0.5)
    assert seen(spent).expected == run(daily(spent)).expected[59]


def test_so_many_series_share_the_false_alarms_of_thirty() -> None:
    assert each_of(0.1, 1) == each_of(0.1, 30) == 0.1
    assert each_of(0.1, 10_000) * 10_000 == pytest.approx(0.1 * 30)

    spent = steady(40, series=1200, seed=9)
    spent[35, 0] *= 2.0
    few, many = run(daily(spent[:, :30])), run(daily(spent))

    assert told(few) == [35]
    assert told(many) == []
    assert many.score[35, 0] > 0.5


def test_hours_are_judged_by_their_place_in_the_week() -> None:
    hours = np.arange(28 * 24)
    busy = np.where((hours % 24 >= 8) & (hours % 24 < 18), 40.0, 4.0)
    spent = (busy * np.random.default_rng(2).lognormal(0.0, 0.1, len(hours)))[:, None]
    spent[27 * 24 + 2] = 38.0  # usual by day, not at two in the night
    block = Block(MONDAY + hours * HOUR, spent, np.array([2.0]), hourly=True)

    found = run(block)

    assert told(found) == [27 * 24 + 2]
    assert found.expected[27 * 24 + 2, 0] == pytest.approx(4.0, rel=0.3)
