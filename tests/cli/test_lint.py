"""`budgetbot policies lint`: the policy against a ledger that was read from a simulated organisation."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from budgetbot.sim.api import ADMIN_KEY
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.server import serve
from tests.cli.conftest import POLICY
from tests.standins.inside import Inside

EXAMPLES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Inside:
    """The organisation of the demo, read; its policies are the examples."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copyfile(migrated_file, folder / "budgetbot.db")
    with serve(Organisation(keys_per_project=2, history_days=40)) as served:
        bot = Inside(folder, POLICY, {"OPENAI_ADMIN_KEY": ADMIN_KEY, "OPENAI_BASE_URL": served.base_url})
        bot.run("check")
    return bot


def test_the_examples_fit_the_simulated_organisation(whole: Inside) -> None:
    found = whole.json("policies", "lint", str(EXAMPLES))

    assert [one for one in found["findings"] if one["level"] == "error"] == []
    assert found["coverage"]["share"] == 1
    each = {one["name"]: one["message"] for one in found["findings"] if one["code"] == "each"}
    assert each["tokens-weekly"].endswith(" tokens a week")


def test_each_remark_is_a_line_with_its_place_and_its_code_and_the_summary_comes_last(bot: Inside) -> None:
    first, *_, summary = bot.run("policies", "lint").splitlines()

    line = r"policies/policy\.yaml:9: note: each-key: x \d api_keys since \d+ \w+ = \$\d,\d00 a month \[each\]"
    assert re.fullmatch(line, first)
    assert summary.startswith("100 % of ")
    assert "is covered by a rule with a working route" in summary


def test_json_holds_the_same(bot: Inside) -> None:
    found = bot.json("policies", "lint")

    assert set(found) == {"coverage", "findings"}
    assert set(found["coverage"]) == {"currency", "period", "last_month", "total", "covered", "share", "uncovered"}
    assert found["coverage"]["covered"] == found["coverage"]["total"]
    first = found["findings"][0]
    text = "{where}: {level}: {name}: {message} [{code}]".format(**first)
    assert text == bot.run("policies", "lint").splitlines()[0]


def test_a_dead_rule_is_a_bad_answer(bot: Inside) -> None:
    bot.write(POLICY.replace("project: research", "project: reserch"))

    assert "error: research-monthly: no spend since" in bot.run("policies", "lint", exits=1)


def test_warnings_are_one_too_where_that_is_asked_for(bot: Inside) -> None:
    assert "no-owner" in bot.run("policies", "lint")
    assert "no-owner" in bot.run("policies", "lint", "--strict", exits=1)


def test_a_receiver_that_lacks_its_credential_is_told_without_connecting_to_it(bot: Inside) -> None:
    bot.write(POLICY.replace("console: {}", "slack: {channel: '#x'}"))

    said = bot.run("policies", "lint", exits=1)
    assert "warning: receiver screen: cannot be told, as SLACK_BOT_TOKEN is not set" in said
    assert "error: research-monthly: its alerts would reach nobody: they only lead to screen" in said

    assert "\nerror: quiet-source: its alerts would reach nobody" in said

    bot.env |= {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_API_URL": "http://127.0.0.1:9/"}
    assert "missing-credential" not in bot.run("policies", "lint")


def test_neither_a_provider_nor_its_key_is_needed(bot: Inside) -> None:
    bot.write(POLICY + "sources: [{name: openai, type: openai, key_env: NOWHERE}]\n")

    assert "is covered by a rule with a working route" in bot.run("policies", "lint")


def test_other_files_than_those_in_force_can_be_compared(bot: Inside, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("version: 1\nreceivers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]\n")

    assert bot.run("policies", "lint", str(other)).splitlines()[-1].startswith("0 % of ")


def test_before_anything_was_read_there_is_nothing_to_compare_with(new: Inside) -> None:
    said = new.run("policies", "lint")

    assert said.splitlines()[-1] == "The ledger is empty: there is nothing to compare with. 1 note."
    assert "[only-receiver]" in said
    found = new.json("policies", "lint")
    assert (found["coverage"], [one["code"] for one in found["findings"]]) == (None, ["only-receiver"])
