"""A digest tells of closed days whose bill has changed since the digest before, and of those alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.installation import POLICY, Installation
from tests.store.samples import DAY, HOUR, LAG, SOURCE, costs

DIGEST = """
digests:
  - {name: daily, schedule: "0 9 * * *", to: [screen]}
  - {name: of-b, schedule: "0 9 * * *", to: [screen], match: {project: b}}
"""
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
CLOSED = MARCH + 3 * DAY
SENTENCE = "1 March changed by +$41.20 after it closed."


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    """1 March closes on the 4th at midnight and changes at noon: between the digests of the 4th and the 5th."""
    made = Installation(tmp_path)
    made.write(POLICY + DIGEST)
    with made.store() as store:
        for now, amount in ((MARCH + 30 * HOUR, "10"), (CLOSED - HOUR, "12"), (CLOSED + 12 * HOUR, "53.20")):
            store.ledger.save(SOURCE, costs({"a": amount, "b": "1"}, MARCH), now, LAG)
    return made


@pytest.mark.parametrize(("date", "told"), [("2026-03-04", False), ("2026-03-05", True), ("2026-03-06", False)])
def test_a_change_is_told_by_the_next_digest_and_by_no_other(bot: Installation, date: str, told: bool) -> None:
    said = " ".join(bot.run("digest", "daily", "--date", date, "--dry-run").split())

    assert (SENTENCE in said) is told
    assert ("changed by" in said) is told


def test_a_digest_of_some_projects_tells_of_their_changes_alone(bot: Installation) -> None:
    assert "changed by" not in bot.run("digest", "of-b", "--date", "2026-03-05", "--dry-run")


def test_what_another_source_counts_is_not_told(bot: Installation) -> None:
    bot.env["OPENAI_ADMIN_KEY"] = "sk-admin-x"
    bot.write(POLICY + DIGEST + f"sources:\n  - {{name: {SOURCE}, type: openai, counts: false}}\n")

    assert "changed by" not in bot.run("digest", "daily", "--date", "2026-03-05", "--dry-run")
