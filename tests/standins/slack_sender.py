"""Slack's other direction: what people do there, sent as Slack sends it, by either transport."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from tests.standins.slack import FakeSlack
from tests.standins.slack_rules import check_message
from tests.standins.slack_workspace import APP, TEAM

Body = dict[str, Any]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ACK = 3.0  # seconds that Slack waits


def signature(body: bytes, stamp: str, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request."""
    made = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}"}


class Transport(Protocol):
    """Sends one thing; what it was acknowledged with, {} for nothing, None for not in time."""

    def send(self, kind: str, payload: Body) -> Body | None: ...


@dataclass
class OverHttp:
    """`now`: seconds since 1970, as Slack's clock has it."""

    url: str
    now: Callable[[], float] = time.time

    def send(self, kind: str, payload: Body) -> Body | None:
        if kind == "slash_commands":
            answer = self.post("/slack/commands", urlencode(payload).encode())
        elif kind == "interactive":
            answer = self.post("/slack/interactions", urlencode({"payload": json.dumps(payload)}).encode())
        else:
            answer = self.post("/slack/interactions", json.dumps(payload).encode())
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) if answer.content else {}

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """One request, signed where no headers are given."""
        signed = signature(body, str(int(self.now()))) if headers is None else headers
        with httpx.Client(verify=False, timeout=ACK) as client:  # noqa: S501  # there is no TLS to be set up
            return client.post(f"{self.url}{path}", content=body, headers=dict(signed))


@dataclass
class OverSocket:
    """By the connection that is open."""

    slack: FakeSlack

    def send(self, kind: str, payload: Body) -> Body | None:
        return self.slack.socket.send(kind, payload, ACK)


@dataclass
class Person:
    """Somebody in the workspace. Everything that is shown to them has passed Slack's rules."""

    slack: FakeSlack
    by: Transport
    id: str = "U2ANNA"
    name: str = "anna"
    team: str = TEAM

    def types(self, command: str, text: str = "", **changes: Any) -> Body:
        """A slash command; what it was acknowledged with, {} for nothing."""
        payload = {
            "token": "deprecated", "team_id": self.team, "team_domain": "acme", "channel_id": "C0GENERAL",
            "channel_name": "general", "user_id": self.id, "user_name": self.name, "command": command, "text": text,
            "api_app_id": APP, "is_enterprise_install": "false", "response_url": self.slack.responses.new(),
            "trigger_id": self.slack.views.trigger(),
        }  # fmt: skip
        said = self._told("slash_commands", {**payload, **changes})
        if said:
            check_message(said)
            assert said["response_type"] in ("ephemeral", "in_channel")
        return said

    def clicks(self, action_id: str, value: str, **changes: Any) -> None:
        """A button under a message."""
        payload = {
            **self._interaction("block_actions"),
            "container": {"type": "message", "message_ts": "1795000000.000100", "channel_id": "C0GENERAL"},
            "channel": {"id": "C0GENERAL", "name": "general"},
            "message": {"ts": "1795000000.000100", "text": "whatever it says", "metadata": {}},
            "response_url": self.slack.responses.new(),
            "actions": [
                {"action_id": action_id, "block_id": f"alert:{value}", "value": value, "type": "button",
                 "text": {"type": "plain_text", "text": "x"}, "action_ts": "1795000001.1"}
            ],
        }  # fmt: skip
        assert self._told("interactive", {**payload, **changes}) == {}

    def submits(self, id: str, values: Mapping[str, Any], **changes: Any) -> Body:
        """The modal that is open; what it was acknowledged with."""
        view = self.slack.views.open[id]
        state = {"values": values}
        payload = {
            **self._interaction("view_submission"),
            "view": {**view, "id": id, "state": state, "team_id": TEAM, "hash": "1.a", "bot_id": "B1"},
            "response_urls": [],
        }
        said = self._told("interactive", {**payload, **changes})
        if said.get("response_action") == "update":
            shown = self.slack.views.show(id, said["view"])
            assert shown["ok"], shown
        if said.get("response_action") == "errors":
            blocks = {block.get("block_id") for block in view["blocks"] if block["type"] == "input"}
            assert set(said["errors"]) <= blocks
        return said

    def looks_at_home(self, tab: str = "home") -> None:
        """The Home tab of the app."""
        event = {"type": "app_home_opened", "user": self.id, "channel": "D1", "tab": tab, "event_ts": "1795000001.1"}
        payload = {"type": "event_callback", "token": "x", "team_id": self.team, "api_app_id": APP, "event": event,
                   "event_id": "Ev1", "event_time": 1_795_000_001, "authorizations": [
                       {"enterprise_id": None, "team_id": TEAM, "user_id": "U1", "is_bot": True,
                        "is_enterprise_install": False}]}  # fmt: skip
        assert self._told("events_api", payload) == {}

    def _interaction(self, kind: str) -> Body:
        return {
            "type": kind,
            "user": {"id": self.id, "username": self.name, "name": self.name, "team_id": self.team},
            "team": {"id": TEAM, "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": APP,
            "token": "deprecated",
            "trigger_id": self.slack.views.trigger(),
        }

    def _told(self, kind: str, payload: Body) -> Body:
        began = time.monotonic()
        said = self.by.send(kind, payload)
        assert said is not None, "it was not acknowledged within three seconds"
        assert time.monotonic() - began < ACK
        return said
