"""Policies that cannot be read, and what every command that needs them says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.standins.inside import Inside

NEED_A_POLICY = [
    ["run"],
    ["check"],
    ["check", "--dry-run"],
    ["pull"],
    ["digest"],
    ["spend"],
    ["budgets"],
    ["alerts"],
    ["alerts", "deliveries"],
    ["policies", "validate"],
    ["doctor"],
]
EXAMPLES = Path(__file__).parents[2] / "policies"


def name(arguments: list[str]) -> str:
    return " ".join(arguments)


@pytest.mark.parametrize("command", NEED_A_POLICY[:-1], ids=name)
def test_a_policy_that_is_not_there_is_wrong_usage(new: Inside, command: list[str]) -> None:
    new.env["BUDGETBOT_POLICIES"] = "nowhere"

    said = new.run(*command, exits=2)

    assert said == "nowhere does not exist; give the path of a policy file or of a folder of them\n"


@pytest.mark.parametrize("command", NEED_A_POLICY, ids=name)
def test_a_wrong_policy_is_a_bad_answer_with_file_line_and_column_of_each_mistake(
    new: Inside, command: list[str]
) -> None:
    new.write("version: 1\nreceivers: [{name: screen, console: {}}]\nroutes: [{to: [scren]}]\nbudgits: []\n")

    said = new.run(*command, exits=1)

    assert "policies/policy.yaml:3:" in said
    assert "policies/policy.yaml:4:1: budgits: unknown key `budgits`, did you mean `budgets`?" in said


def test_alerts_are_acknowledged_whatever_state_the_policies_are_in(bot: Inside) -> None:
    alert = bot.json("alerts")[0]["id"]
    bot.write("nonsense: true")

    assert bot.run("alerts", "ack", alert, "--only") == f"{alert} acknowledged\n"
    assert bot.run("alerts", "snooze", alert, "4h").startswith(f"{alert} snoozed until ")
    assert bot.run("alerts", "resolve", alert, "--only") == f"{alert} resolved\n"


def test_a_right_policy_says_what_it_holds(new: Inside) -> None:
    said = new.run("policies", "validate", str(EXAMPLES))

    assert "5 budgets" in said or "organisation-monthly" in said


def test_the_schema_that_is_published_is_the_one_that_is_printed(new: Inside) -> None:
    assert json.loads(new.run("policies", "schema")) == json.loads((EXAMPLES / "schema.json").read_text())
