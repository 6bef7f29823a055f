"""Totals of several currencies in one: sums first, then products."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.fx import NO_FX, Fx, Rate
from budgetbot.core.history import Total
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO, product
from budgetbot.core.period import Span
from budgetbot.core.total import added, times
from tests.standins.fx import USD_EUR, rates
from tests.standins.spend import Spend, history, series, usd, utc

NOVEMBER = Span(utc("2026-11-01"), utc("2026-12-01"))
HOUR = timedelta(hours=1)

rows_of_a_month = st.lists(
    st.builds(
        Spend,
        st.builds(series, st.sampled_from([None, "p1", "p2"]), model=st.sampled_from(["gpt-4o", "o3"])),
        st.integers(0, 45 * 24).map(lambda hour: utc("2026-10-20") + timedelta(hours=hour)),
        st.integers(-(10**15), 10**15),
        st.integers(0, 10**15),
        st.sampled_from([HOUR, timedelta(days=1)]),
        st.sampled_from(["USD", "EUR", "GBP"]),
    ),
    max_size=20,
)
some_rates = st.builds(
    lambda pairs: Fx(
        Rate(frm, "USD", rate, date(2026, 10, 20) + timedelta(days=n)) for (frm, n), rate in pairs.items()
    ),
    st.dictionaries(
        st.tuples(st.sampled_from(["EUR", "GBP"]), st.integers(0, 45)),
        st.decimals("0.000001", "1000000", places=6),
        max_size=5,
    ),
)
a_rate = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)
parts = st.lists(
    st.builds(
        lambda billed, estimated, under, over: Total(
            billed, estimated, billed + estimated - under, billed + estimated + over
        ),
        st.integers(-(10**18), 10**18),
        *[st.integers(0, 10**15)] * 3,
    ),
    max_size=8,
)


@given(rows_of_a_month, some_rates)
def test_one_currency_alone_is_its_totals(rows: list[Spend], fx: Fx) -> None:
    group = history(row._replace(currency="USD") for row in rows).group(EVERYTHING, ["project"])

    converted = group.converted(NOVEMBER, "USD", fx)

    assert converted.totals == group.totals(NOVEMBER, "USD")
    assert not any(converted.left)


@given(rows_of_a_month)
def test_without_rates_nothing_is_converted_and_all_of_it_is_left(rows: list[Spend]) -> None:
    group = history(rows).group(EVERYTHING, ["project"])

    totals, left = group.converted(NOVEMBER, "USD", NO_FX)

    assert totals == group.totals(NOVEMBER, "USD")
    for code in ("EUR", "GBP"):
        assert [one.get(code, Total()) for one in left] == group.totals(NOVEMBER, code)


@given(rows_of_a_month, some_rates, st.sampled_from([[], ["project"], ["model"]]))
def test_what_is_converted_and_what_is_left_is_all_there_was(rows: list[Spend], fx: Fx, each: list[str]) -> None:
    """Row by row in fractions, which nothing rounds: no sum is further off than half a nano for each rate."""
    group = history(rows).group(EVERYTHING, each)
    exact = [Fraction(0) for _ in group.scopes]
    left = [dict.fromkeys(("EUR", "GBP"), 0) for _ in group.scopes]
    keys = [scope.key for scope in group.scopes]
    for row in rows:
        if row.start + row.length / 2 in NOVEMBER:
            scope = keys.index(history([row]).group(EVERYTHING, each).scopes[0].key)
            rate = fx.rate(row.currency, "USD", (row.start + row.length / 2).date())
            if rate is not None:
                exact[scope] += (row.billed + row.estimated) * rate
            else:
                left[scope][row.currency] += row.billed + row.estimated

    converted = group.converted(NOVEMBER, "USD", fx)

    assert [{code: n for code, n in one.items() if n} for one in left] == [
        {code: total.spent for code, total in one.items() if total.spent} for one in converted.left
    ]
    for total, whole in zip(converted.totals, exact, strict=True):
        assert abs(total.spent - whole) <= 7  # five edges and two first days, billed and estimated apart
        assert total.low <= total.spent <= total.high


@given(rows_of_a_month, some_rates, st.sampled_from(["project", "model"]))
def test_drivers_add_up_to_the_converted_whole(rows: list[Spend], fx: Fx, dimension: str) -> None:
    group = history(rows).group(EVERYTHING)

    drivers = group.drivers(NOVEMBER, "USD", 0, dimension, fx)

    whole = group.converted(NOVEMBER, "USD", fx).totals
    assert sum(driver.amount for driver in drivers) == sum(total.spent for total in whole)


@given(st.integers(-(10**20), 10**20), a_rate)
def test_a_product_is_rounded_half_to_even(amount: int, rate: Fraction) -> None:
    assert product(amount, rate) == round(amount * rate)


@pytest.mark.parametrize(("amount", "expected"), [(1, 0), (2, 1), (3, 2), (5, 2), (-1, 0), (-3, -2), (-5, -2)])
def test_half_a_nano_goes_to_the_even_side(amount: int, expected: int) -> None:
    assert product(amount, Fraction(1, 2)) == expected


@given(parts, a_rate)
def test_parts_in_another_currency_add_up_to_the_sum_in_it(some: list[Total], rate: Fraction) -> None:
    whole, converted = added(some).times(rate), times(some, rate)

    assert sum(part.billed for part in converted) == whole.billed == round(added(some).billed * rate)
    assert sum(part.estimated for part in converted) == whole.estimated
    assert all(abs(part.billed - one.billed * rate) < 1 for part, one in zip(converted, some, strict=True))
    assert all(part.low <= part.spent <= part.high for part in [*converted, whole])


@given(parts, a_rate)
def test_what_has_no_estimated_part_gets_none_by_rounding(some: list[Total], rate: Fraction) -> None:
    converted = times(some, rate)

    assert all(part.estimated == 0 for part, one in zip(converted, some, strict=True) if one.estimated == 0)


def test_a_half_nano_is_rounded_to_even_once_for_the_sum() -> None:
    rows = [Spend(series("p1"), utc("2026-11-02"), 1), Spend(series("p2"), utc("2026-11-03"), 2)]

    (whole,) = history(rows).group(EVERYTHING).converted(NOVEMBER, "EUR", USD_EUR).totals

    assert whole.spent == 2  # 1.5, and not 0 + 1


def test_each_day_has_the_rate_of_its_day_and_an_hour_that_of_its_utc_day() -> None:
    fx = rates("USD EUR 0.5 2026-11-01", "USD EUR 2 2026-11-10")
    last = Spend(series("p1"), utc("2026-11-09T23:00"), 100 * NANO, length=HOUR)
    first = Spend(series("p1"), utc("2026-11-10T00:00"), 1000 * NANO, length=HOUR)

    (total,) = (
        history([usd("2026-11-09", 10), usd("2026-11-10", 1), last, first])
        .group(EVERYTHING)
        .converted(NOVEMBER, "EUR", fx)
        .totals
    )

    assert total.spent == (5 + 2 + 50 + 2000) * NANO


def test_days_before_the_first_rate_are_left() -> None:
    fx = rates("USD EUR 0.5 2026-11-10")

    totals, left = (
        history([usd("2026-11-09", 10), usd("2026-11-10", 4)]).group(EVERYTHING).converted(NOVEMBER, "EUR", fx)
    )

    assert [total.spent for total in totals] == [2 * NANO]
    assert [{code: total.spent for code, total in one.items()} for one in left] == [{"USD": 10 * NANO}]


def test_the_inverse_converts_back() -> None:
    euros = Spend(series("p1"), utc("2026-11-02"), 10 * NANO, currency="EUR")

    (total,) = history([usd("2026-11-02", 1), euros]).group(EVERYTHING).converted(NOVEMBER, "USD", USD_EUR).totals

    assert total.spent == 21 * NANO


def test_sums_that_would_not_fit_64_bits_after_the_product_are_exact() -> None:
    fx = Fx([Rate("USD", "IRR", Decimal("1000000.000001"), date(2026, 1, 1))])
    rows = [Spend(series("p1"), utc("2026-11-02"), 9 * 10**17)]

    (total,) = history(rows).group(EVERYTHING).converted(NOVEMBER, "IRR", fx).totals

    assert total.spent == 9 * 10**23 + 9 * 10**11
