"""`budgetbot spend --as-of`: the bill alone, as it was known at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.installation import Installation
from tests.store.samples import DAY, HOUR, LAG, SOURCE, costs, series, usage

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, LATER = MARCH + 30 * HOUR, MARCH + 90 * HOUR


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    with made.store() as store:
        store.ledger.save(SOURCE, costs({"a": "10", "b": "1"}, MARCH), FIRST, LAG)
        store.ledger.save(SOURCE, usage([(series("a", "gpt-5"), {"output_tokens": 10**9})], MARCH), FIRST, LAG)
        store.ledger.save(SOURCE, costs({"a": "51.20", "b": "1"}, MARCH), LATER, LAG)
    return made


@pytest.mark.parametrize(
    ("as_of", "total"),
    [
        ("2026-03-02T05:59Z", "0.00"),
        ("2026-03-02T06:00Z", "11.00"),
        ("2026-03-04T17:59Z", "11.00"),
        ("2026-03-04T18:00Z", "52.20"),
        ("2026-03-04T19:00+01:00", "52.20"),
        ("2026-03-05", "52.20"),
    ],
)
def test_any_past_moment_is_answered_as_it_was_known_then(bot: Installation, as_of: str, total: str) -> None:
    said = bot.json("spend", "2026-03", "--as-of", as_of)

    assert (said["total"], said["billed"], said["estimated"]) == (total, total, "0.00")
    assert (said["low"], said["high"]) == (total, total)


def test_it_says_as_of_when(bot: Installation) -> None:
    said = bot.run("spend", "2026-03", "--as-of", "2026-03-03T12:00Z")

    assert "$11.00" in said
    assert "the bill alone, as known at 2026-03-03 12:00 UTC" in said
    assert bot.json("spend", "--as-of", "2026-03-03T12:00Z")["as_of"] == "2026-03-03T12:00:00Z"


def test_words_of_time_mean_what_they_meant_then(bot: Installation) -> None:
    assert bot.json("spend", "yesterday", "--as-of", "2026-03-02T12:00Z")["total"] == "11.00"
    assert bot.json("spend", "yesterday", "--as-of", "2026-03-04T12:00Z")["total"] == "0.00"


def test_rows_and_filters_are_those_of_the_grammar(bot: Installation) -> None:
    said = bot.json("spend", "2026-03", "project:a", "by", "day", "--as-of", "2026-03-03")

    assert [(row["by"]["day"], row["amount"]) for row in said["rows"]] == [("2026-03-01", "10.00")]


def test_without_the_option_the_answer_knows_everything(bot: Installation) -> None:
    said = bot.json("spend", "2026-03")

    assert "as_of" not in said
    assert said["billed"] == "52.20"


@pytest.mark.parametrize("as_of", ["soon", "2026-99-01"])
def test_a_moment_that_is_none_is_exit_code_2(bot: Installation, as_of: str) -> None:
    assert f"--as-of: '{as_of}' is not a time" in bot.run("spend", "--as-of", as_of, exits=2)


def test_a_moment_to_come_is_exit_code_2(bot: Installation) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=2) + DAY).isoformat()

    assert "is still to come" in bot.run("spend", "--as-of", ahead, exits=2)
