from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from budgetbot.core.money import NANO
from budgetbot.rules.fields import Amount, AmountField, At, AtField, DurationField, MatchField, PeriodField, ZoneField
from budgetbot.rules.share import Share
from tests.rules.refusal import refused

AMOUNT: TypeAdapter[Any] = TypeAdapter(AmountField)
AT: TypeAdapter[Any] = TypeAdapter(AtField)
EVERY_FIELD: list[TypeAdapter[Any]] = [
    AMOUNT, AT, TypeAdapter(DurationField), TypeAdapter(PeriodField), TypeAdapter(ZoneField), TypeAdapter(MatchField),
]  # fmt: skip

NO_AMOUNT = ' is not an amount of money; write 5000, 49.50, "$5000" or "5000 EUR"'
NO_LEVEL = " is not a level; write a share such as 80% or money such as $4200"
NO_SHARE = " is not a level; write a share above 0% and up to 1000%, such as 80%"


@pytest.mark.parametrize(
    ("written", "nano", "currency"),
    [
        (5000, 5000 * NANO, None),
        (Decimal("49.50"), 49_500_000_000, None),
        ("5000", 5000 * NANO, None),
        (" 5000 EUR ", 5000 * NANO, "EUR"),
        ("12.345 CHF", 12_345_000_000, "CHF"),
        ("$5000", 5000 * NANO, "USD"),
        ("€0.01", 10_000_000, "EUR"),
        ("£1", NANO, "GBP"),
        (900_000_000, 900_000_000 * NANO, None),
        (Decimal("0.000000001"), 1, None),
    ],
)
def test_an_amount_is_exact_and_may_name_its_currency(written: object, nano: int, currency: str | None) -> None:
    assert AMOUNT.validate_python(written) == Amount(nano, currency)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("5k", "'5k'" + NO_AMOUNT),
        ("five", "'five'" + NO_AMOUNT),
        ("", "''" + NO_AMOUNT),
        ("5000 eur", "'5000 eur'" + NO_AMOUNT),
        ("5000EUR", "'5000EUR'" + NO_AMOUNT),
        ("$5000 EUR", "'$5000 EUR'" + NO_AMOUNT),
        ("5e3", "'5e3'" + NO_AMOUNT),
        ("٥", "'٥'" + NO_AMOUNT),
        ("NaN", "'NaN'" + NO_AMOUNT),
        (True, "True" + NO_AMOUNT),
        (5.5, "5.5" + NO_AMOUNT),
        (None, "an empty value" + NO_AMOUNT),
        ([5], "a list" + NO_AMOUNT),
        ("9" * 80, repr("9" * 80)[:57] + "..." + NO_AMOUNT),
        ("5,000", "'5,000' has a thousands comma; write 5000"),
        ("$5,000,000.50", "'$5,000,000.50' has a thousands comma; write 5000000.50"),
        ("5,000 EUR", "'5,000 EUR' has a thousands comma; write 5000"),
        (0, "0 is not above zero; write a positive amount such as 5000"),
        (-5, "-5 is not above zero; write a positive amount such as 5000"),
        ("0.0000000001", "'0.0000000001' is not above zero; write a positive amount such as 5000"),
        (900_000_001, "900000001 is more than can be kept exactly; write at most 900000000"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_right_spelling(written: object, message: str) -> None:
    assert refused(AMOUNT, written) == [((), message)]


@given(cents=st.integers(1, 10**9))
def test_every_amount_of_cents_is_read_back_exactly(cents: int) -> None:
    amount = AMOUNT.validate_python(f"{cents // 100}.{cents % 100:02}")

    assert amount == Amount(cents * NANO // 100)


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("80%", At("80%", share=Share("80%", 800_000_000))),
        ("80 %", At("80%", share=Share("80%", 800_000_000))),
        ("80.0%", At("80%", share=Share("80%", 800_000_000))),
        ("100%", At("100%", share=Share("100%", NANO))),
        ("99.95%", At("99.95%", share=Share("99.95%", 999_500_000))),
        ("0.0000001%", At("0.0000001%", share=Share("0.0000001%", 1))),
        ("1000%", At("1000%", share=Share("1000%", 10 * NANO))),
        ("$4200", At("$4200", money=4200 * NANO, currency="USD")),
        ("€0.50", At("€0.50", money=500_000_000, currency="EUR")),
        ("4200 CHF", At("4200 CHF", money=4200 * NANO, currency="CHF")),
    ],
)
def test_a_level_is_a_share_or_money(written: str, level: At) -> None:
    assert AT.validate_python(written) == level


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (80, "80 says neither percent nor money; write 80% or $80"),
        (Decimal("0.8"), "0.8 says neither percent nor money; write 80% or $0.8"),
        (1, "1 says neither percent nor money; write 100% or $1"),
        ("4200", "4200 says neither percent nor money; write 4200% or $4200"),
        ("0%", "'0%'" + NO_SHARE),
        ("1001%", "'1001%'" + NO_SHARE),
        ("0.00000001%", "'0.00000001%'" + NO_SHARE),
        ("-80%", "'-80%'" + NO_LEVEL),
        ("%80", "'%80'" + NO_LEVEL),
        ("half", "'half'" + NO_LEVEL),
        (None, "an empty value" + NO_LEVEL),
        (True, "True" + NO_LEVEL),
        ({"share": 80}, "a mapping" + NO_LEVEL),
        ("$4,200", "'$4,200' has a thousands comma; write 4200"),
        ("$", "'$'" + NO_AMOUNT),
    ],
)
def test_what_is_no_level_is_refused_with_the_right_spelling(written: object, message: str) -> None:
    assert refused(AT, written) == [((), message)]


@pytest.mark.parametrize(
    ("level", "effective", "line"), [("80%", 5, 4), ("80%", 6, 5), ("33%", 100, 33), ("$7", 5, 7 * NANO)]
)
def test_a_line_is_rounded_up_so_that_reached_means_reached(level: str, effective: int, line: int) -> None:
    assert AT.validate_python(level).line(effective) == line


@given(share=st.integers(1, 100_000), effective=st.integers(1, 900_000_000 * NANO))
def test_the_line_of_a_share_fits_the_integers_of_a_database(share: int, effective: int) -> None:
    line = AT.validate_python(f"{Decimal(share) / 100}%").line(effective)

    assert 0 <= line * 10_000 - effective * share < 10_000
    assert line < 2**63


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_no_value_makes_a_field_fail_with_anything_but_a_mistake(value: object) -> None:
    for field in EVERY_FIELD:
        try:
            field.validate_python(value)
        except ValidationError as error:
            messages = [detail["msg"] for detail in error.errors()]
        else:
            messages = []

        assert len(messages) <= 1
