"""What PagerDuty posts, at a real server: signed, at least once, and by people with names of their own."""

from __future__ import annotations

import hashlib
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from budgetbot.core.model import Alert, Severity
from budgetbot.store import Store
from budgetbot.web import Api, web_app
from budgetbot.web.body import LIMIT
from budgetbot.web.pagerduty import PATH, Event, parsed, routes
from tests.store.samples import HOUR, NOW, alert, notification

SECRET = "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8"
ID = "7c1f0ea95d22"
USER = {"id": "PLH1HKV", "type": "user_reference", "summary": "M. Lead"}
OURS = {"id": "PXMQRWJ", "type": "inbound_integration_reference", "summary": "Events API V2"}


class Hook:
    """A `budgetbot run` as PagerDuty sees it. `now` stands still."""

    def __init__(self, store: Store, secret: str | None = SECRET) -> None:
        self.store, self.now = store, NOW
        made = routes(SecretStr(secret) if secret else None, store.alerts, lambda: self.now)
        app = web_app(Api({}, list), SecretStr("another-token"), made)
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}{PATH}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def __enter__(self) -> Hook:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def post(self, body: bytes, signature: str | bytes | None) -> httpx.Response:
        """One request, whatever its header holds."""
        raw = signature.encode() if isinstance(signature, str) else signature
        headers = [(b"X-PagerDuty-Signature", raw)] if raw is not None else []
        return httpx.post(self.url, content=body, headers=headers, timeout=5)

    def tell(self, kind: str, agent: dict[str, str] | None = USER, id: str = "e1", **data: Any) -> str:
        """An event as PagerDuty sends it; what it did."""
        body = event(kind, agent, id, **data)
        answer = self.post(body, by_hand(SECRET, body))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["does"])

    def alert(self) -> Alert:
        return self.store.alerts.get(ID)

    def story(self) -> list[tuple[Any, Any]]:
        """What was done to the alert, and by whom."""
        rows = self.store.alerts.events(ID)[1:]
        return [(row["reason"], row["detail"]["by"]) for row in rows if isinstance(row["detail"], dict)]


def event(kind: str, agent: dict[str, str] | None = USER, id: str = "e1", **data: Any) -> bytes:
    """https://developer.pagerduty.com/docs/webhooks-overview#webhook-payload"""
    incident = {"id": "PGR0VU2", "type": "incident", "incident_key": f"budgetbot/{ID}", "resolve_reason": None, **data}
    told = {"id": id, "event_type": kind, "resource_type": "incident", "occurred_at": "2026-11-20T12:00:00.000Z"}
    return json.dumps({"event": {**told, "agent": agent, "client": None, "data": incident}}).encode()


def by_hand(secret: str, body: bytes) -> str:
    """A signature, from the definition of HMAC and not from its library."""
    key = secret.encode().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + body).digest()
    return "v1=" + hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).hexdigest()


@pytest.fixture
def hook(sqlite_store: Store) -> Iterator[Hook]:
    sqlite_store.alerts.record([alert(ID)], [], NOW - HOUR)
    with Hook(sqlite_store) as standing:
        yield standing


def test_an_acknowledgement_comes_back_with_its_name(hook: Hook) -> None:
    assert hook.tell("incident.acknowledged") == "acknowledge"

    found = hook.alert()
    assert (found.acknowledged_by, found.acknowledged_at, found.state) == ("PagerDuty: M. Lead", NOW, "firing")
    assert hook.story() == [("acknowledged", "PagerDuty: M. Lead")]


def test_what_a_person_resolves_is_resolved_by_hand(hook: Hook) -> None:
    assert hook.tell("incident.resolved") == "resolve"

    found = hook.alert()
    assert (found.state, found.reason, found.resolved_at) == ("resolved", "manual", NOW)
    assert hook.story() == [("manual", "PagerDuty: M. Lead")]


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        (OURS, None),
        (None, None),
        ({"id": "PF9KMXH", "type": "service_reference"}, None),
        (USER, {"type": "merge_resolve_reason", "incident": {"id": "PT4KHLK"}}),
    ],
    ids=["our-own-event", "a-time-limit", "a-service", "merged-into-another"],
)
def test_what_nobody_resolved_by_hand_changes_nothing(
    hook: Hook, agent: dict[str, str] | None, reason: dict[str, Any] | None
) -> None:
    assert hook.tell("incident.resolved", agent, resolve_reason=reason) == "nothing"

    assert (hook.alert().state, hook.story()) == ("firing", [])


def test_what_is_done_to_an_incident_of_many_alerts_is_done_to_all_of_them(hook: Hook) -> None:
    other = alert("0123456789ab")
    told = notification("n-1", other, status="grouped", leader=ID)
    hook.store.alerts.record([other], [told], NOW)

    hook.tell("incident.acknowledged")
    hook.tell("incident.acknowledged")

    assert hook.store.alerts.get(other.id).acknowledged_by == "PagerDuty: M. Lead"
    assert len(hook.store.alerts.events(other.id)) == 2
    hook.tell("incident.resolved", id="e2")
    assert hook.store.alerts.open() == []


