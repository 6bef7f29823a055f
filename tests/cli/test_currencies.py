"""A bill in dollars, and people who think in euros."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import POLICY
from tests.standins.inside import Inside

EUROS = POLICY.replace("amount: 50\n", "amount: 50 EUR\n").replace(
    "to: [screen]}]\n", "to: [screen], currency: EUR}]\n", 1
)
RATE = "fx: [{from: USD, to: EUR, rate: 0.5, since: 2000-01-01}]\n"


def read(bot: Inside, *arguments: str) -> Any:
    return json.loads(bot.run(*arguments, "--json"))


def declare(bot: Inside, policy: str) -> None:
    bot.env["BUDGETBOT_POLICIES"] = "euros.yaml"
    (bot.folder / "euros.yaml").write_text(policy)


def test_spend_is_told_in_the_currency_that_is_asked_for(bot: Inside) -> None:
    declare(bot, EUROS + RATE)

    dollars, euros = read(bot, "spend", "last 30d"), read(bot, "spend", "last 30d in eur")

    assert (dollars["currency"], euros["currency"]) == ("USD", "EUR")
    assert Decimal(euros["total"]) == pytest.approx(Decimal(dollars["total"]) / 2, abs=Decimal("1e-8"))
    assert sum(Decimal(row["amount"]) for row in euros["rows"]) == Decimal(euros["total"]) > 0


def test_spend_without_a_rate_is_told_as_it_was_billed_and_says_what_to_write(bot: Inside) -> None:
    said = bot.run("spend", "last 30d in eur")

    assert "shown in USD, as not all of it has an exchange rate to EUR; add fx: [{from: USD, to: EUR," in said


def test_a_budget_in_euros_counts_dollars_at_the_rate_and_alerts_where_there_is_none(bot: Inside) -> None:
    declare(bot, EUROS)
    (counted,) = [row for row in read(bot, "budgets") if row["name"] == "research-monthly"]
    assert (counted["spent"], list(counted["unconverted"])) == ("0.00", ["USD"])
    bot.run("check")
    (alert,) = [one for one in read(bot, "alerts") if one["kind"] == "policy"]
    assert (alert["rule"], alert["level"], alert["state"]) == ("research-monthly", "unconverted USD", "firing")

    declare(bot, EUROS + RATE)
    (counted,) = [row for row in read(bot, "budgets") if row["name"] == "research-monthly"]
    assert Decimal(counted["spent"]) > 0
    bot.run("check")
    assert [one for one in read(bot, "alerts") if one["kind"] == "policy"] == []
