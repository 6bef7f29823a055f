"""`budgetbot reconcile`: the ledger against an invoice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from budgetbot.core.model import Bucket, CostLine, Series
from tests.cli.installation import POLICY, Installation

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AFTER = MARCH + 60 * DAY


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def bill(
    bot: Installation,
    lines: dict[str, str],
    day: int = 0,
    *,
    days: int = 31,
    source: str = "openai",
    currency: str = "USD",
    now: datetime = LONG_AFTER,
    report: str = "costs",
) -> None:
    """One day with these line items; the other days of the month are empty."""
    buckets = []
    for n in range(days):
        start = MARCH + n * DAY
        series = [(Series("openai", source, line_item=name), amount) for name, amount in lines.items() if n == day]
        costs = tuple(CostLine(one, Decimal(amount), currency) for one, amount in series)
        buckets.append(Bucket(report, start, start + DAY, costs=costs))
    with bot.store() as store:
        store.ledger.save(source, buckets, now, DAY)


def test_the_sum_of_the_month_is_the_invoice(bot: Installation) -> None:
    bill(bot, {"gpt-5, input": "1000.125", "gpt-5, output": "20", "Tax: all": "190.10", "Credit: trial": "-10"}, day=30)

    said = bot.json("reconcile", "2026-03", "--invoice", "$1,200.23")

    assert (said["charges"], said["credits"], said["tax"]) == ("1020.125", "-10.00", "190.10")
    assert (said["ledger"], said["unexplained"], said["matches"]) == ("1200.225", "0.005", True)
    assert (said["sources"], said["unsettled"]) == (["openai"], [])
    assert said["period"] == {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}


def test_an_unexplained_rest_is_exit_code_1(bot: Installation) -> None:
    bill(bot, {"gpt-5, input": "1000"})

    said = bot.run("reconcile", "2026-03", "--invoice", "1000.02", exits=1)

    assert "March 2026 (UTC), openai, in USD" in said
    assert "gpt-5, input  $1,000.00" in said
    assert "the invoice is $0.02 more than the ledger" in said
    assert bot.json("reconcile", "2026-03", "--invoice", "999.50", exits=1)["unexplained"] == "-0.50"


def test_the_edges_of_the_month_are_utc_midnights(bot: Installation) -> None:
    bill(bot, {"first": "1"}, day=0)
    bill(bot, {"last": "2"}, day=30, report="more")
    bill(bot, {"april": "4"}, day=31, days=32, report="april")

    assert bot.json("reconcile", "2026-03", "--invoice", "3")["ledger"] == "3.00"


def test_days_that_are_not_settled_are_named(bot: Installation) -> None:
    bill(bot, {"x": "1"}, days=20, now=MARCH + 19 * DAY)  # read once, a moment ago for the last days
    with bot.store() as store:
        store.ledger.walk_done("openai", "costs", MARCH + 19 * DAY, MARCH + 19 * DAY)

    said = bot.run("reconcile", "2026-03", "--invoice", "1")
    days = [row["day"] for row in bot.json("reconcile", "2026-03", "--invoice", "1")["unsettled"]]

    # a day read first a week or more after it ended is taken for final
    assert days == [f"2026-03-{day:02}" for day in range(13, 32)]
    assert "not settled, so the bill may still change: openai, 13 to 31 March" in said


def test_one_source_can_be_named(bot: Installation) -> None:
    bill(bot, {"x": "1"})
    bill(bot, {"y": "2"}, source="second")

    assert bot.json("reconcile", "2026-03", "--invoice", "3")["sources"] == ["openai", "second"]
    assert bot.json("reconcile", "2026-03", "--invoice", "2", "--source", "second")["ledger"] == "2.00"


def test_a_gateway_is_left_out_unless_it_is_named(bot: Installation) -> None:
    keys = {"OPENAI_ADMIN_KEY": "sk-admin-x", "LITELLM_API_KEY": "sk-x", "LITELLM_BASE_URL": "http://127.0.0.1:9"}
    bot.env.update(keys)
    bot.write(POLICY + "sources:\n  - {name: gateway, type: litellm, counts: false}\n")
    bill(bot, {"x": "1"})
    bill(bot, {"x": "7"}, source="gateway")

    assert bot.json("reconcile", "2026-03", "--invoice", "1")["sources"] == ["openai"]
    assert bot.json("reconcile", "2026-03", "--invoice", "7", "--source", "gateway")["ledger"] == "7.00"


def test_the_invoice_says_its_currency_where_the_ledger_has_several(bot: Installation) -> None:
    bill(bot, {"x": "1"})
    bill(bot, {"y": "2"}, source="euros", currency="EUR")

    error = bot.run("reconcile", "2026-03", "--invoice", "3", exits=2)
    assert "billed in EUR and USD" in error
    assert '--invoice "1234.50 EUR"' in error

    said = bot.json("reconcile", "2026-03", "--invoice", "2 EUR")
    assert (said["currency"], said["ledger"], said["other_currencies"]) == ("EUR", "2.00", {"USD": "1.00"})
    assert "not in it: €2.00, billed in EUR" in bot.run("reconcile", "2026-03", "--invoice", "$1")
    assert bot.json("reconcile", "2026-03", "--invoice", "2", "--source", "euros")["currency"] == "EUR"


def test_a_month_without_any_bill_is_unexplained(bot: Installation) -> None:
    said = bot.json("reconcile", "2026-03", "--invoice", "12.5", exits=1)

    assert (said["currency"], said["ledger"], said["unexplained"], said["lines"]) == ("USD", "0.00", "12.50", [])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("2026-13", "--invoice", "1"), "'2026-13' is not a month; write it like 2026-10"),
        (("10-2026", "--invoice", "1"), "'10-2026' is not a month; write it like 2026-10"),
        (("0000-10", "--invoice", "1"), "'0000-10' is not a month; write it like 2026-10"),
        (("2026-10", "--invoice", "much"), "--invoice: 'much' is not an amount; write 1234.50 or \"1234.50 EUR\""),
        (("2026-10", "--invoice", "1,23"), "--invoice: '1,23' is not an amount; write 1234.50 or \"1234.50 EUR\""),
        (("2026-10", "--invoice", "$1 EUR"), "--invoice: '$1 EUR' is not an amount; write 1234.50 or \"1234.50 EUR\""),
        (("2026-10", "--invoice", "1", "--source", "nix"), "there is no source 'nix'; known are none"),
    ],
)
def test_wrong_words_are_exit_code_2_and_one_line(bot: Installation, arguments: tuple[str, ...], error: str) -> None:
    assert bot.run("reconcile", *arguments, exits=2) == f"{error}\n"


def test_a_credit_note_has_a_negative_amount(bot: Installation) -> None:
    bill(bot, {"Credit: trial": "-12.50"})

    assert bot.json("reconcile", "2026-03", "--invoice", "-12.50")["matches"]


def test_a_bill_from_a_file_is_final_as_far_as_it_reaches(bot: Installation) -> None:
    bill(bot, {"EC2": "3"}, days=5, source="focus-aws", report="focus:1234:2026-03", now=MARCH + 6 * DAY)
    with bot.store() as store:
        store.ledger.walk_done("focus-aws", "focus:1234:2026-03", MARCH + 5 * DAY, MARCH + 6 * DAY)

    days = [row["day"] for row in bot.json("reconcile", "2026-03", "--invoice", "3")["unsettled"]]

    assert days == [f"2026-03-{day:02}" for day in range(6, 32)]
