"""The short notation of series."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.policy.trial.series import MOST_BUCKETS, Bucket, expand
from budgetbot.rules.wrong import Wrong

GAP, STALE = Bucket(), Bucket(stale=True)


def numbers(*values: str) -> list[Bucket]:
    return [Bucket(Decimal(value)) for value in values]


@pytest.mark.parametrize(
    ("text", "buckets"),
    [
        ("5", numbers("5")),
        (5, numbers("5")),
        (Decimal("1.50"), numbers("1.50")),
        ("5x3", numbers("5", "5", "5")),
        ("0x2", numbers("0", "0")),
        ("0+2x3", numbers("0", "2", "4")),
        ("100-5x3", numbers("100", "95", "90")),
        ("-5x2", numbers("-5", "-5")),
        ("1.5+0.25x3", numbers("1.5", "1.75", "2.00")),
        ("_", [GAP]),
        ("_x2", [GAP, GAP]),
        ("stale", [STALE]),
        ("stalex2", [STALE, STALE]),
        ("[1.5, 2,3]", numbers("1.5", "2", "3")),
        ("5x2 [1, 2] _ stale 40", [*numbers("5", "5", "1", "2"), GAP, STALE, *numbers("40")]),
        ([1, "2x2", "_"], [*numbers("1", "2", "2"), GAP]),
    ],
)
def test_words_stand_for_buckets(text: object, buckets: list[Bucket]) -> None:
    assert list(expand(text)) == buckets


def test_numbers_are_read_exactly() -> None:
    assert expand("0.1+0.1x3")[-1].value == Decimal("0.3")


@pytest.mark.parametrize(
    "text",
    ["", "x3", "5x", "5x0", "5y3", "1,5", "[1", "1]", "[1, [2]]", "5+2", "__", "stale4", "_+1x2", "5e3", "1.2.3",
     "99999999999999", "1.1234567891", "nan", None, True, {"a": 1}, [], [[1]], f"1x{MOST_BUCKETS + 1}"],
)  # fmt: skip
def test_what_is_no_series_is_refused(text: object) -> None:
    with pytest.raises(Wrong):
        expand(text)


def test_each_wrong_item_of_a_list_has_its_place() -> None:
    with pytest.raises(Wrong) as refused:
        expand([1, "a", 2, "b"])

    assert [way for way, _ in refused.value.parts] == [(1,), (3,)]


def test_many_words_are_not_more_than_can_be_run() -> None:
    with pytest.raises(Wrong, match="more than 20000 buckets; write fewer"):
        expand(" ".join(["1x5000"] * 5))


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=-(10**6), max_value=10**6), st.integers(1, 50))
def test_a_ramp_has_as_many_buckets_as_it_says_and_its_step_between_them(first: int, step: int, count: int) -> None:
    values = [bucket.value for bucket in expand(f"{first}{step:+}x{count}")]

    assert values == [first + step * i for i in range(count)]
