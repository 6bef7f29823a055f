"""Whatever is thrown at the detector, it stays sane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from budgetbot.core.anomaly import Block, run
from budgetbot.core.anomaly_baseline import robust_z
from budgetbot.core.anomaly_past import Floats
from tests.core.test_anomaly import HOUR, MONDAY, daily, steady

AMOUNTS = st.one_of(
    st.just(0.0),
    st.floats(0.0, 1e9),
    st.floats(1.0, 100.0),
    st.sampled_from([float("nan"), float("inf"), -5.0, 1e-300]),
)
PASTS = arrays(np.float64, st.tuples(st.integers(1, 45), st.integers(1, 3)), elements=AMOUNTS)


@settings(max_examples=40, deadline=None)
@given(PASTS, st.floats(0.01, 1000.0))
def test_figures_are_always_finite_and_the_band_is_around_the_expected(spent: Floats, floor: float) -> None:
    found = run(daily(spent, floor))

    for figures in (found.score, found.expected, found.low, found.high, found.excess):
        assert np.isfinite(figures).all()
    assert (found.low >= 0.0).all()
    assert (found.low <= found.expected).all()
    assert (found.expected <= found.high).all()
    assert (found.score >= 0.0).all()
    assert ((found.since == -1) == (found.score < 1.0)).all()
    assert (found.alarm <= (found.score >= 1.0)).all()
    assert ((found.channel == 0) == (found.score < 1.0)).all()


@settings(max_examples=15, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(24, 90), st.just(1)), elements=AMOUNTS))
def test_hours_are_as_sane_as_days(spent: Floats) -> None:
    found = run(Block(MONDAY + np.arange(len(spent)) * HOUR, spent, np.array([2.0]), hourly=True))

    assert np.isfinite(found.score).all()
    assert (found.low <= found.high).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 80), st.integers(1, 4), st.floats(0.001, 1e6))
def test_a_series_without_spend_is_silent(days: int, series: int, floor: float) -> None:
    found = run(daily(np.zeros((days, series)), floor))

    assert not found.alarm.any()
    assert (found.expected == 0.0).all()


def test_the_band_holds_about_ninety_five_of_a_hundred_usual_buckets() -> None:
    spent = steady(300, series=40, noise=0.2, seed=21)

    found = run(daily(spent))

    held = ((spent >= found.low) & (spent <= found.high))[30:].mean()
    assert 0.93 <= held <= 0.975


def test_the_plain_rule_tells_an_outlier_and_is_silent_on_its_first_days() -> None:
    spent = np.full((40, 1), 100.0)
    spent[5] = spent[35] = 900.0

    scores = robust_z(spent, spent, np.array([5.0]))

    assert np.flatnonzero(scores[:, 0] >= 1.0).tolist() == [35]


def test_bursts_that_are_usual_raise_fewer_alarms_than_the_plain_rule() -> None:
    tails = np.random.default_rng(13).standard_t(4, (200, 30)).clip(-6.0, 6.0)
    spent = steady(200, series=30, noise=0.02) * np.exp(0.3 * tails)
    block = daily(spent)

    ours = int(run(replace(block, target=0.1)).alarm[20:].sum())
    plain = int((robust_z(spent, spent, block.floor)[20:] >= 1.0).sum())

    assert plain > 20
    assert ours < 0.6 * plain
