from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.fx import NO_FX, Fx, Rate, declaration
from tests.standins.fx import rates

NOVEMBER = date(2026, 11, 1)
TWO = rates("USD EUR 0.92 2026-11-01", "USD EUR 0.95 2026-11-15")


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("2026-10-31", None),
        ("2026-11-01", Fraction(92, 100)),
        ("2026-11-14", Fraction(92, 100)),
        ("2026-11-15", Fraction(95, 100)),
        ("2030-01-01", Fraction(95, 100)),
    ],
)
def test_the_latest_rate_by_the_day_holds_and_none_before_the_first(day: str, rate: Fraction | None) -> None:
    assert TWO.rate("USD", "EUR", date.fromisoformat(day)) == rate


def test_the_inverse_of_a_declared_pair_is_exact() -> None:
    assert TWO.rate("EUR", "USD", NOVEMBER) == Fraction(100, 92)


def test_a_pair_may_be_declared_in_either_direction_over_time() -> None:
    fx = rates("USD EUR 0.5 2026-11-01", "EUR USD 4 2026-11-02")

    assert [fx.rate("USD", "EUR", date(2026, 11, day)) for day in (1, 2)] == [Fraction(1, 2), Fraction(1, 4)]
    assert [fx.rate("EUR", "USD", date(2026, 11, day)) for day in (1, 2)] == [2, 4]


def test_a_currency_is_worth_itself_on_every_day() -> None:
    assert NO_FX.rate("CHF", "CHF", date(1999, 1, 1)) == 1


def test_no_rate_is_chained_over_a_third_currency() -> None:
    fx = rates("USD EUR 0.92 2026-11-01", "EUR GBP 0.85 2026-11-01")

    assert fx.rate("USD", "GBP", NOVEMBER) is None


@pytest.mark.parametrize("other", [("USD", "EUR"), ("EUR", "USD")])
def test_a_pair_with_two_rates_since_one_day_is_refused(other: tuple[str, str]) -> None:
    one = Rate("USD", "EUR", Decimal("0.9"), NOVEMBER)

    with pytest.raises(ValueError, match="two rates since the same day"):
        Fx([one, Rate(*other, Decimal("0.8"), NOVEMBER)])


@given(st.dictionaries(st.integers(0, 60), st.decimals("0.0001", "9999", places=4), max_size=6), st.integers(-5, 70))
def test_every_day_has_the_rate_of_the_latest_declaration(declared: dict[int, Decimal], ahead: int) -> None:
    fx = Fx(Rate("USD", "EUR", rate, NOVEMBER + timedelta(days=day)) for day, rate in declared.items())
    known = [day for day in declared if day <= ahead]

    there = fx.rate("USD", "EUR", NOVEMBER + timedelta(days=ahead))
    back = fx.rate("EUR", "USD", NOVEMBER + timedelta(days=ahead))

    assert there == (Fraction(declared[max(known)]) if known else None)
    assert back == (1 / there if there else None)


def test_the_missing_line_names_every_currency() -> None:
    assert declaration(["GBP", "USD"], "EUR", "2026-11-01") == (
        "fx: [{from: GBP, to: EUR, rate: ..., since: 2026-11-01}, {from: USD, to: EUR, rate: ..., since: 2026-11-01}]"
    )
