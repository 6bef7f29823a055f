"""`budgetbot spend why yesterday`: what the change comes from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from budgetbot.app import Queries, api_of, clock, parts_of
from budgetbot.chat.asking.me import Me
from budgetbot.core.model import Bucket, CostLine, Entity, Series, UsageRow
from budgetbot.settings import load_settings
from budgetbot.web import web_app
from tests.cli.installation import POLICY, Installation
from tests.standins.inside import Inside
from tests.store.samples import DAY, LAG, SOURCE, series

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY = MONDAY + DAY
LATER = MONDAY + timedelta(days=9)
OLD, NEW = series("a", "gpt-5", api_key="key_1"), series("a", "gpt-5", api_key="key_2")
WHY = {"kind", "dimension", "by", "ids", "amount", "owner"}


def costs(start: datetime, amounts: dict[Series, dict[str, str]]) -> Bucket:
    """A day of the bill: for each series its line items."""
    lines = (
        (one._replace(line_item=item), Decimal(amount)) for one, of in amounts.items() for item, amount in of.items()
    )
    return Bucket("costs", start, start + DAY, costs=tuple(CostLine(one, amount, "USD") for one, amount in lines))


def usage(start: datetime, *rows: tuple[Series, int, int]) -> Bucket:
    """A day of tokens, into and out of models."""
    found = tuple(UsageRow(one, {"input_tokens": i, "output_tokens": o}) for one, i, o in rows)
    return Bucket("completions", start, start + DAY, usage=found)


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    """Key 1 uses twice as much at output prices that went up, and key 2 is new."""
    made = Installation(tmp_path)
    with made.store() as store:
        for one in (
            costs(MONDAY, {OLD: {"gpt-5, input": "10", "gpt-5, output": "20"}}),
            costs(
                TUESDAY,
                {OLD: {"gpt-5, input": "20", "gpt-5, output": "60"}, NEW: {"gpt-5, input": "80"}},
            ),
            usage(MONDAY, (OLD, 1000, 200)),
            usage(TUESDAY, (OLD, 2000, 400), (NEW, 8000, 0)),
        ):
            store.ledger.save(SOURCE, one, LATER, LAG)
        store.ledger.save_entities(SOURCE, [Entity(SOURCE, "api_key", "key_2", "ci-1", owner="ana@example.com")], LATER)
    return made


def test_the_terminal_tells_the_causes_in_one_line(bot: Installation) -> None:
    said = bot.run("spend", "why", "2026-03-03")

    assert "2 Mar 2026: $30.00; change +$130.00 (+433 %)\n" in said
    assert (
        "Why: +$130.00 against 2 Mar 2026: key ci-1 is new, +$80.00 (owner ana@example.com); "
        "key key_1 volume +$35.00, price +$15.00\n"
    ) in said


def test_json_has_a_row_for_each_cause_and_they_sum_to_the_change(bot: Installation) -> None:
    said = bot.json("spend", "why", "2026-03-03")

    assert [(row["kind"], row["ids"], row["amount"]) for row in said["why"]] == [
        ("new", {"api_key": "key_2"}, "80.00"),
        ("volume", {"api_key": "key_1"}, "35.00"),
        ("price", {"api_key": "key_1"}, "15.00"),
    ]
    assert all(set(row) == WHY for row in said["why"])
    assert sum(Decimal(row["amount"]) for row in said["why"]) == Decimal(said["compare"]["change"])


def test_words_stand_in_any_order_and_share_means_nothing_in_a_terminal(bot: Installation) -> None:
    assert bot.json("spend", "2026-03-03", "share", "why") == bot.json("spend", "why", "2026-03-03")
    assert "why" not in bot.json("spend", "2026-03-03", "vs", "previous")


def test_yesterday_is_explained_against_the_day_before(bot: Installation) -> None:
    said = bot.json("spend", "why", "yesterday", "--as-of", "2026-03-11T15:00Z")
    then = bot.json("spend", "why", "2026-03-03", "--as-of", "2026-03-11T15:00Z")

    assert (said["compare"]["period"]["start"], said["why"]) == ("2026-03-09T00:00:00Z", [])
    assert {row.get("measured", True) for row in then["why"]} == {True, False}  # the bill alone knows no usage


def test_me_needs_somebody_and_then_is_what_they_own_or_use(bot: Installation) -> None:
    assert bot.run("spend", "me", exits=2) == "who `me` is cannot be known here; write owner:NAME or user:NAME\n"

    label = "labels: [{match: {api_key: ci-1}, set: {owner: ana@example.com}}]\n"
    bot.write(POLICY + label)
    with parts_of(settings(bot)) as parts:
        queries = Queries(parts, clock())
        mine = queries.query("me 2026-03", me=Me(("Ana@example.com",)))
        assert queries.spend(mine)["total"] == "80.00"


def test_a_mistyped_word_is_told_in_one_line(bot: Installation) -> None:
    assert bot.run("spend", "whi", exits=2) == "I do not know `whi`; did you mean `why`?; `help` lists the words\n"


@pytest.mark.parametrize("words", ["why vs last month", "why last 7 days", "why project:research by model"])
def test_a_whole_organisation_is_explained_to_the_last_nano_dollar(seeded: Path, tmp_path: Path, words: str) -> None:
    bot = Inside(tmp_path, (seeded.parent / "policies" / "policy.yaml").read_text(), {})
    (tmp_path / "budgetbot.db").write_bytes(seeded.read_bytes())

    said: dict[str, Any] = bot.json("spend", *words.split())

    assert sum(Decimal(row["amount"]) for row in said["why"]) == Decimal(said["compare"]["change"])
    assert said["why"][0]["amount"] != "0.00"
    with parts_of(settings(bot)) as parts, TestClient(web_app(api_of(Queries(parts, clock())), None)) as client:
        assert client.get(f"/api/v1/spend?q={words}").json() == said


def settings(bot: Inside) -> Any:
    return load_settings(budgetbot_database_url=f"sqlite:///{bot.folder}/budgetbot.db", budgetbot_policies=bot.policies)