def test_an_acknowledgement_that_is_taken_back_ends_at_once(hook: Hook) -> None:
    hook.tell("incident.acknowledged")
    hook.now += HOUR

    assert hook.tell("incident.unacknowledged", None, "e2") == "unacknowledge"

    found = hook.alert()
    assert (found.acknowledged(hook.now), found.acknowledged_by, found.acknowledged_until) == (False, None, hook.now)
    assert hook.story() == [("acknowledged", "PagerDuty: M. Lead"), ("unacknowledged", "PagerDuty")]


def test_somebody_else_may_look_after_it_then(hook: Hook) -> None:
    for n, kind in enumerate(("acknowledged", "unacknowledged", "acknowledged")):
        hook.now += HOUR
        hook.tell(f"incident.{kind}", {**USER, "summary": f"Person {n}"}, f"e{n}")

    assert hook.alert().acknowledged(hook.now)
    assert hook.alert().acknowledged_by == "PagerDuty: Person 2"


def test_an_acknowledgement_of_what_is_critical_lasts_a_day(sqlite_store: Store) -> None:
    sqlite_store.alerts.record([alert(ID, severity=Severity.CRITICAL)], [], NOW - HOUR)
    with Hook(sqlite_store) as hook:
        hook.tell("incident.acknowledged")

        assert hook.alert().acknowledged_until == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "kind",
    [
        "incident.triggered", "incident.escalated", "incident.reassigned", "incident.delegated", "incident.reopened",
        "incident.priority_updated", "incident.annotated", "service.updated", "pagey.ping", "what.comes.next", "",
    ],
)  # fmt: skip
def test_any_other_event_is_taken_and_does_nothing(hook: Hook, kind: str) -> None:
    assert hook.tell(kind) == "nothing"
    assert hook.story() == []


@pytest.mark.parametrize(
    "key",
    [
        None, 7, "", "budgetbot/", "budgetbot/7c1f", f"budgetbot/{ID}0", f"elsewhere/{ID}", f"budgetbot/test/{ID}",
        f"budgetbot/{ID.upper()}", f"xbudgetbot/{ID}", f"budgetbot/{ID}\n", "budgetbot/%", "baf7cf21b1da41b4b022",
        "\ud800", {"a": 1},
    ],
)  # fmt: skip
def test_an_incident_that_is_not_ours_is_taken_and_does_nothing(hook: Hook, key: object) -> None:
    assert hook.tell("incident.resolved", incident_key=key) == "nothing"
    assert (hook.alert().state, hook.story()) == ("firing", [])


def test_what_is_over_already_stays_as_it_is(hook: Hook) -> None:
    hook.tell("incident.resolved")
    hook.now += HOUR

    assert hook.tell("incident.acknowledged", id="e2") == "nothing"
    assert hook.tell("incident.resolved", id="e3") == "nothing"

    assert (hook.alert().resolved_at, hook.alert().acknowledged_by, len(hook.story())) == (NOW, None, 1)


def test_a_repeated_delivery_does_no_harm(hook: Hook) -> None:
    hook.tell("incident.acknowledged", id="e1")
    hook.tell("incident.unacknowledged", id="e2")
    hook.now += 40 * HOUR

    for id, kind in (("e1", "acknowledged"), ("e2", "unacknowledged"), ("e1", "acknowledged")):
        hook.tell(f"incident.{kind}", id=id)

    assert not hook.alert().acknowledged(hook.now)
    assert [what for what, _ in hook.story()] == ["acknowledged", "unacknowledged"]


def test_an_event_that_changed_nothing_changes_nothing_later_either(hook: Hook) -> None:
    hook.store.alerts.acknowledge(ID, "somebody at a terminal", NOW)
    hook.tell("incident.acknowledged", id="e1")
    hook.tell("incident.unacknowledged", id="e2")

    hook.tell("incident.acknowledged", id="e1")

    assert not hook.alert().acknowledged(hook.now)
    assert [what for what, _ in hook.story()] == ["acknowledged", "known already", "unacknowledged"]


def test_of_two_people_at_once_the_first_stays(store: Store) -> None:
    store.alerts.record([alert(ID)], [], NOW - HOUR)
    people = [{**USER, "summary": f"Person {n}"} for n in range(4)]
    with Hook(store) as hook, ThreadPoolExecutor(8) as pool:
        asked: list[Callable[[], str]] = [
            lambda n=n: hook.tell("incident.acknowledged", people[n % 4], f"e{n % 4}")  # type: ignore[misc]
            for n in range(8)  # everybody twice
        ]
        assert set(pool.map(lambda ask: ask(), asked)) == {"acknowledge"}

        story = hook.story()
        first = hook.alert().acknowledged_by

    assert sorted(who for _, who in story) == [f"PagerDuty: Person {n}" for n in range(4)]
    assert [(what, who) for what, who in story if what != "known already"] == [("acknowledged", first)]


