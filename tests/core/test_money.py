from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.money import NANO, exact, nano, nanos, percent, plain, show, split

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=15)
WEIGHTS = st.lists(st.integers(0, 10**15), min_size=1, max_size=20).filter(any)
TOTALS = st.integers(-(10**18), 10**18)


@given(st.lists(AMOUNTS, max_size=20))
def test_nanos_add_up_to_the_exact_sum_rounded_once(amounts: list[Decimal]) -> None:
    whole = sum((Fraction(amount) for amount in amounts), Fraction()) * NANO

    assert sum(nanos(amounts)) == round(whole)


@given(st.lists(AMOUNTS, max_size=20))
def test_each_of_the_nanos_is_less_than_one_nano_from_its_amount(amounts: list[Decimal]) -> None:
    for amount, kept in zip(amounts, nanos(amounts), strict=True):
        assert abs(Fraction(amount) * NANO - kept) < 1


def test_fractions_of_a_nano_are_carried_and_never_dropped_row_by_row() -> None:
    tenths = [Decimal("0.0000000001")] * 10

    assert [nano(amount) for amount in tenths] == [0] * 10
    assert nanos(tenths) == [1, *[0] * 9]


def test_whole_nanos_stay_as_they_are() -> None:
    assert nanos([Decimal("0.1"), Decimal("0.2"), Decimal("-0.3")]) == [100_000_000, 200_000_000, -300_000_000]
    assert nanos([]) == []


def test_a_sum_with_more_digits_than_the_decimal_default_is_exact() -> None:
    amounts = [Decimal("12345678901.123456789"), Decimal("0.000000000000000000000000001")]

    assert nanos(amounts) == [12_345_678_901_123_456_789, 0]
    assert nano(Decimal("12345678901234567890123.123456789")) == 12_345_678_901_234_567_890_123_123_456_789


@pytest.mark.parametrize(("amount", "expected"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("-1.5", -2)])
def test_one_amount_is_rounded_half_to_even(amount: str, expected: int) -> None:
    assert nano(Decimal(amount) / NANO) == expected


@given(TOTALS, WEIGHTS)
def test_the_parts_of_a_split_add_up(total: int, weights: list[int]) -> None:
    assert sum(split(total, weights)) == total


@given(TOTALS, WEIGHTS)
def test_a_split_is_fair_to_less_than_one_nano(total: int, weights: list[int]) -> None:
    whole = sum(weights)

    for weight, part in zip(weights, split(total, weights), strict=True):
        assert abs(Fraction(total * weight, whole) - part) < 1


@given(TOTALS, WEIGHTS)
def test_a_weight_of_zero_gets_nothing(total: int, weights: list[int]) -> None:
    parts = split(total, [*weights, 0])

    assert parts[-1] == 0
    assert parts[:-1] == split(total, weights)


@given(TOTALS, WEIGHTS)
def test_a_credit_is_split_like_a_charge(total: int, weights: list[int]) -> None:
    assert split(-total, weights) == [-part for part in split(total, weights)]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1]])
def test_a_split_among_nobody_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="split needs"):
        split(100, weights)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (1_500_000_000, "1.50"),
        (1, "0.000000001"),
        (-1, "-0.000000001"),
        (-1_500_000_000, "-1.50"),
        (799_999_999_999, "799.999999999"),
        (1_234_567_000_000_000, "1234567.00"),
        (120_000_000, "0.12"),
    ],
)
def test_plain_is_full_precision_with_two_decimals_at_least(amount: int, text: str) -> None:
    assert plain(amount) == text


@given(st.integers(-(10**24), 10**24))
def test_plain_loses_nothing(amount: int) -> None:
    assert nano(exact(plain(amount))) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1_234_560_000_000, "USD", "$1,234.56"),
        (0, "USD", "$0.00"),
        (1, "USD", "<$0.01"),
        (4_999_999, "USD", "<$0.01"),
        (5_000_000, "USD", "$0.01"),
        (-1, "USD", "-<$0.01"),
        (-1_250_000_000, "USD", "-$1.25"),
        (12_345_000_000, "USD", "$12.35"),
        (9_994_999_999_999, "EUR", "€9,995.00"),
        (1_000_000_000, "CHF", "1.00 CHF"),
        (-1_000_000_000, "CHF", "-1.00 CHF"),
        (1, "CHF", "<0.01 CHF"),
        (9_223_372_036_854_775_807, "USD", "$9,223,372,036.85"),
    ],
)
def test_people_see_cents_rounded_half_up(amount: int, currency: str, text: str) -> None:
    assert show(amount, currency) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (9996, 10_000, "99 %"),
        (10_000, 10_000, "100 %"),
        (8250, 10_000, "82 %"),
        (0, 10_000, "0 %"),
        (25_000, 10_000, "250 %"),
        (-50, 10_000, "0 %"),
        (-150, 10_000, "-1 %"),
        (1, 0, "n/a"),
    ],
)
def test_a_percentage_is_cut_and_never_rounded_up(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_percentage_reads_100_only_where_the_whole_is_reached(part: int, whole: int) -> None:
    assert (int(percent(part, whole).removesuffix(" %")) >= 100) == (part >= whole)


@pytest.mark.parametrize("value", ["1.25", 3, Decimal("0.000000001"), "-4", "1e3"])
def test_texts_integers_and_decimals_are_exact(value: str | int | Decimal) -> None:
    assert exact(value) == Decimal(value)


@pytest.mark.parametrize(
    "value", [0.1, 1.0, True, False, None, "NaN", "sNaN", "Infinity", Decimal("-Infinity"), Decimal("NaN"), "", "x", []]
)
def test_floats_booleans_and_what_is_not_finite_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"^not a"):
        exact(value)
