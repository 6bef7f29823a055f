"""`budgetbot run` as people in Slack meet it: asked by commands, acted on by buttons, over HTTP and by Socket Mode."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standins.inside import Inside
from tests.standins.openai import OpenAIStandIn
from tests.standins.running import Running, wait_for
from tests.standins.slack import APP_TOKEN, CHAT_SCOPES, FakeSlack
from tests.standins.slack_sender import SECRET, OverHttp, OverSocket, Person

POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}
receivers: [{name: ml-slack, slack: {channel: "#general"}}]
routes: [{to: [ml-slack]}]
access:
  acknowledge: [S0LEADS]
"""


@pytest.fixture
def running(office: Inside, openai: OpenAIStandIn, slack: FakeSlack) -> Iterator[Running]:
    today = int(time.time()) // 86_400 * 86_400
    openai.now = int(time.time())
    openai.rows["costs"] = {today: [{"amount": {"value": "60.00", "currency": "usd"}, "project_id": "proj_a"}]}
    slack.scopes = CHAT_SCOPES
    slack.groups["S0LEADS"] = ["U2ANNA"]
    slack.add_member("U2ANNA", "anna@example.com")
    slack.add_member("U3BOB", "bob@example.com")
    office.write(POLICY)
    office.env |= {"BUDGETBOT_HTTP_PORT": "0", "BUDGETBOT_WEB_TOKEN": "a-token-that-slack-lacks"}
    office.env |= {"SLACK_SIGNING_SECRET": SECRET, "SLACK_APP_TOKEN": APP_TOKEN}
    office.run("check")
    bot = Running(office.start("run"))
    try:
        wait_for(lambda: bool(slack.socket.links))
        yield bot
    finally:
        if bot.process.poll() is None:
            bot.end(signal.SIGKILL)


def buttons(message: dict[str, Any]) -> dict[str, str]:
    """The buttons of a message, with their values."""
    actions = [block for block in message["blocks"] if block["type"] == "actions"]
    return {one["action_id"]: one.get("value", "") for block in actions for one in block["elements"]}


def test_people_ask_and_act_in_slack_by_either_way(office: Inside, slack: FakeSlack, running: Running) -> None:
    anna = Person(slack, OverHttp(running.url))
    bob = Person(slack, OverSocket(slack), "U3BOB", "bob")

    assert "$60" in json.dumps(anna.types("/spend", "this month") or later(slack))
    assert "monthly" in json.dumps(bob.types("/budget") or later(slack))

    alert = buttons(slack.messages[0])["alert:acknowledge"]
    assert "anna" not in json.dumps(slack.messages)
    bob.clicks("alert:acknowledge", alert)
    wait_for(lambda: bool(slack.responses.said))
    assert "Only S0LEADS may do this" in slack.responses.said[-1]["text"]
    assert office.json("alerts")[0]["acknowledged_by"] is None

    anna.clicks("alert:acknowledge", alert)
    assert office.json("alerts")[0]["acknowledged_by"] == "Slack: anna (U2ANNA)"
    wait_for(lambda: "anna" in json.dumps(slack.messages), 4)  # sooner than the next look would be

    anna.looks_at_home()
    wait_for(lambda: "U2ANNA" in slack.views.homes)

    code, seconds = running.end()
    assert (code, seconds < 4) == (0, True)
    assert SECRET not in running.log
    assert APP_TOKEN not in running.log


def later(slack: FakeSlack) -> list[dict[str, Any]]:
    """What came after the acknowledgement."""
    wait_for(lambda: bool(slack.responses.said))
    return slack.responses.said


def test_an_end_waits_for_nobody_in_slack(slack: FakeSlack, running: Running) -> None:
    slack.fail("auth.test", hang=True)
    Person(slack, OverHttp(running.url)).types("/spend")

    code, seconds = running.end()

    assert (code, seconds < 6) == (0, True)
