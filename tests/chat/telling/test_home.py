"""The Home tab: whose budgets are shown, in what order, and what can be done there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from budgetbot.chat.telling.home_view import home_view
from budgetbot.core.model import Json
from budgetbot.policy.board import Tile
from tests.chat.telling.test_budget_answer import NOW, row
from tests.notifiers.hostile import NASTY
from tests.standins.scene import FINANCE, LEAD, STRANGER, Scene
from tests.standins.slack_views import check_view

MAIL = "ml-lead@example.com"
LIVE = "<!channel> <https://x.example|click> @here"


def alert(id: str = "a1", **more: Any) -> dict[str, Json]:
    known: dict[str, Json] = {
        "id": id, "rule": "research-monthly", "severity": "warning", "state": "firing", "scope": {}, "ids": {},
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}, "acknowledged_by": None,
        "snoozed_until": None, "silenced": False, "inhibited": [], "summary": "Warning: research $4,210 of $5,000",
    }  # fmt: skip
    return {**known, **more}


def shown(view: Mapping[str, Any]) -> str:
    """All words of a view that Slack would take."""
    check_view(view, "home")
    texts = [text for block in view["blocks"] for text in [block.get("text"), *block.get("elements", [])] if text]
    return "\n".join(text["text"] for text in texts if isinstance(text["text"], str)).replace("\u200b", "")


def buttons(view: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Row, action and value of each."""
    rows = [block for block in view["blocks"] if block["type"] == "actions"]
    return [(block["block_id"], one["action_id"], one["value"]) for block in rows for one in block["elements"]]


def test_the_budgets_of_the_team_come_with_their_course(day: Scene) -> None:
    said = shown(day.home.view(LEAD))
    assert said.startswith("Your budgets\nWhat the policy labels as owned by ml-lead@example.com, and their teams;")
    assert "*research-monthly*\n`▓▓▓▓▓▓▓▓▓▓` $5," in said
    assert "Spent by day: ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▇ 1 Nov to 20 Nov, at most $2," in said
    assert "Spent by hour: ▁▁▁▁▁▁▁▁" in said
    assert "*research-quarter*" in said
    assert all(other not in said for other in ("support-monthly", "web-monthly", "everything", "images"))


def test_the_one_at_most_risk_is_first_with_its_open_alert(day: Scene) -> None:
    view = day.home.view(LEAD)
    firing = day.alert("research-monthly", "100%")
    assert "*research-monthly*" in str(view["blocks"][2])  # type: ignore[index]
    assert buttons(view)[:2] == [
        (f"alert:{firing.id}", "alert:acknowledge", firing.id),
        (f"alert:{firing.id}", "alert:details", firing.id),
    ]
    assert "🚨 Critical: research $5," in shown(view)


def test_who_owns_nothing_sees_all_and_is_told_so(day: Scene) -> None:
    said = shown(day.home.view(STRANGER))
    assert said.startswith("All budgets\nNothing that a budget counts is labelled with the owner new@example.com")
    assert "support-monthly" in said
    assert "everything" in said


def test_budgets_of_single_users_are_for_whom_the_policy_names(day: Scene) -> None:
    assert "people-daily" in shown(day.home.view(FINANCE))
    assert "people-daily" not in shown(day.home.view(STRANGER))


def test_without_an_address_it_is_said_why_all_are_shown() -> None:
    said = shown(home_view([Tile(row(), False)], [], NOW, ""))
    assert said.startswith("All budgets\nSlack does not tell your e-mail address, so here are all budgets.")


def test_what_can_be_asked_and_how_fresh_it_is_stands_below() -> None:
    said = shown(home_view([], [], NOW, MAIL))
    assert "No budgets are declared." in said
    assert "`/spend why yesterday`" in said
    assert said.endswith("As of 2026-11-20 09:00 UTC; not every source was read whole yet.")


def test_an_alert_that_somebody_looks_after_has_no_button_for_that() -> None:
    view = home_view([Tile(row(), True)], [alert(acknowledged_by="Slack: ana (U1)")], NOW, MAIL)
    assert [action for _, action, _ in buttons(view)] == ["alert:details"]
    assert "acknowledged by Slack: ana (U1)" in shown(view)


def test_a_snoozed_alert_says_until_when() -> None:
    told = alert(snoozed_until="2026-11-21T09:00:00Z", silenced=True)
    assert "; snoozed until 2026-11-21 09:00 UTC" in shown(home_view([Tile(row(), True)], [told], NOW, MAIL))


@pytest.mark.parametrize(
    "other",
    [
        {"rule": "else"}, {"ids": {"api_key": "k"}}, {"state": "pending"}, {"inhibited": ["100%"]},
        {"period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}},
    ],
)  # fmt: skip
def test_alerts_of_other_budgets_and_periods_are_not_shown(other: dict[str, Any]) -> None:
    assert buttons(home_view([Tile(row(), True)], [alert(**other)], NOW, MAIL)) == []


@pytest.mark.parametrize("name", [*NASTY, LIVE])
def test_a_hundred_budgets_with_names_of_any_kind_fit(name: str) -> None:
    tiles = [Tile(row(f"{name}{i}", scope={"api_key": name}, ids={"api_key": name}), True) for i in range(100)]
    alerts = [
        alert(f"{i}-{j}", rule=f"{name}{i}", ids={"api_key": name}, summary=name, acknowledged_by=name)
        for i in range(100)
        for j in range(5)
    ]
    view = home_view(tiles, alerts, NOW, name)
    said = shown(view)
    assert "more; `/budget` lists them" in said
    assert "and 2 more alerts of it" in said
    for markup in ("<!", "<@", "<http"):
        assert markup not in json.dumps(view)
