"""`drill`, and what deliveries say of every try."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.installation import Installation
from tests.standins.slack import TOKEN, FakeSlack

POLICY = """
version: 1
receivers:
  - {name: screen, console: {}}
  - {name: ml-slack, slack: {channel: "#nowhere"}}
routes: [{to: [screen]}]
"""
SCREEN = POLICY.replace('  - {name: ml-slack, slack: {channel: "#nowhere"}}\n', "")


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.write(SCREEN)
    return made


def test_it_reaches_the_receiver_and_says_how_long_it_took(bot: Installation) -> None:
    said = bot.run("drill", "screen")

    assert "[TEST] DRILL: nothing is wrong" in said
    assert re.fullmatch(r"screen: confirmed in \d\.\d s", said.splitlines()[-1])


def test_nothing_of_it_is_an_alert_or_in_a_budget(bot: Installation) -> None:
    bot.run("drill")

    assert (bot.json("alerts", "--all"), bot.json("budgets")) == ([], [])
    (row,) = bot.json("alerts", "deliveries")
    assert (row["receiver"], row["reason"], row["status"]) == ("screen", "test", "sent")
    assert row["alert"].startswith("drill-")
    bot.run("alerts", "ack", row["alert"], exits=2)


def test_every_receiver_is_tried_and_one_that_refuses_is_a_bad_answer(bot: Installation) -> None:
    bot.write(POLICY)
    with FakeSlack() as slack:
        bot.env |= {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack.url}
        code, out, _ = bot.call("drill")

    assert code == 1
    assert re.search(r"^screen: confirmed in \d\.\d s$", out, re.MULTILINE)
    assert re.search(r"^ml-slack: given up: (?!ml-slack).*channel_not_found", out, re.MULTILINE)


def test_a_receiver_that_does_not_confirm_in_time_is_a_bad_answer(bot: Installation) -> None:
    bot.write(POLICY)
    bot.env |= {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": "http://127.0.0.1:9/"}

    code, out, _ = bot.call("drill", "ml-slack", "--within", "1s")

    assert code == 1
    assert re.fullmatch(r"ml-slack: not confirmed within 1s: .+\n", out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "unknown receiver nobody; the policy has screen, ml-slack"),
        (["owner"], "unknown receiver owner; the policy has screen, ml-slack"),
        (["screen", "--within", "soon"], "'soon' is not a duration; write a number with s, m, h, d or w, such as 4h"),
    ],
)
def test_wrong_usage_names_what_there_is(bot: Installation, arguments: list[str], said: str) -> None:
    bot.write(POLICY)

    assert bot.run("drill", *arguments, exits=2) == f"{said}\n"
    assert bot.json("alerts", "deliveries") == []


def test_a_policy_without_receivers_has_nobody_to_drill(bot: Installation) -> None:
    bot.write("version: 1\nfreshness: []\n")

    assert "the policy has no receivers; declare one" in bot.run("drill", exits=2)


def test_the_help_says_that_pagers_are_woken_and_the_incident_resolved(bot: Installation) -> None:
    said = " ".join(bot.run("drill", "--help").replace("│", " ").split())

    assert "is woken, and its incident is resolved by the same command" in said


def test_every_try_is_listed_where_somebody_asks_for_it(bot: Installation) -> None:
    bot.run("drill")
    (plain,) = bot.json("alerts", "deliveries")
    (row,) = bot.json("alerts", "deliveries", "--attempts")

    assert row == plain | {"attempts_log": row["attempts_log"]}
    (attempt,) = row["attempts_log"]
    assert (attempt["outcome"], attempt["error"]) == ("sent", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*Z", attempt["at"])
    assert json.loads(bot.run("alerts", "deliveries", "1", "--json")) == [row]

    first, second = bot.run("alerts", "deliveries", "1").splitlines()
    assert first == bot.run("alerts", "deliveries").rstrip("\n")
    assert second.split() == [attempt["at"], "sent"]


def test_an_unknown_delivery_is_wrong_usage(bot: Installation) -> None:
    assert bot.run("alerts", "deliveries", "7", exits=2) == (
        "there is no delivery 7; `budgetbot alerts deliveries` lists the latest\n"
    )
