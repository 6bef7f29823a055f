"""What each channel tells, and what explains a rise away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from budgetbot.core.anomaly import Block, Channel, run
from budgetbot.core.anomaly_past import Floats
from tests.core.test_anomaly import DAY, HOUR, MONDAY, daily, steady, told


def test_a_slow_leak_is_told_as_one_within_three_weeks() -> None:
    spent = steady(100)
    spent[60:90] *= (1.045 ** np.arange(1, 31))[:, None]

    found = run(daily(spent))

    first = told(found)[0]
    assert 62 <= first <= 80
    assert found.channel[first:90, 0].max() == Channel.LEAK
    assert 0 <= found.since[first, 0] <= first


def test_steady_growth_is_no_leak() -> None:
    spent = steady(300, series=10) * (1.006 ** np.arange(300))[:, None]

    assert run(daily(spent)).alarm.sum() == 0


def test_days_that_are_each_within_reason_are_told_together() -> None:
    spent = steady(80, noise=0.3, seed=4)
    spent[60:64] = 330.0

    found = run(daily(spent))

    assert told(found)[0] in (60, 61, 62)
    assert Channel.RAISED in found.channel[60:64, 0]


def test_a_sparse_series_is_told_of_a_day_far_beyond_its_sizes_but_not_of_a_usual_one() -> None:
    rng = np.random.default_rng(8)
    spent = np.where(rng.random(120) < 0.2, rng.lognormal(2.0, 0.5, 120), 0.0)
    spent[100], spent[110] = 20.0, 400.0

    found = run(daily(spent))

    assert told(found) == [110]
    assert found.channel[110, 0] == Channel.SPARSE
    assert found.low[100, 0] == 0.0
    assert found.high[100, 0] > 8.0


def test_a_run_of_middling_days_is_unusual_for_a_sparse_series() -> None:
    rng = np.random.default_rng(6)
    spent = np.where(rng.random(120) < 0.15, rng.lognormal(2.0, 0.4, 120), 0.0)
    spent[100:107] = 16.0

    found = run(daily(spent))

    assert [day for day in told(found) if day < 100] == []
    assert 101 <= told(found)[0] <= 105


def test_a_silent_key_that_spends_as_its_peers_do_is_told_on_its_first_day() -> None:
    spent = np.zeros(60)
    spent[50:] = 90.0

    found = run(replace(daily(spent), peers=np.full(60, 80.0)))

    assert told(found)[0] == 50
    assert found.channel[50, 0] == Channel.NEW


def test_a_new_key_that_starts_small_beside_its_peers_is_quiet() -> None:
    spent = np.zeros(60)
    spent[30:] = np.minimum(np.arange(1, 31) * 4.0, 40.0)

    assert told(run(replace(daily(spent), peers=np.full(60, 80.0)))) == []


def test_nothing_on_a_business_day_is_a_drop_and_on_a_holiday_it_is_not() -> None:
    spent = steady(60)
    spent[52] = 0.0
    holiday = np.zeros(60, dtype=np.bool_)
    holiday[52] = True

    open_day, closed = run(daily(spent)), run(replace(daily(spent), holiday=holiday))

    assert told(open_day) == [52]
    assert open_day.channel[52, 0] == Channel.DROP
    assert open_day.excess[52, 0] < 0.0
    assert told(closed) == []


def test_at_a_week_end_it_takes_two_empty_days() -> None:
    one, two = steady(63), steady(63)
    one[54] = 0.0
    two[54:56] = 0.0

    assert told(run(daily(one))) == []
    assert told(run(daily(two))) == [55]


def test_a_month_end_job_is_expected_the_third_time() -> None:
    spent = steady(130)
    dates = (MONDAY + np.arange(130) * DAY).astype("datetime64[D]")
    ends = np.flatnonzero((dates + 1).astype("datetime64[M]") != dates.astype("datetime64[M]"))
    spent[ends] = 450.0

    found = run(daily(spent))

    assert ends[0] in told(found)
    assert [day for day in told(found) if day >= ends[2]] == []
    assert found.expected[ends[2], 0] > 150.0


def test_a_weekly_job_is_no_anomaly() -> None:
    spent = steady(120, series=5)
    spent[3::7] *= 3.0

    assert run(daily(spent)).alarm[28:].sum() == 0


def test_a_known_price_change_is_taken_out() -> None:
    spent, price = steady(80), np.ones((80, 1))
    price[60:] = 1.8
    spent[60:] *= 1.8

    assert told(run(daily(spent))) != []
    known = run(replace(daily(spent), price=price))
    assert told(known) == []
    assert 0.7 < spent[62, 0] / known.expected[62, 0] < 1.4


def test_less_than_the_floor_is_never_told() -> None:
    spent = steady(60, level=0.4)
    spent[50] = 4.5

    assert told(run(daily(spent, floor=5.0))) == []
    assert told(run(daily(spent, floor=1.0))) == [50]


def test_a_stricter_target_tells_less() -> None:
    spent = steady(200, series=40, noise=0.45, seed=11)

    counts = [int(run(replace(daily(spent), target=target)).alarm.sum()) for target in (0.01, 0.1, 5.0)]

    assert counts[0] <= counts[1] < counts[2]


def test_a_few_days_together_are_told_of_a_calm_series_and_seldom_of_a_restless_one() -> None:
    calm, restless = steady(26, series=30, noise=0.05, seed=2), steady(40, series=300, noise=0.7, seed=1)
    calm[20:23] *= 2.2

    found, lost = run(daily(calm)), run(replace(daily(restless), target=1.0))

    assert found.alarm[20:23].any(axis=0).all()
    assert (lost.alarm & (lost.channel == Channel.RAISED)).sum() <= 12


def hourly(spent: Floats) -> Block:
    return Block(MONDAY + np.arange(len(spent)) * HOUR, spent[:, None], np.array([2.0]), hourly=True)


def by_the_hour(days: int) -> Floats:
    """About two dollars an hour."""
    return np.asarray(2.0 * np.random.default_rng(4).lognormal(0.0, 0.1, days * 24))


def test_hours_are_told_from_their_ninth_day_on() -> None:
    spent = by_the_hour(12)
    spent[[7 * 24 + 5, 8 * 24 + 5]] = 60.0

    assert told(run(hourly(spent))) == [8 * 24 + 5]


def test_a_slow_rise_of_less_than_the_floor_in_an_hour_is_told_by_what_a_week_of_it_comes_to() -> None:
    spent = by_the_hour(50)
    spent[30 * 24 :] *= 1.045 ** (np.arange(20 * 24) / 24.0)

    found = run(hourly(spent))

    first = told(found)[0]
    assert 34 * 24 < first < 50 * 24
    assert found.channel[first, 0] == Channel.LEAK
    assert found.excess[first, 0] < 7 * 24 * 1.0
