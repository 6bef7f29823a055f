"""`check` and `pull`: exit codes, rehearsals, other moments."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


def fingerprint(bot: Inside) -> str:
    """All rows of all tables: what stands in the write-ahead log counts too."""
    content = hashlib.sha256()
    with closing(sqlite3.connect(bot.folder / "budgetbot.db")) as database:
        for (table,) in database.execute(TABLES).fetchall():
            for row in database.execute(f"SELECT * FROM {table}"):  # noqa: S608
                content.update(repr((table, row)).encode())
    return content.hexdigest()


def spent_today(openai: OpenAIStandIn, dollars: str) -> None:
    today = openai.now // 86_400 * 86_400
    openai.rows["costs"] = {today: [{"amount": {"value": dollars, "currency": "usd"}, "project_id": "proj_new"}]}


def hours_later(hours: int) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def test_a_firing_alert_is_fine_and_says_what_was_done(bot: Inside, openai: OpenAIStandIn) -> None:
    spent_today(openai, "3.00")

    assert bot.run("check").splitlines()[-1] == "checked 1 sources: 0 sent, 0 failed"


def test_a_source_that_fails_is_a_bad_answer_and_the_rest_is_done(bot: Inside, openai: OpenAIStandIn) -> None:
    bot.env["OPENAI_ADMIN_KEY"] = "sk-proj-wrong-0123456789"
    bot.write((bot.policies / "policy.yaml").read_text().replace("amount: 50", "amount: 55"))

    code, out, err = bot.call("check")

    assert code == 1
    assert "1 failed" in out
    assert err.startswith("openai: costs: ")
    assert err.count("\n") == 1
    assert "OPENAI_ADMIN_KEY" in err


def test_a_rehearsal_shows_what_would_be_sent_and_writes_nothing(bot: Inside, openai: OpenAIStandIn) -> None:
    spent_today(openai, "99.00")
    policy = (bot.policies / "policy.yaml").read_text()
    bot.write(policy.replace("match: {project: research}", "match: {}").replace("research-monthly", "everything"))
    before = fingerprint(bot)

    said = bot.run("check", "--dry-run")

    assert "[CRITICAL] everything reached 100%" in said
    assert "RESOLVED" in said or "CLOSED" in said  # of the rule that was taken out
    assert "nothing is written" in said.splitlines()[-1]
    assert fingerprint(bot) == before
    assert bot.run("check", "--dry-run").splitlines()[-1] == said.splitlines()[-1]


def test_a_rehearsal_counts_what_would_be_sent(new: Inside) -> None:
    assert new.run("check", "--dry-run") == "dry run: 0 would be sent; nothing is written\n"


def test_a_rehearsal_tells_of_a_source_that_fails(bot: Inside, openai: OpenAIStandIn) -> None:
    bot.env["OPENAI_ADMIN_KEY"] = "sk-proj-wrong-0123456789"

    assert "OPENAI_ADMIN_KEY" in bot.run("check", "--dry-run", exits=1)


def test_a_moment_before_the_last_cycle_is_only_for_rehearsals(bot: Inside) -> None:
    said = bot.run("check", "--at", hours_later(-2), exits=2)

    assert said.startswith("--at lies before the last cycle (")
    assert said.endswith("); add --dry-run\n")
    assert "nothing is written" in bot.run("check", "--dry-run", "--at", hours_later(-2))
    bot.run("check", "--at", hours_later(1))


@pytest.mark.parametrize("given", ["2026-11-20T14:00Z", "2026-11-20T14:00", "2026-11-20", "2026-11-20T15:00+01:00"])
def test_moments_are_written_as_people_write_them(new: Inside, given: str) -> None:
    new.run("check", "--dry-run", "--at", given)


def test_history_is_read_from_any_day(bot: Inside, openai: OpenAIStandIn) -> None:
    bot.run("pull", "openai", "--since", "2026-01-01", "--until", "2026-01-08")

    assert {one.one("start_time") for one in openai.requests if one.path.endswith("/costs")} == {"1767225600"}
    assert all(one.one("end_time") == "1767830400" for one in openai.requests if one.path.endswith("/costs"))


def test_an_unknown_source_is_wrong_usage_and_names_those_there_are(bot: Inside, openai: OpenAIStandIn) -> None:
    assert bot.run("pull", "acme", exits=2) == "unknown source acme; configured: openai\n"
    assert openai.requests == []


def test_history_that_cannot_be_read_is_a_bad_answer(bot: Inside, openai: OpenAIStandIn) -> None:
    bot.env["OPENAI_ADMIN_KEY"] = "sk-proj-wrong-0123456789"

    assert "OPENAI_ADMIN_KEY" in bot.run("pull", "--since", "2026-11-01", exits=1)
