"""What settled days teach: the correction of usage at list price, its band, and what recurs without usage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.calibrate import DAYS, ONE, Calibration, DayRatio, Factor
from budgetbot.core.money import NANO
from tests.standins.usage import DAY, INPUT, OUTPUT, learnt


def ratio(days_ago: int, listed: float, billed: float, project: str | None = "p1", item: str = INPUT) -> DayRatio:
    return DayRatio(DAY - timedelta(days=days_ago), project, item, round(listed * NANO), round(billed * NANO))


def test_where_nothing_has_settled_usage_counts_at_list_price_with_a_wide_band() -> None:
    assert Calibration([]).factor("p1", INPUT) == Factor(ONE, ONE // 2, ONE * 3 // 2, 0)


def test_one_settled_day_corrects_and_narrows_the_band() -> None:
    factor = learnt((INPUT, 10, 8)).factor("p1", INPUT)

    assert factor == Factor(800_000, 680_000, 920_000, 1)


def test_a_discount_is_learnt_within_three_settled_days() -> None:
    before = [(INPUT, 10.0, 10.0)] * 20
    corrected = [learnt(*before, *[(INPUT, 10.0, 8.0)] * days).factor("p1", INPUT).expected for days in range(4)]

    assert DAYS == 3
    assert corrected == [ONE, 933_333, 866_666, 800_000]


def test_a_large_day_speaks_louder_than_a_small_one() -> None:
    assert learnt((INPUT, 1, 2), (INPUT, 99, 99)).factor("p1", INPUT).expected == 1_010_000


def test_where_bill_and_usage_always_agree_the_band_is_three_percent() -> None:
    factor = learnt(*[(INPUT, 10, 10)] * 10).factor("p1", INPUT)

    assert (factor.low, factor.expected, factor.high, factor.days) == (970_000, ONE, 1_030_000, 10)


def test_the_band_holds_past_errors() -> None:
    errors = [10.0, 10.0, 10.0, 12.0, 10.0, 9.0, 10.0]
    factor = learnt(*[(INPUT, 10.0, billed) for billed in errors]).factor("p1", INPUT)

    assert factor.high >= factor.expected * 12 // 10
    assert factor.low <= factor.expected * 9 // 10


def test_a_new_project_is_corrected_as_the_item_is_elsewhere_and_a_new_item_as_the_source() -> None:
    known = Calibration(
        ratio(n, 10, billed, item=item) for n in (3, 4, 5) for item, billed in ((INPUT, 8), (OUTPUT, 6))
    )

    assert known.factor("new", INPUT).expected == 800_000
    assert known.factor("p1", "new model").expected == 700_000
    assert known.factor(None, OUTPUT).expected == 600_000


def test_what_has_no_usage_does_not_distort_the_correction_of_others() -> None:
    known = Calibration([*(ratio(n, 10, 8) for n in (3, 4, 5)), *(ratio(n, 0, 500, "p2") for n in (3, 4, 5))])

    assert known.factor("new", INPUT).expected == 800_000


def test_less_than_a_cent_of_usage_teaches_nothing() -> None:
    assert learnt((INPUT, 0.009, 5)).factor("p1", INPUT) == Factor()
    assert learnt((INPUT, 10, 8), (INPUT, 0.009, 5)).factor("p1", INPUT).expected == 800_000


def test_only_recent_days_count_for_the_band() -> None:
    old = [(INPUT, 10.0, 50.0)] * 5
    assert learnt(*old, *[(INPUT, 10.0, 10.0)] * 21).factor("p1", INPUT).high == 1_030_000


@pytest.mark.parametrize(
    ("days", "usual"),
    [
        ([(0, 5), (0, 7), (0, 6)], 6),
        ([(0, 100), (0, 5), (0, 7), (0, 6)], 6),  # the last three
        ([(0, 5), (0, 7)], None),  # too few
        ([(0, 5), (1, 7), (0, 6)], None),  # usage tells of it
        ([(0, 5), (0, 0), (0, 6)], None),  # not every day
        ([(0, 5), (0, -7), (0, 6)], None),  # a credit
    ],
)
def test_what_is_billed_every_day_without_usage_recurs_at_the_median(
    days: list[tuple[float, float]], usual: float | None
) -> None:
    known = learnt(*(("storage", listed, billed) for listed, billed in days))

    assert known.recurring("p1", "storage") == (None if usual is None else usual * NANO)
    assert list(known.recurrent) == ([] if usual is None else [("p1", "storage")])


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["p1", None]), st.integers(0, 10**14), st.integers(0, 10**14))
    )
)
def test_the_expected_value_lies_within_its_band(days: list[tuple[int, str | None, int, int]]) -> None:
    known = Calibration(DayRatio(DAY - timedelta(days=n), project, INPUT, *money) for n, project, *money in days)
    for project in ("p1", None, "new"):
        factor = known.factor(project, INPUT)
        assert 0 <= factor.low <= factor.expected <= factor.high
