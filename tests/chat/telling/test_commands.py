"""`/spend` and `/budget` over a real ledger: what people are answered, and what not everybody may see."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from budgetbot.app import Queries
from budgetbot.chat.answer import Answer
from budgetbot.chat.telling.commands import UNANSWERED, Commands
from budgetbot.chat.who import Who
from budgetbot.cycle import Parts
from budgetbot.notifiers.slack_limits import CHART, violations
from budgetbot.store import open_store
from tests.notifiers.hostile import NASTY
from tests.standins.scene import FINANCE, LEAD, STRANGER, Groups, Scene
from tests.standins.slack_rules import check_message

LIVE = "<!channel> <@U1> <https://x.example|click> @here `code` &amp;"


def asked(day: Scene, words: str, who: Who = LEAD, command: str = "/spend") -> Answer:
    """The answer, which Slack would take."""
    answer = day.commands.answer(command, words, who)
    assert violations(answer.blocks, answer.text) == []
    check_message({"text": answer.text, "blocks": answer.blocks})
    return answer


def test_what_was_spent_this_month_by_project_is_the_answer_to_nothing(day: Scene) -> None:
    answer = asked(day, "")
    assert answer.text.startswith("Spend, November 2026, by project, top 10: $")
    assert "\nresearch " in answer.text
    assert "Complete to 2026-11-20 13:00 UTC" in str(answer.blocks)
    assert not answer.public


def test_share_is_for_the_whole_channel(day: Scene) -> None:
    assert asked(day, "share").public
    assert asked(day, "share", command="/budget").public
    assert not asked(day, "", command="/budget").public


def test_by_time_there_is_a_chart_beside_the_bars(day: Scene) -> None:
    answer = asked(day, "by day last 7 days")
    assert [block["type"] for block in answer.blocks].count(CHART) == 1
    assert "Spent by day, last 7 days: ▁▁▁▁▁▁▇ 14 Nov to 20 Nov, at most $" in answer.text


def test_what_the_change_comes_from_names_the_key_that_ran_away(day: Scene) -> None:
    answer = asked(day, "why today")
    why = str(answer.blocks[1])
    assert "• key research-agent volume +$" in why
    assert "*Why: +$" in why


@pytest.mark.parametrize("words", ["by user", "user:ml*", "not user:ml*", "user:none"])
def test_spend_by_user_is_for_whom_the_policy_names(day: Scene, words: str) -> None:
    assert asked(day, words, FINANCE).text.startswith("Spend, November 2026")
    refused = asked(day, words, LEAD)
    assert refused.text.startswith("Only S0FINANCE may see spend by user, by access.spend_by_user in ")
    assert "$" not in refused.text


def test_budgets_of_single_users_are_left_out_for_everybody_else(day: Scene) -> None:
    assert "people-daily: " in asked(day, "people", FINANCE, "/budget").text
    others = asked(day, "", LEAD, "/budget")
    assert "people-daily" not in others.text
    assert "Budgets of single users are left out. Only S0FINANCE" in str(others.blocks).replace("\u200b", "")
    assert "single users" not in str(asked(day, "research-monthly", LEAD, "/budget").blocks)
    assert "No budget is called" in asked(day, "people-daily", LEAD, "/budget").text


def test_me_is_what_the_person_owns_by_the_address_that_slack_tells(day: Scene) -> None:
    assert "owner:ml-lead" in asked(day, "me", LEAD).text
    assert "nothing here is known to be of" in asked(day, "me", STRANGER).text.lower()
    impostor = Who("U0NONE", "ml-lead@example.com")
    assert "who `me` is cannot be known here" in asked(day, "me", impostor).text.lower().replace("\u200b", "")


def test_a_name_that_means_several_things_is_asked_back_ready_to_paste(day: Scene) -> None:
    answer = asked(day, "*")
    lines = str(answer.blocks[0]["text"]["text"]).splitlines()  # type: ignore[index, call-overload]
    assert "means several things. Write one of these in its place:" in lines[0]
    assert all(line.startswith("• `") and line.endswith(":*`") for line in lines[1:])


def test_what_is_not_understood_is_named_with_what_helps(day: Scene) -> None:
    answer = asked(day, "resaerch")
    assert "I do not know" in answer.text
    assert "research" in answer.text
    assert "/spend help lists what can be asked." in str(answer.blocks)
    assert "no budget is called" in asked(day, "resaerch", command="/budget").text.lower()


@pytest.mark.parametrize("command", ["/spend", "/budget"])
def test_help_is_the_grammar(day: Scene, command: str) -> None:
    answer = asked(day, "help", command=command)
    assert f"What {command} understands" in str(answer.blocks)
    assert f"{command} research" in answer.text


@pytest.mark.parametrize("command", ["/spend", "/budget", "/else"])
@pytest.mark.parametrize("words", [*NASTY, LIVE, "x " * 5_000, "'" * 200, "user:" + "*" * 400, "top 0", "over $"])
def test_words_of_any_kind_are_answered_and_never_live(day: Scene, command: str, words: str) -> None:
    answer = asked(day, words, Who("U0EVE", LIVE), command)
    assert answer.text
    for markup in ("<!", "<@", "<http"):
        assert markup not in answer.text + str(answer.blocks)


def test_a_database_that_fails_is_one_calm_sentence(day: Scene, tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    with closing(open_store(f"sqlite:///{path}")) as store, closing(sqlite3.connect(path)) as database:
        parts = Parts(store, day.policy(), (), {})
        commands = Commands(lambda: Queries(parts, day.clock), day.policy, Groups(), day.clock)
        assert "No spend is known yet." in commands.answer("/spend", "", LEAD).text
        database.execute("ALTER TABLE series RENAME TO gone")
        assert commands.answer("/spend", "", LEAD).text == UNANSWERED
