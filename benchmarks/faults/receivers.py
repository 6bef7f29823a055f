"""The strict stand-ins of the receivers in bad weather, and what they accepted, in order."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, NamedTuple

from benchmarks.faults.weather import Trouble, Weather
from tests.standins import posting
from tests.standins.pagerduty import FakePagerDuty
from tests.standins.posting import PostStandIn, Seen
from tests.standins.slack import FakeSlack, Fault
from tests.standins.slack_workspace import Body
from tests.standins.smtp import FakeSmtp
from tests.standins.webhook import FakeHook

_GOOD = 300
_HUNG = 3.0  # seconds
_LATE = 0.25  # seconds after which somebody may have stopped to wait


class Arrival(NamedTuple):
    """Something that a receiver accepted. `key`: of the delivery; of a page the alert, what was done, and a digest."""

    receiver: str
    key: str


class Door:
    """Where everything is noted that is accepted. `accepted` is called before it is answered.

    `unanswered`: how often the answer was lost, or came late.
    """

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.unanswered: Counter[Arrival] = Counter()
        self.accepted: Callable[[Arrival], None] = lambda _: None
        self._lock = threading.Lock()

    def enter(self, receiver: str, key: str) -> None:
        """It has been accepted."""
        with self._lock:
            self.arrivals.append(Arrival(receiver, key))
        self.accepted(Arrival(receiver, key))

    def leave(self, receiver: str, key: str, began: float, trouble: Trouble | None) -> None:
        """It is answered now, unless there is trouble."""
        if trouble is not None or time.monotonic() - began > _LATE:
            with self._lock:
                self.unanswered[Arrival(receiver, key)] += 1


class _Slack(FakeSlack):
    def __init__(self, door: Door, weather: Weather) -> None:
        super().__init__()
        self._door, self._weather = door, weather

    def take(self, method: str, body: Body, token: str) -> tuple[Fault | None, Body]:
        began, trouble = time.monotonic(), self._weather.draw()
        time.sleep(self._weather.transit())
        if trouble is not None and not trouble.accepts:
            return _slack_fault(method, trouble), {"ok": False, "error": "internal_error"}
        fault, answer = super().take(method, body, token)
        key = body["metadata"]["event_payload"]["delivery"] if answer["ok"] and "metadata" in body else None
        if key is not None:
            self._door.enter("team", key)
        time.sleep(self._weather.answering())
        if key is not None:
            self._door.leave("team", key, began, trouble)
        return (fault if trouble is None else _slack_fault(method, trouble)), answer


def _slack_fault(method: str, trouble: Trouble) -> Fault:
    if trouble is Trouble.ERROR:
        return Fault(method, status=500)
    if trouble is Trouble.BUSY:
        return Fault(method, status=429, error="ratelimited", headers={"Retry-After": "1"})
    return Fault(method, hang=trouble.hangs, drop=not trouble.hangs)


class _Stormy(PostStandIn):
    """What both HTTP receivers have in common."""

    door: Door
    weather: Weather
    name: str

    def key(self, seen: Seen) -> str:
        """What was accepted."""
        raise NotImplementedError

    def take(self, seen: Seen) -> tuple[posting.Fault | None, int, bytes]:
        began, trouble = time.monotonic(), self.weather.draw()
        time.sleep(self.weather.transit())
        if trouble is not None and not trouble.accepts:
            return _http_fault(trouble), 0, b""
        fault, status, body = super().take(seen)
        if status >= _GOOD:
            return fault, status, body
        key = self.key(seen)
        self.door.enter(self.name, key)
        time.sleep(self.weather.answering())
        self.door.leave(self.name, key, began, trouble)
        return (fault if trouble is None else _http_fault(trouble)), status, body


def _http_fault(trouble: Trouble) -> posting.Fault:
    if trouble is Trouble.BUSY:
        return posting.Fault(429, headers={"Retry-After": "1"})
    lost = trouble is not Trouble.ERROR
    return posting.Fault(500, hang=trouble.hangs, reset=lost and not trouble.hangs)


class _PagerDuty(_Stormy, FakePagerDuty):
    name = "pager"

    def key(self, seen: Seen) -> str:
        event = seen.json
        alert = event["dedup_key"].rpartition("/")[2]
        said = hashlib.sha256(json.dumps(event.get("payload"), sort_keys=True).encode()).hexdigest()[:12]
        return f"{alert}:{event['event_action']}:{said}"


class _Hook(_Stormy, FakeHook):
    name = "hook"

    def key(self, seen: Seen) -> str:
        return seen.headers["idempotency-key"]


class _Post(FakeSmtp):
    def __init__(self, door: Door, weather: Weather) -> None:
        super().__init__()
        self._door, self._weather = door, weather

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        began, trouble = time.monotonic(), self._weather.draw()
        await asyncio.sleep(self._weather.transit())
        if trouble is not None and not trouble.accepts:
            return await _smtp_trouble(server, trouble)
        reply = await super().handle_DATA(server, session, envelope)
        key = str(self.mails[-1]["Message-ID"])
        self._door.enter("post", key)
        await asyncio.sleep(self._weather.answering())
        self._door.leave("post", key, began, trouble)
        return reply if trouble is None else await _smtp_trouble(server, trouble)


async def _smtp_trouble(server: Any, trouble: Trouble) -> str:
    if trouble is Trouble.BUSY:
        return "450 4.2.1 too many mails, try again later"
    if trouble is not Trouble.ERROR:
        await asyncio.sleep(_HUNG if trouble.hangs else 0)
        server.transport.abort()
    return "451 4.3.0 try again later"


class Addresses(NamedTuple):
    """Where the receivers are."""

    slack: str
    pagerduty: str
    smtp: str
    hook: str


class Receivers:
    """All four, listening."""

    def __init__(self, weather: Weather) -> None:
        self.door = Door()
        self.weather = weather
        self._slack, self._post = _Slack(self.door, weather), _Post(self.door, weather)
        self._pager, self._hook = _PagerDuty(), _Hook(skew=3600)
        for one in (self._pager, self._hook):
            one.door, one.weather = self.door, weather
        self._open = ExitStack()

    def __enter__(self) -> Receivers:
        for one in (self._slack, self._post, self._pager, self._hook):
            self._open.enter_context(one)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    @property
    def addresses(self) -> Addresses:
        """Where they listen."""
        return Addresses(self._slack.url, self._pager.events_url, self._post.url, self._hook.hook_url)
