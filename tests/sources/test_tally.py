from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.sources.tally import Tally, dollars, nothing, read, rest, total

amounts = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: Decimal(repr(value)))
tallies = st.builds(
    Tally, amounts, st.dictionaries(st.sampled_from(["requests", "input_tokens"]), st.integers(-(2**53), 2**53))
)


@given(tallies, st.lists(tallies, max_size=8))
def test_parts_and_rest_are_exactly_the_whole(whole: Tally, parts: list[Tally]) -> None:
    together = total([*parts, rest(whole, parts)])

    assert Fraction(together.amount) == Fraction(whole.amount)
    assert {name: n for name, n in together.used.items() if n} == {name: n for name, n in whole.used.items() if n}


def test_amounts_of_all_sizes_are_added_without_rounding() -> None:
    parts = [Tally(Decimal(value), {}) for value in ("9e14", "5e-324", "0.1", "-9e14")]

    assert Fraction(total(parts).amount) == Fraction("0.1") + Fraction("5e-324")


@pytest.mark.parametrize("value", [None, True, "x", "NaN", 0.5, Decimal("1e16"), Decimal("1e-400"), "1" * 30, []])
def test_what_is_no_sane_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="spend"):
        dollars(value, "spend")


def test_a_zero_of_any_exponent_is_a_zero() -> None:
    assert dollars(Decimal("0E-999"), "spend") == 0


@pytest.mark.parametrize("value", [Decimal("1.5"), 2**53 + 1, "many", True, {}])
def test_what_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="requests"):
        read({"usage": 1, "requests": value}, "usage", {"requests": "requests"})


def test_a_count_that_is_not_told_is_not_zero() -> None:
    assert read({"usage": 1, "tokens": None}, "usage", {"tokens": "input_tokens"}).used == {}


def test_a_row_without_money_is_refused() -> None:
    with pytest.raises(ValueError, match="usage"):
        read({}, "usage", {})


def test_nothing_is_nothing() -> None:
    assert nothing().is_nothing
    assert Tally(Decimal(0), {"requests": 0}).is_nothing
    assert not Tally(Decimal(0), {"requests": 1}).is_nothing
    assert not Tally(Decimal("-1e-18"), {}).is_nothing
