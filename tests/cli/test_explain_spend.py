"""`budgetbot explain PROJECT|KEY`: which rules, routes and escalations speak of it, and why the others do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from budgetbot.core.model import Entity
from tests.cli.installation import Installation
from tests.store.samples import LAG, SOURCE, costs

POLICY = """
version: 1
labels:
  - {match: {project: proj_1}, set: {team: research, owner: ml-lead@example.com}}
budgets:
  - {name: everything, amount: 900, period: month, thresholds: [{at: 100%, severity: critical}]}
  - {name: research, match: {team: research}, amount: 100, period: month, thresholds: [{at: 80%, severity: warning}]}
  - {name: web, match: {project: Web}, amount: 100, period: month, thresholds: [{at: 80%, severity: info}]}
  - {name: projects, each: [project], amount: 50, period: day, thresholds: [{at: 100%, severity: info}], notify: [ops]}
receivers:
  - {name: screen, console: {}}
  - {name: ops, console: {}}
  - {name: lead, console: {}}
escalations:
  - {name: watch, steps: [{after: 0m, to: [ops]}, {after: 15m, to: [owner, lead]}]}
routes:
  - {match: {severity: critical}, escalation: watch}
  - {match: {team: sales}, to: [lead]}
  - {match: {team: research}, to: [owner], continue: true}
  - {to: [screen]}
grants:
  - {budget: research, add: 50, from: 2026-01-01, until: 2199-01-01, approved_by: boss, reason: "the <b>launch</b>"}
silences:
  - {match: {rule: projects}, from: UNTIL-300, until: UNTIL, by: anna, reason: moving}
"""


@pytest.fixture
def bot(tmp_path: Path) -> Installation:
    found = Installation(tmp_path)
    later = datetime.now(UTC) + timedelta(days=30)
    text = POLICY.replace("UNTIL-300", f"{later - timedelta(days=300):%Y-%m-%d}").replace("UNTIL", f"{later:%Y-%m-%d}")
    (tmp_path / "policies" / "policy.yaml").write_text(text)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with found.store() as store:
        store.ledger.save(SOURCE, costs({"proj_1": "12.50", "proj_2": "3.00"}, today), today + timedelta(hours=3), LAG)
        named = [Entity(SOURCE, "project", "proj_1", "Research"), Entity(SOURCE, "project", "proj_2", "Web")]
        store.ledger.save_entities(SOURCE, named, today)
    return found


def rules(said: dict[str, Any]) -> dict[str, Any]:
    return {row["rule"]: row for row in said["rules"]}


def test_the_rules_that_speak_of_a_project_say_whom_each_of_their_levels_would_tell(bot: Installation) -> None:
    found = rules(bot.json("explain", "Research"))

    (alert,) = found["research"]["alerts"]
    assert (alert["level"], alert["severity"]) == ("80%", "warning")
    assert alert["to"] == ["owner:ml-lead@example.com", "screen"]
    assert [where.rpartition(":")[0] for where in alert["routes"]] == ["policies/policy.yaml"] * 2


def test_an_escalation_is_shown_step_by_step(bot: Installation) -> None:
    (alert,) = rules(bot.json("explain", "Research"))["everything"]["alerts"]

    assert alert["to"] == []
    assert alert["escalations"] == [
        {"name": "watch", "steps": [{"after": "0m", "to": ["ops"]}, {"after": "15m", "to": ["lead"]}]}
    ]


def test_a_rule_for_each_project_speaks_of_this_one_alone_and_tells_its_own_receivers_too(bot: Installation) -> None:
    (alert,) = rules(bot.json("explain", "proj_2"))["projects"]["alerts"]

    assert alert["scope"] == {"project": "Web"}
    assert alert["to"] == ["screen", "ops"]
    assert alert["silenced"]


def test_a_rule_that_does_not_speak_of_it_says_why(bot: Installation) -> None:
    said = rules(bot.json("explain", "project:Research"))["web"]

    assert not said["applies"]
    assert said["why_not"] == "wants project Web; here it is Research"


def test_a_route_says_what_it_takes_and_why_it_takes_nothing(bot: Installation) -> None:
    first, sales, team, last = bot.json("explain", "Research")["routes"]

    assert first["takes"] == ["everything 100%"]
    assert sales["why_not"] == "wants team sales; here it is research"
    assert (team["takes"], team["continue"]) == (["research 80%", "projects 100%"], True)
    assert "research 80%" in last["takes"]


def test_a_team_can_be_asked_about_as_well(bot: Installation) -> None:
    assert rules(bot.json("explain", "team:research"))["research"]["applies"]


def test_the_text_says_the_same_and_shows_names_safely(bot: Installation) -> None:
    said = bot.run("explain", "Research")

    assert (
        "80% (warning): owner:ml-lead@example.com, screen, by policies/policy.yaml:19, policies/policy.yaml:20" in said
    )
    assert "100% (critical): escalation watch (ops at once, lead after 15m), by policies/policy.yaml:17" in said
    assert "web: wants project Web; here it is Research  (policies/policy.yaml:8)" in said
    assert "grant on research until 2199-01-01 00:00 UTC, approved by boss: the <b>launch</b>" in said
    assert "silenced now" in said


def test_what_is_called_so_nowhere_is_one_line(bot: Installation) -> None:
    said = bot.call("explain", "Reserch")

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "there is no alert 'Reserch' (`budgetbot alerts --all` lists them), and I do not know `Reserch`; "
        "did you mean `research`?; `help` lists the words"
    ]


@pytest.mark.parametrize("words", ["yesterday", "", " "])
def test_words_that_name_no_spend_are_refused(bot: Installation, words: str) -> None:
    assert "names no spend; write a project, key or label" in bot.call("explain", words).err
