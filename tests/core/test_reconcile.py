"""An invoice beside the ledger: what agrees, what is tax or credit, and what nobody can explain."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.reconcile import Charge, Item, Open, Reconciliation, reconcile

OCTOBER = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
CENT = NANO // 100


def usd(item: str | None, cents: int) -> Charge:
    return Charge(item, "USD", cents * CENT)


def beside(invoice_cents: int, *charges: Charge) -> Reconciliation:
    return reconcile(OCTOBER, charges, invoice_cents * CENT, "USD")


def test_an_invoice_equal_to_the_ledger_leaves_nothing_unexplained() -> None:
    found = beside(1_500, usd("gpt-5, input", 600), usd("gpt-5, output", 500), usd("gpt-5, input", 400))

    assert found.items == (
        Item("gpt-5, input", "charge", 1_000 * CENT),
        Item("gpt-5, output", "charge", 500 * CENT),
    )
    assert (found.ledger, found.unexplained, found.matches) == (1_500 * CENT, 0, True)


def test_tax_and_credits_are_told_apart_from_charges() -> None:
    found = beside(
        0,
        usd("Amazon EC2", 1_000),
        usd("Tax: Amazon EC2", 190),
        usd("tax", 10),
        usd("Credit: Amazon EC2", -300),
        usd("gpt-5, input", -50),
        usd("Taxi rides", 7),
        usd("Credit: taken back", 25),
        usd("Tax: taken back", -5),
        usd(None, 3),
    )

    assert (found.sum("charge"), found.sum("credit"), found.sum("tax")) == (1_010 * CENT, -325 * CENT, 195 * CENT)
    assert found.ledger == 880 * CENT
    assert found.unexplained == -880 * CENT


def test_a_credit_within_an_item_is_shown_beside_the_charges_of_that_item() -> None:
    found = beside(80, usd("gpt-5, input", 100), usd("gpt-5, input", -20))

    assert found.items == (Item("gpt-5, input", "charge", 100 * CENT), Item("gpt-5, input", "credit", -20 * CENT))
    assert found.matches


@pytest.mark.parametrize(
    ("ledger", "matches"), [(0, True), (CENT, True), (-CENT, True), (CENT + 1, False), (-CENT - 1, False)]
)
def test_they_agree_within_a_cent(ledger: int, matches: bool) -> None:
    found = reconcile(OCTOBER, [Charge("x", "USD", 5 * NANO + ledger)], 5 * NANO, "USD")

    assert found.matches is matches


def test_other_currencies_are_named_and_not_counted() -> None:
    found = beside(100, usd("x", 100), Charge("x", "EUR", NANO), Charge("y", "EUR", NANO))

    assert found.matches
    assert found.others == {"EUR": 2 * NANO}


def test_the_whole_as_json() -> None:
    days = [Open("openai", date(2026, 10, 31)), Open("openai", date(2026, 10, 30))]
    charges = [usd("x", 1_000), Charge("x", "EUR", 1)]

    assert reconcile(OCTOBER, charges, 1_200 * CENT, "USD", ["openai"], days).row() == {
        "month": "2026-10",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "sources": ["openai"],
        "currency": "USD",
        "invoice": "12.00",
        "ledger": "10.00",
        "charges": "10.00",
        "credits": "0.00",
        "tax": "0.00",
        "unexplained": "2.00",
        "matches": False,
        "lines": [{"line_item": "x", "kind": "charge", "amount": "10.00"}],
        "unsettled": [{"source": "openai", "day": "2026-10-30"}, {"source": "openai", "day": "2026-10-31"}],
        "other_currencies": {"EUR": "0.000000001"},
    }


@given(
    st.lists(st.tuples(st.sampled_from([None, "a", "Tax: a", "Credit: a"]), st.integers(-(10**15), 10**15))),
    st.integers(-(10**15), 10**15),
)
def test_charges_credits_tax_and_the_rest_always_add_up_to_the_invoice(
    lines: list[tuple[str | None, int]], invoice: int
) -> None:
    found = reconcile(OCTOBER, [Charge(item, "USD", amount) for item, amount in lines], invoice, "USD")

    parts = found.sum("charge") + found.sum("credit") + found.sum("tax")
    assert parts == found.ledger == sum(amount for _, amount in lines)
    assert found.ledger + found.unexplained == invoice
