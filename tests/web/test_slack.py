"""What anybody can post where Slack posts: only what Slack signed just now is looked at, and nothing breaks it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.routing import Route

from budgetbot.chat.slack.bolt_app import BoltChat
from budgetbot.chat.slack.bolt_desk import WORKING
from budgetbot.store import Store
from budgetbot.web import slack as routed
from budgetbot.web.body import LIMIT
from budgetbot.web.slack import COMMANDS, INTERACTIONS
from tests.standins.slack import CHAT_SCOPES, FakeSlack
from tests.standins.slack_office import Office
from tests.standins.slack_sender import SECRET, Person, signature
from tests.store.samples import NOW

STAMP = str(int(NOW.timestamp()))
BODY = urlencode({"command": "/spend", "user_id": "U2ANNA", "team_id": "T1", "api_app_id": "A1"}).encode()


@pytest.fixture(scope="module")
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with FakeSlack(CHAT_SCOPES) as slack, Office(slack, sqlite_store, lambda: NOW) as standing:
        yield standing


def status(office: Office, headers: dict[Any, Any], body: bytes = BODY, path: str = COMMANDS) -> int:
    return office.http.post(path, body, headers).status_code


def test_what_slack_signed_is_answered(office: Office) -> None:
    answer = office.http.post(COMMANDS, BODY)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json;charset=utf-8")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signature(BODY, STAMP, "another secret"),
        signature(BODY, STAMP, ""),
        signature(BODY + b"&text=more", STAMP),
        {**signature(BODY, STAMP), "X-Slack-Request-Timestamp": str(int(STAMP) + 1)},
        {**signature(BODY, STAMP), "X-Slack-Signature": ""},
        {**signature(BODY, STAMP), "X-Slack-Signature": signature(BODY, STAMP)["X-Slack-Signature"].upper()},
        {**signature(BODY, STAMP), "X-Slack-Signature": signature(BODY, STAMP)["X-Slack-Signature"][3:]},
        {b"X-Slack-Request-Timestamp": STAMP.encode(), b"X-Slack-Signature": "v0=пароль".encode()},
        {b"X-Slack-Request-Timestamp": STAMP.encode(), b"X-Slack-Signature": b"v0=\xff\xfe"},
        {"X-Slack-Signature": signature(BODY, STAMP)["X-Slack-Signature"]},
        {"X-Slack-Request-Timestamp": STAMP},
        signature(BODY, "now"),
        signature(BODY, "-1"),
        signature(BODY, f"{STAMP}.5"),
        signature(BODY, "1e9"),
        signature(BODY, "9" * 400),
        signature(BODY, ""),
        {b"X-Slack-Request-Timestamp": "٣٤".encode(), b"X-Slack-Signature": b"v0=" + b"0" * 64},
    ],
)
def test_what_slack_did_not_sign_is_401(office: Office, headers: dict[Any, Any]) -> None:
    assert status(office, headers) == 401
    assert office.words.asked == []


@pytest.mark.parametrize(("late", "fits"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_request_counts_for_five_minutes(office: Office, late: int, fits: bool) -> None:
    sent = str(int((NOW - timedelta(seconds=late)).timestamp()))

    assert status(office, signature(BODY, sent)) == (200 if fits else 401)


def test_a_header_given_twice_is_401(office: Office) -> None:
    signed = signature(BODY, STAMP)
    headers = [*signed.items(), ("X-Slack-Signature", "v0=0")]

    assert httpx.post(f"{office.url}{COMMANDS}", content=BODY, headers=headers).status_code == 401


def test_a_body_that_is_too_long_is_413(office: Office) -> None:
    body = b"text=" + b"x" * LIMIT

    assert status(office, signature(body, STAMP), body) == 413


def test_a_body_that_does_not_arrive_is_given_up(office: Office) -> None:
    host, port = office.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"POST {COMMANDS} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx".encode())
        assert connection.recv(12) == b"HTTP/1.1 503"


def test_a_look_at_the_certificate_is_answered_without_a_signature(office: Office) -> None:
    assert status(office, {}, b"token=x&ssl_check=1") == 200
    assert status(office, {}, b"token=x&ssl_check=0") == 401
    assert status(office, {}, b"command=/spend&text=ssl_check") == 401


def test_the_address_for_events_is_verified(office: Office) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ", "token": "x"}).encode()

    assert office.http.post(INTERACTIONS, body).json() == {"challenge": "3eZbrw1aB10FEMAGAZd4FyFQ"}
    assert status(office, {}, body, INTERACTIONS) == 401


@pytest.mark.parametrize("secret", [None, "", " \n"])
def test_without_a_secret_there_is_nowhere_to_post(office: Office, secret: str | None) -> None:
    chat = BoltChat(office.desk, SecretStr(secret) if secret is not None else None)

    assert not chat.over_http
    assert routed.routes(None) == []
    assert not chat.signed(BODY, {name.lower(): text for name, text in signature(BODY, STAMP, secret or "").items()})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"null",
        b"payload=",
        b"payload=[]",
        b"payload=%7B",
        b"payload={}",
        b"command=",
        b"command=spend&user_id=U1",
        b"command=/spend",
        b"command=/spend&user_id=<!channel>",
        b"&" * 5000,
        b"=" * 5000,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"type": 5}',
        b'{"type": "block_actions"}',
        b'{"type": "block_actions", "user": "U1", "actions": []}',
        b'{"type": "block_actions", "user": {"id": "U1"}, "actions": []}',
        b'{"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": 1}]}',
        b'{"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "alert:x"}], "team": 7}',
        b'{"type": "block_actions", "user": {"id": "\\ud800"}, "actions": [{"action_id": "alert:x"}]}',
        b'{"type": "view_submission", "user": {"id": "U1"}, "view": {"id": "V", "state": {"values": [1]}}}',
        b'{"type": "event_callback", "event": {"type": "app_home_opened", "user": 1}}',
        b'{"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}, "authorizations": [1]}',
    ],
)
def test_nonsense_that_is_signed_is_400(office: Office, body: bytes) -> None:
    for path in (COMMANDS, INTERACTIONS):
        assert status(office, signature(body, STAMP), body, path) == 400


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_suggestion", "user": {"id": "U1"}, "action_id": "x", "value": ""},
        {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}},
        {"type": "view_closed", "user": {"id": "U1"}, "view": {"id": "V1", "type": "modal", "callback_id": "snooze"}},
        {
            "type": "view_submission",
            "user": {"id": "U1"},
            "view": {"id": "V1", "type": "modal", "callback_id": "another"},
        },
        {"type": "event_callback", "team_id": "T1", "event": {"type": "app_mention", "user": "U1", "text": "hi"}},
        {"type": "something_new"},
    ],
)
def test_what_is_none_of_ours_is_acknowledged(office: Office, payload: dict[str, Any]) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()

    answer = office.http.post(INTERACTIONS, body)

    assert (answer.status_code, answer.content) == (200, b"")


_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner), max_leaves=8
)
_KEYS = (
    "actions", "view", "team", "event", "command", "user_id", "channel", "message", "authorizations", "enterprise",
    "response_urls", "api_app_id", "trigger_id", "response_url", "container", "callback_id",
)  # fmt: skip
_TYPES = st.sampled_from(["block_actions", "view_submission", "event_callback", "interactive_message", "shortcut"])
_USER = st.just({"id": "U2ANNA"}) | _JSON
_ACTIONS = st.just([{"action_id": "alert:acknowledge", "value": "a1"}]) | _JSON
_VIEW = st.just({"id": "V1", "type": "modal", "callback_id": "snooze"}) | _JSON
_PAYLOAD = st.fixed_dictionaries(
    {"type": _TYPES, "user": _USER}, optional={**dict.fromkeys(_KEYS, _JSON), "actions": _ACTIONS, "view": _VIEW}
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=_PAYLOAD)
def test_whatever_is_signed_never_makes_it_fail(office: Office, payload: dict[str, Any]) -> None:
    body = json.dumps(payload).encode()

    assert office.chat.signed(body, {name.lower(): text for name, text in signature(body, STAMP).items()})
    assert office.chat.answer(body, time.monotonic())[0] in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stamp=st.text(max_size=20), given_=st.text(max_size=80), body=st.binary(max_size=50))
def test_no_header_that_somebody_makes_up_fits(office: Office, stamp: str, given_: str, body: bytes) -> None:
    assert not office.chat.signed(body, {"x-slack-request-timestamp": stamp, "x-slack-signature": given_})


def test_health_and_clicks_are_answered_while_commands_hang(office: Office) -> None:
    anna = Person(office.slack, office.http)
    anna.types("/spend")
    with ThreadPoolExecutor(30) as many:
        said = [many.submit(anna.types, "/spend", "slow") for _ in range(30)]
        time.sleep(0.1)
        began = time.monotonic()
        assert httpx.get(f"{office.url}/healthz", verify=False).json() == {"status": "ok"}  # noqa: S501  # there is no TLS to be set up
        anna.clicks("alert:details", "x")
        assert time.monotonic() - began < 0.3
        assert [one.result()["text"] for one in said] == [WORKING] * 30


def test_a_request_is_told_that_its_secret_is_wrong(office: Office) -> None:
    answer = office.http.post(COMMANDS, BODY, signature(BODY, STAMP, f"{SECRET}x"))

    assert answer.json() == {"error": "no signature fits; check SLACK_SIGNING_SECRET and the clock"}


def test_only_posts_are_taken(office: Office) -> None:
    assert httpx.get(f"{office.url}{COMMANDS}").status_code == 405
    assert all(isinstance(one, Route) for one in routed.routes(office.chat))