def test_any_of_several_signatures_counts_while_a_secret_is_changed(hook: Hook) -> None:
    body = event("incident.acknowledged")
    old, new = by_hand("the-secret-before", body), by_hand(SECRET, body)

    assert hook.post(body, f"{old}, {new}").status_code == 200
    assert hook.post(body, f"{new},{old}").status_code == 200
    assert hook.post(body, f"v0={new[3:]},{old}").status_code == 401


def test_there_may_be_a_secret_for_each_subscription(sqlite_store: Store) -> None:
    body = event("pagey.ping")
    with Hook(sqlite_store, f" first-secret, {SECRET}\n") as hook:
        assert [hook.post(body, by_hand(s, body)).status_code for s in ("first-secret", SECRET)] == [200, 200]
        assert hook.post(body, by_hand("", body)).status_code == 401


@pytest.mark.parametrize(
    "signature",
    [None, "", ",", "v1=", "v1=" + "0" * 64, by_hand("wrong", event("incident.resolved")), "v1=é".encode(), b"v1=\xff"],
)
def test_without_a_fitting_signature_nothing_happens(hook: Hook, signature: str | bytes | None) -> None:
    answer = hook.post(event("incident.resolved"), signature)

    assert (answer.status_code, hook.alert().state) == (401, "firing")
    assert SECRET not in answer.text


def test_a_body_that_was_tampered_with_is_refused(hook: Hook) -> None:
    body = event("incident.annotated")

    answer = hook.post(body.replace(b"annotated", b"resolved"), by_hand(SECRET, body))

    assert (answer.status_code, hook.alert().state) == (401, "firing")


def test_a_body_may_have_a_million_bytes_and_not_one_more(hook: Hook) -> None:
    whole = event("incident.acknowledged", title="")
    whole = whole.replace(b'"title": ""', b'"title": "' + b"x" * (LIMIT - len(whole)) + b'"')

    assert len(whole) == LIMIT
    assert hook.post(whole, by_hand(SECRET, whole)).status_code == 200
    assert hook.post(whole + b" ", by_hand(SECRET, whole + b" ")).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"7", b'{"event": null}', b'{"event": {"id": "e"}}', b"\xff", b"[" * 100_000,
        b'{"event": {"id": 7, "event_type": "pagey.ping"}}', b'{"event": {"id": "", "event_type": "pagey.ping"}}',
        b'{"event": {"id": "e", "event_type": []}}', b"9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_event_is_400(hook: Hook, body: bytes) -> None:
    assert hook.post(body, by_hand(SECRET, body)).status_code == 400


def test_without_a_secret_there_is_nothing_to_post_to(sqlite_store: Store) -> None:
    body = event("incident.acknowledged")
    for secret in (None, " , "):
        with Hook(sqlite_store, secret) as hook:
            assert hook.post(body, by_hand("", body)).status_code == 404


def test_only_posting_is_served(hook: Hook) -> None:
    assert httpx.get(hook.url).status_code == 405


def test_while_the_database_fails_pagerduty_is_asked_to_come_again(hook: Hook) -> None:
    with closing(sqlite3.connect("budgetbot.db")) as beside:
        beside.execute("ALTER TABLE alert RENAME TO elsewhere")
    body = event("incident.acknowledged")

    assert hook.post(body, by_hand(SECRET, body)).status_code == 503

    with closing(sqlite3.connect("budgetbot.db")) as beside:
        beside.execute("ALTER TABLE elsewhere RENAME TO alert")
    assert hook.tell("incident.acknowledged") == "acknowledge"


@pytest.mark.parametrize(
    ("agent", "by"),
    [
        ({**USER, "summary": "evil\x1b[31m\r\nlog: forged\u202e"}, "PagerDuty: evil[31m log: forged"),
        ({**USER, "summary": "x" * 500}, "PagerDuty: " + "x" * 79 + "…"),
        ({"id": "PVE0ZR9", "type": "user_reference"}, "PagerDuty: PVE0ZR9"),
        ({**USER, "summary": "\ud800"}, "PagerDuty"),
        (None, "PagerDuty"),
    ],
)
def test_names_of_people_are_hostile_text(hook: Hook, agent: dict[str, str] | None, by: str) -> None:
    hook.tell("incident.acknowledged", agent)

    assert hook.alert().acknowledged_by == by


def test_an_event_is_read_for_what_it_does() -> None:
    assert parsed(event("incident.resolved")) == Event("e1", "incident.resolved", "resolve", ID, "PagerDuty: M. Lead")
    assert parsed(event("incident.resolved", OURS)).does is None


def test_incidents_of_another_installation_are_left_alone() -> None:
    assert parsed(event("incident.resolved"), "staging").alert is None
