"""Budgets as somebody looks at them: their course by day, and whose they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Entity
from budgetbot.policy.board import Tile, board
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State
from tests.standins.spend import Spend, fresh, history, usd, utc

NOW = utc("2026-11-05T12:00")
ANA = "ana@example.com"
POLICY = """
version: 1
labels:
  - {match: {project: papers}, set: {team: research, owner: Ana@Example.com}}
  - {match: {project: notebooks}, set: {team: research}}
  - {match: {project: shop}, set: {team: web, owner: ben@example.com}}
budgets:
  - {name: team, match: {team: research}, amount: 100, period: month, thresholds: [{at: 80%, severity: warning}]}
  - {name: keys, each: [api_key], amount: 100, period: month, thresholds: [{at: 80%, severity: warning}]}
  - {name: all, amount: 500, period: day, thresholds: [{at: 80%, severity: warning}]}
  - {name: idle, match: {team: web}, amount: 100, period: month, thresholds: [{at: 80%, severity: warning}]}
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""
SPENT = (
    usd("2026-11-02", 3, "p1", api_key="k1"),
    usd("2026-11-04", 9, "p1", api_key="k1"),
    usd("2026-11-04", 1, "p2", api_key="k2"),
)
SHOP = usd("2026-11-03", 4, "p3", api_key="k3")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return load_policy(path, REGISTRIES)


def seen(policy: Policy, owner: str, *spent: Spend) -> list[Tile]:
    names = {"p1": "papers", "p2": "notebooks", "p3": "shop"}
    entities = [Entity("openai", "project", id, name) for id, name in names.items()]
    known = history(spent, [fresh(NOW)], entities, policy.labels)
    tiles = board(policy, known, State(), NOW, owner)
    rows = [{key: value for key, value in tile.row.items() if key != "trend"} for tile in tiles]
    assert rows == budget_rows(policy, known, State(), NOW)
    return tiles


def name(tile: Tile) -> str:
    ids: Any = tile.row["ids"]
    return "/".join([str(tile.row["name"]), *map(str, ids.values())])


def theirs(tiles: list[Tile]) -> list[str]:
    return [name(tile) for tile in tiles if tile.theirs]


def test_theirs_is_what_they_own_and_what_their_teams_spend(policy: Policy) -> None:
    assert theirs(seen(policy, ANA, *SPENT, SHOP)) == ["team", "keys/k1", "keys/k2"]
    assert theirs(seen(policy, "BEN@example.com", *SPENT, SHOP)) == ["keys/k3", "idle"]


def test_a_budget_that_counts_what_others_spend_is_not_theirs_alone(policy: Policy) -> None:
    assert "all" not in theirs(seen(policy, ANA, *SPENT, SHOP))
    assert "all" in theirs(seen(policy, ANA, *SPENT))


def test_a_budget_of_their_team_is_theirs_before_anything_is_spent(policy: Policy) -> None:
    assert "idle" in theirs(seen(policy, "ben@example.com", *SPENT))
    assert "idle" not in theirs(seen(policy, ANA, *SPENT))


@pytest.mark.parametrize("owner", ["", " ", "eve@example.com", "*"])
def test_nothing_is_of_somebody_unknown(policy: Policy, owner: str) -> None:
    assert theirs(seen(policy, owner, *SPENT, SHOP)) == []


def test_each_has_its_course_of_the_period_so_far(policy: Policy) -> None:
    course: dict[str, Any] = {name(tile): tile.row.get("trend") for tile in seen(policy, ANA, *SPENT)}
    assert course["keys/k1"] == {
        "unit": "day",
        "points": [
            ["2026-11-01T00:00:00Z", "0.00"],
            ["2026-11-02T00:00:00Z", "3.00"],
            ["2026-11-03T00:00:00Z", "0.00"],
            ["2026-11-04T00:00:00Z", "9.00"],
            ["2026-11-05T00:00:00Z", "0.00"],
        ],
    }
    assert [point[1] for point in course["team"]["points"]] == ["0.00", "3.00", "0.00", "10.00", "0.00"]
    assert course["all"] is None
    assert course["idle"] is None
