"""Questions and the Home tab all the way: a strict Slack, its framework, real people, a real ledger."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.app import Queries
from budgetbot.chat.slack.bolt_app import BoltChat
from budgetbot.chat.slack.bolt_desk import Desk, Pace
from budgetbot.chat.slack.handlers import Actions, Handlers
from budgetbot.chat.slack.installation import Installation
from budgetbot.chat.slack.people import People
from budgetbot.chat.telling.commands import Commands
from budgetbot.chat.telling.home import Home
from budgetbot.cycle import Parts
from budgetbot.notifiers.slack_api import SlackApi
from budgetbot.notifiers.slack_limits import CHART
from tests.chat.office import Office
from tests.standins.running import wait_for
from tests.standins.scene import Scene
from tests.standins.slack import CHAT_SCOPES, TOKEN, FakeSlack
from tests.standins.slack_sender import Body, Person

MAIL = "ml-lead@example.com"


class Bot:
    """A bot over these parts; payloads reach it as they do by Socket Mode."""

    def __init__(self, slack: FakeSlack, parts: Parts, clock: Callable[[], datetime], actions: Actions) -> None:
        api = SlackApi(SecretStr(TOKEN), slack.url, 2.0)
        people = People(api)

        def queries() -> Queries:
            return Queries(parts, clock)

        commands = Commands(queries, lambda: parts.policy, people, clock)
        handlers = Handlers(commands, actions, Home(queries, lambda: parts.policy, people, clock))
        self.chat = BoltChat(
            Desk(handlers, api, slack.url, Installation(api, people), clock, pace=Pace(again=0.01)), None
        )

    def send(self, kind: str, payload: Body) -> Body | None:
        answer = self.chat.take(json.loads(json.dumps(payload)), time.monotonic())
        assert answer.status == 200, answer.body
        return dict(json.loads(answer.body)) if answer.body else {}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(CHAT_SCOPES) as workspace:
        workspace.add_member("U2LEAD", MAIL)
        workspace.add_member("U2FIN", "finance@example.com")
        workspace.groups["S0FINANCE"] = ["U2FIN"]
        yield workspace


@pytest.fixture
def lead(slack: FakeSlack, day: Scene) -> Iterator[Person]:
    """The owner of what ran away."""
    bot = Bot(slack, day.parts, day.clock, day.actions)
    yield Person(slack, bot, "U2LEAD", "whatever <!channel>")
    bot.chat.close()


def shown(view: Body) -> str:
    return json.dumps(view, ensure_ascii=False).replace("\u200b", "")


def test_me_is_who_slack_says_it_is(lead: Person) -> None:
    said = lead.types("/spend", "ME last week")
    assert said["text"].replace("\u200b", "").startswith("Spend, 9 Nov to 15 Nov 2026, owner:ml-lead@example.com")
    assert said["response_type"] == "ephemeral"


def test_groups_of_the_workspace_decide_who_sees_users(lead: Person, slack: FakeSlack) -> None:
    assert "Only S0FINANCE may see spend by user" in lead.types("/spend", "by user")["text"]
    finance = Person(slack, lead.by, "U2FIN", "finance")
    assert "Ml lead" in finance.types("/spend", "by user")["text"]


def test_a_chart_follows_natively(lead: Person, slack: FakeSlack) -> None:
    assert lead.types("/spend", "by day share") == {}
    wait_for(lambda: bool(slack.responses.said))
    (said,) = slack.responses.said
    assert CHART in [block["type"] for block in said["blocks"]]
    assert said["response_type"] == "in_channel"


def test_where_slack_draws_none_the_bars_are_left(lead: Person, slack: FakeSlack) -> None:
    slack.charts = False
    lead.types("/spend", "by day")
    wait_for(lambda: bool(slack.responses.said))
    said = slack.responses.said[-1]
    assert CHART not in [block["type"] for block in said["blocks"]]
    assert "████" in str(said["blocks"])


@pytest.mark.parametrize("words", ["", "research monthly", "“research-monthly”", "nothing-like-it", "x" * 10_000])
def test_a_budget_is_answered_at_once(lead: Person, words: str) -> None:
    assert lead.types("/budget", words)["text"]


def test_the_home_tab_is_of_who_opens_it(lead: Person, slack: FakeSlack) -> None:
    lead.looks_at_home()
    wait_for(lambda: "U2LEAD" in slack.views.homes)
    assert "Your budgets" in shown(slack.views.homes["U2LEAD"])
    Person(slack, lead.by, "U2FIN", "finance").looks_at_home()
    wait_for(lambda: "U2FIN" in slack.views.homes)
    assert "All budgets" in shown(slack.views.homes["U2FIN"])


def test_an_alert_that_is_acknowledged_at_home_says_so_there(slack: FakeSlack, open_office: Office) -> None:
    bot = Bot(slack, open_office.parts, open_office.clock, open_office.actions)
    lead = Person(slack, bot, "U2LEAD", "lead")
    alert = open_office.alert("monthly").id
    lead.looks_at_home()
    wait_for(lambda: "U2LEAD" in slack.views.homes)
    home: Any = slack.views.homes["U2LEAD"]
    row = next(block for block in home["blocks"] if block.get("block_id") == f"alert:{alert}")
    assert row["elements"][0]["action_id"] == "alert:acknowledge"

    view = {**home, "id": "VHOME", "team_id": "T1", "hash": "1.a", "bot_id": "B1"}
    container = {"type": "view", "view_id": "VHOME"}
    for _ in range(2):  # the second click is of a view that was shown a moment ago
        lead.clicks("alert:acknowledge", alert, view=view, container=container, response_url="", message=None)

    wait_for(lambda: "acknowledged by Slack: lead (U2LEAD)" in shown(slack.views.homes["U2LEAD"]))
    assert open_office.alert("monthly").acknowledged_by == "Slack: lead (U2LEAD)"
    bot.chat.close()
