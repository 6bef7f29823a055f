"""Digests in a currency that nobody pays in."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from budgetbot.core.digest import DigestPlan, digest
from budgetbot.core.fx import Fx
from budgetbot.core.money import NANO
from budgetbot.notifiers.wording_digest import digest_message
from tests.standins.fx import USD_EUR, rates
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-20T08:00")
EURO_PLAN = DigestPlan("daily", "Thu", date(2026, 11, 19), date(2026, 11, 20), ZoneInfo("UTC"), "EUR")
DOLLARS = [usd("2026-11-19", 20), usd("2026-11-18", 10), usd("2026-11-01", 4)]


def written(rows: list[Spend], fx: Fx) -> dict[str, Any]:
    return digest(EURO_PLAN, history(rows, [fresh(NOW)]), [], [], NOW, fx=fx)


def test_every_amount_of_a_digest_is_converted() -> None:
    content = written(DOLLARS, USD_EUR)

    assert (content["currency"], content["total"], content["previous_total"], content["change"]) == (
        "EUR",
        "10.00",
        "5.00",
        "5.00",
    )
    assert content["period"]["total"] == "17.00"
    assert (content["rows"][0]["amount"], content["rows"][0]["period_amount"]) == ("10.00", "17.00")
    assert content["movers"][0]["change"] == "5.00"
    assert [bar["amount"] for bar in content["chart"][-2:]] == ["5.00", "10.00"]
    assert not content.keys() & {"wanted", "unconverted"}
    assert "exchange rate" not in digest_message(content).lead


def test_without_a_rate_it_is_in_the_original_currency_and_says_so_with_the_fix() -> None:
    content = written(DOLLARS, rates())

    assert (content["currency"], content["wanted"], content["total"]) == ("USD", "EUR", "20.00")
    told = digest_message(content)
    assert told.summary.startswith("Thu: $20.00, +$10.00")
    assert told.lead.endswith(
        "Shown in USD, as not all of it has an exchange rate to EUR; "
        "add fx: [{from: USD, to: EUR, rate: ..., since: 2026-11-01}]"
    )


def test_no_two_sums_of_a_digest_are_in_different_currencies_where_rates_begin_inside_its_days() -> None:
    content = written(DOLLARS, rates("USD EUR 0.5 2026-11-15"))

    assert (content["currency"], content["total"], content["period"]["total"]) == ("USD", "20.00", "34.00")


def test_what_has_no_rate_beside_what_has_is_named_and_not_added() -> None:
    pounds = Spend(series("p2"), utc("2026-11-19"), 3 * NANO, currency="GBP")

    content = written([*DOLLARS, pounds], USD_EUR)

    assert (content["total"], content["unconverted"]) == ("10.00", {"GBP": "3.00"})
    assert digest_message(content).lead.endswith(
        "Not in it, for want of an exchange rate: £3.00; add fx: [{from: GBP, to: EUR, rate: ..., since: 2026-11-01}]"
    )


def test_a_day_with_nothing_but_what_has_no_rate_does_not_read_as_nothing_spent() -> None:
    pounds = Spend(series("p2"), utc("2026-11-19"), 3 * NANO, currency="GBP")

    lead = digest_message(written([usd("2026-11-18", 10), pounds], USD_EUR)).lead

    assert lead.startswith("Nothing was spent in EUR (Thu)")
