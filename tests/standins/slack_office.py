"""A bot with both transports, in one process with its tests, and what it answers by."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import uvicorn
from pydantic import SecretStr

from budgetbot.chat.answer import Answer, Outcome
from budgetbot.chat.slack.bolt_app import BoltChat
from budgetbot.chat.slack.bolt_desk import Desk, Pace
from budgetbot.chat.slack.handlers import Handlers
from budgetbot.chat.slack.installation import Installation
from budgetbot.chat.slack.people import People
from budgetbot.chat.slack.socket import SlackSocket
from budgetbot.chat.who import Who
from budgetbot.core.model import Json
from budgetbot.errors import UsageError
from budgetbot.notifiers.slack_api import SlackApi
from budgetbot.store import Store
from budgetbot.web import Api, slack, web_app
from tests.standins.running import wait_for
from tests.standins.slack import APP_TOKEN, TOKEN, FakeSlack
from tests.standins.slack_sender import SECRET, OverHttp, OverSocket, Transport

CHART: dict[str, Json] = {
    "type": "data_visualization",
    "title": "Spend (USD)",
    "chart": {
        "type": "bar",
        "series": [{"name": "gpt-5", "data": [{"label": "1 Nov", "value": 41.2}]}],
        "axis_config": {"categories": ["1 Nov"]},
    },
}


class Words:
    """Answers commands: with what was said, slowly, with a chart, or not at all. `release` ends what is slow."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.asked: list[tuple[str, str, Who]] = []

    def answer(self, command: str, words: str, who: Who) -> Answer:
        self.asked.append((command, words, who))
        if "slow" in words:
            self.release.wait(10)
        if "fail" in words:
            raise RuntimeError(f"xoxb-a-secret of {words}")
        section: dict[str, Json] = {"type": "section", "text": {"type": "plain_text", "text": f"{len(words)} long"}}
        blocks = [section, CHART] if "chart" in words else [section]
        return Answer(f"you said {len(words)} characters", blocks, public="share" in words)


class Hands:
    """Acts on the alerts of a store. `wait`: what a click waits for before anything is kept."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store, self.clock = store, clock
        self.wait = threading.Event()
        self.wait.set()

    def clicked(self, action_id: str, value: str, who: Who) -> Outcome:
        self.wait.wait(10)
        if action_id == "alert:snooze":
            return Outcome(view=snooze_view(value))
        if action_id == "alert:details":
            return Outcome(note=Answer("all there is to know"))
        try:
            done = self.store.alerts.acknowledge(value, who.by, self.clock())
        except UsageError as error:
            return Outcome(note=Answer(str(error)))
        return Outcome(changed=bool(done))

    def submitted(self, callback_id: str, alert: str, state: Mapping[str, Json], who: Who) -> Outcome:
        self.wait.wait(10)
        reason: Any = state.get("reason")
        if not reason or not reason["text"]["value"]:
            return Outcome(errors={"reason": "say why"})
        if reason["text"]["value"] == "more":
            return Outcome(view=snooze_view(alert, "another"))
        if reason["text"]["value"] == "no":
            return Outcome(note=Answer("you may not"))
        self.store.alerts.acknowledge(alert, who.by, self.clock())
        return Outcome(changed=True)


class Tab:
    """The Home tab."""

    def view(self, who: Who) -> Mapping[str, Json]:
        return {"type": "home", "blocks": [{"type": "divider"}]}


def snooze_view(alert: str, title: str = "Snooze") -> dict[str, Json]:
    """A modal with one input."""
    text: dict[str, Json] = {"type": "plain_text_input", "action_id": "text"}
    label: dict[str, Json] = {"type": "plain_text", "text": "Reason"}
    return {
        "type": "modal", "callback_id": "snooze", "private_metadata": f'{{"alert": "{alert}"}}',
        "title": {"type": "plain_text", "text": title}, "submit": {"type": "plain_text", "text": "Snooze"},
        "blocks": [{"type": "input", "block_id": "reason", "label": label, "element": text}],
    }  # fmt: skip


class Office:
    """A bot that listens; `nudged` counts what was to be delivered at once. `clock` and `seconds` are its time."""

    def __init__(self, slack: FakeSlack, store: Store, clock: Callable[[], datetime], pace: Pace | None = None) -> None:
        self.slack, self.clock, self.nudged = slack, clock, 0
        self.words, self.hands = Words(), Hands(store, clock)
        api = SlackApi(SecretStr(TOKEN), slack.url, 2.0)
        self.people = People(api)
        installation = Installation(api, self.people)
        handlers = Handlers(self.words, self.hands, Tab())
        pace = pace or Pace(command=0.3, click=0.3, again=0.01)
        self.desk = Desk(handlers, api, slack.url, installation, clock, self._nudge, pace)
        self.chat = BoltChat(self.desk, SecretStr(SECRET))
        self.socket = SlackSocket(self.chat, SecretStr(APP_TOKEN), slack.url, ping=0.1, pause=0.05)
        app = web_app(Api({}, list), SecretStr("another-token"), _routes(self.chat))
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self.http = OverHttp(self.url, lambda: self.clock().timestamp())

    def __enter__(self) -> Office:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self.words.release.set()
        self.hands.wait.set()
        self._server.should_exit = True
        if self.slack.socket.started:
            self.slack.socket.cut()
        self.socket.stop()
        self.chat.close()
        self._thread.join()
        self._listening.close()

    def by(self, transport: str) -> Transport:
        """One of both."""
        if transport == "http":
            return self.http
        self.socket.start()
        wait_for(lambda: self.socket.connected)
        return OverSocket(self.slack)

    def _nudge(self) -> None:
        self.nudged += 1


def _routes(chat: BoltChat) -> list[Any]:
    return list(slack.routes(chat if chat.over_http else None))
