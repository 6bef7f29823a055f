"""A bill in dollars, and people who think in euros."""

from __future__ import annotations

from decimal import Decimal

from tests.standins.inside import Inside

EUROS = """
version: 1
budgets:
  - name: research
    match: {project: research}
    amount: 50 EUR
    period: {rolling: 30d}
    thresholds: [{at: 80%, severity: warning}]
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [screen], currency: EUR}]
"""
RATE = "fx: [{from: USD, to: EUR, rate: 0.5, since: 2000-01-01}]\n"
NANO = Decimal("1e-9")


def test_spend_is_told_in_the_currency_that_is_asked_for(bot: Inside) -> None:
    bot.write(EUROS + RATE)

    dollars, euros = bot.json("spend", "last 30d"), bot.json("spend", "last 30d in eur")

    assert (dollars["currency"], euros["currency"]) == ("USD", "EUR")
    assert abs(Decimal(euros["total"]) * 2 - Decimal(dollars["total"])) <= 2 * NANO
    assert sum(Decimal(row["amount"]) for row in euros["rows"]) == Decimal(euros["total"]) > 0


def test_spend_without_a_rate_is_told_as_it_was_billed_and_says_what_to_write(bot: Inside) -> None:
    said = bot.run("spend", "last 30d in eur")

    assert "shown in USD, as not all of it has an exchange rate to EUR; add fx: [{from: USD, to: EUR," in said


def test_a_budget_in_euros_counts_dollars_at_the_rate_and_alerts_where_there_is_none(bot: Inside) -> None:
    bot.write(EUROS)
    (counted,) = bot.json("budgets")
    assert (counted["spent"], list(counted["unconverted"])) == ("0.00", ["USD"])
    bot.run("check")
    (alert,) = [one for one in bot.json("alerts") if one["kind"] == "policy"]
    assert (alert["rule"], alert["level"], alert["state"]) == ("research", "unconverted USD", "firing")

    bot.write(EUROS + RATE)
    (counted,) = bot.json("budgets")
    assert (Decimal(counted["spent"]) > 0, "unconverted" in counted) == (True, False)
    bot.run("check")
    assert [one for one in bot.json("alerts") if one["kind"] == "policy"] == []


def test_a_digest_in_euros_is_converted_or_says_why_not(bot: Inside) -> None:
    bot.write(EUROS)
    assert "Shown in USD, as not all of it has an exchange rate to EUR" in " ".join(
        bot.run("digest", "--dry-run").split()
    )

    bot.write(EUROS + RATE)
    converted = bot.run("digest", "--dry-run")
    assert "€" in converted
    assert "exchange rate" not in converted
