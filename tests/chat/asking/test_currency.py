"""`in EUR`: what is asked, and how the answer says what the rates do not reach."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from budgetbot.chat.asking.currencies import CODES, code_of
from budgetbot.chat.asking.grammar import parse
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.chat.telling.reply import budgets_text, spend_text
from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.model import Json
from budgetbot.core.money import NANO
from budgetbot.core.spend import answer
from tests.chat.organisation import NOW, VOCABULARY, asked
from tests.standins.fx import USD_EUR
from tests.standins.spend import Spend, fresh, history, series, usd, utc


def pounds(day: str, amount: int) -> Spend:
    return Spend(series("p2"), utc(day), amount * NANO, currency="GBP")


def told(words: str, *spent: Spend, fx: Fx = USD_EUR) -> str:
    query = parse(words, VOCABULARY, NOW, UTC)
    return spend_text(answer(query, history(spent, [fresh(NOW)]), "USD", NOW, fx), query)


@pytest.mark.parametrize("words", ["in EUR", "in eur", "In Eur,", "in €", "by project in EUR"])
def test_a_currency_may_be_written_in_any_case_or_as_its_symbol(words: str) -> None:
    assert asked(words).currency == "EUR"


def test_it_stands_anywhere_among_the_words() -> None:
    assert asked("in EUR papers last month") == asked("last month papers in EUR")


def test_the_currency_of_the_policy_is_nothing_special_to_ask_for() -> None:
    assert asked("in USD") == asked("in usd in $") == asked("")
    assert asked("").currency is None


@pytest.mark.parametrize("words", ["over €5 in EUR", "in EUR over 5", "over 5 EUR in EUR", "over 5eur in eur"])
def test_over_is_an_amount_of_the_currency_that_is_asked_for(words: str) -> None:
    assert (asked(words).over, asked(words).currency) == (5 * NANO, "EUR")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("over $5 in EUR", "amounts are compared in EUR; write over 50 EUR"),
        ("in EUR over 5 usd", "amounts are compared in EUR"),
        ("over 5 EUR", "amounts are compared in USD"),
        ("in EUR in GBP", "two currencies are named, EUR and GBP; name one"),
        ("in xyz", "I do not know `xyz`"),
    ],
)
def test_what_is_wrong_with_a_currency_is_said(words: str, message: str) -> None:
    with pytest.raises(NotUnderstood, match=message):
        asked(words)


def test_a_word_of_the_grammar_is_never_taken_for_a_currency() -> None:
    assert code_of("top") == "TOP"
    assert asked("in top 5") == asked("top 5")


def test_the_codes_are_those_of_currencies_in_use() -> None:
    assert {"USD", "EUR", "GBP", "CHF", "JPY", "INR", "ZAR"} <= CODES
    assert len(CODES) > 150
    assert all(len(code) == 3 and code.isupper() for code in CODES)


def test_an_answer_is_in_the_currency_that_was_asked_for() -> None:
    text = told("in EUR", usd("2026-11-02", 10))

    assert text.startswith("Spend, November 2026, by project: €5.00\n")
    assert "exchange rate" not in text


def test_without_a_rate_the_answer_says_so_and_names_the_fix() -> None:
    text = told("in EUR over 7", usd("2026-11-02", 10), fx=NO_FX)

    assert text.startswith("Spend, November 2026, by project, over €7.00: $10.00\n")
    assert (
        "shown in USD, as not all of it has an exchange rate to EUR, and nothing is left out for being under €7.00; "
        "add fx: [{from: USD, to: EUR, rate: ..., since: 2026-11-01}]"
    ) in text


def test_what_stays_out_is_named_for_both_sides_of_a_comparison() -> None:
    rows = [usd("2026-11-02", 10), pounds("2026-11-02", 3), usd("2026-10-02", 10), pounds("2026-10-02", 4)]

    lines = told("in EUR vs last month", *rows).splitlines()

    fix = "add fx: [{from: GBP, to: EUR, rate: ..., since: 2026-10-01}]"
    assert f"not in the total, for want of an exchange rate: £3.00; {fix}" in lines
    assert any(line.startswith("not in ") and line.endswith(f"rate: £4.00; {fix}") for line in lines)


def test_nothing_that_could_be_counted_does_not_read_as_nothing_spent() -> None:
    text = told("vs last month", pounds("2026-11-02", 3), usd("2026-10-02", 10))

    assert "Nothing was spent in USD." in text


def test_a_budget_says_what_it_does_not_count() -> None:
    row: dict[str, Any] = {
        "name": "web-monthly",
        "scope": {},
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "currency": "USD",
        "effective_amount": "100.00",
        "spent": "10.00",
        "state": "ok",
    }
    counted: dict[str, Json] = {**row}
    partial: dict[str, Json] = {**row, "unconverted": {"EUR": "5.00"}}

    assert "exchange rate" not in budgets_text([counted], NOW)
    assert budgets_text([partial], NOW).endswith(
        "\nweb-monthly does not count €5.00, for want of an exchange rate; "
        "add fx: [{from: EUR, to: USD, rate: ..., since: 2026-11-01}]"
    )
