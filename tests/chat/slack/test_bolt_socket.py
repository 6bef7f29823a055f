"""Socket Mode: opened, and opened again, whatever ends it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from budgetbot.chat.slack.bolt_desk import WORKING
from budgetbot.chat.slack.socket import SlackSocket
from budgetbot.store import Store
from tests.standins.running import wait_for
from tests.standins.slack import CHAT_SCOPES, FakeSlack
from tests.standins.slack_office import Office
from tests.standins.slack_sender import Person
from tests.store.samples import NOW


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with FakeSlack(CHAT_SCOPES) as slack, Office(slack, sqlite_store, lambda: NOW) as standing:
        yield standing


@pytest.fixture
def anna(office: Office) -> Person:
    return Person(office.slack, office.by("socket"))


def test_it_connects_anew_when_slack_asks_for_it(office: Office, anna: Person) -> None:
    first = office.slack.socket.links[-1]
    office.slack.socket.refresh()

    began = time.monotonic()
    wait_for(lambda: office.slack.socket.opened == 2 and first not in office.slack.socket.links)
    assert time.monotonic() - began < 2  # and not the three seconds that whoever asks something then would wait for

    assert anna.types("/spend", "by key")["text"] == "you said 6 characters"


def test_it_connects_anew_after_a_connection_that_was_cut(office: Office, anna: Person) -> None:
    office.slack.socket.cut()

    wait_for(lambda: office.slack.socket.opened == 2 and office.socket.connected)

    assert anna.types("/spend", "by key")["text"] == "you said 6 characters"


def test_it_waits_for_a_slack_that_is_down_at_start(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        office.slack.fail("apps.connections.open", status=503)

    office.socket.start()
    assert not office.socket.connected

    wait_for(lambda: office.socket.connected)
    assert len(office.slack.posted("apps.connections.open")) == 4
    log = "".join(capsys.readouterr())
    assert log.count("Socket Mode is not connected; it is tried again") == 3
    assert "connected by Socket Mode" in log
    assert "ticket" not in log


def test_a_wrong_token_is_told_with_how_to_mend_it(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    socket = SlackSocket(office.chat, SecretStr("xapp-1-A1-wrong"), office.slack.url, pause=0.01)
    socket.start()
    wait_for(lambda: len(office.slack.posted("apps.connections.open")) > 1)
    socket.stop()

    log = "".join(capsys.readouterr())
    assert "invalid_auth; see to SLACK_APP_TOKEN (scope connections:write)" in log
    assert "xapp-1-A1-wrong" not in log


def test_an_end_does_not_wait_for_slack(office: Office, anna: Person) -> None:
    began = time.monotonic()
    office.socket.stop()

    assert time.monotonic() - began < 0.9
    wait_for(lambda: office.slack.socket.links == [])


def test_nonsense_is_not_acknowledged_and_ends_nothing(office: Office, anna: Person) -> None:
    for payload in ({"type": "block_actions"}, {"command": 5}, "text", None, {"event": {"type": "app_home_opened"}}):
        assert office.slack.socket.send("interactive", payload, 0.1) is None

    assert anna.types("/spend")["text"] == "you said 0 characters"


def test_ten_commands_that_hang_hold_up_no_click(office: Office, anna: Person) -> None:
    with ThreadPoolExecutor(10) as ten:
        said = list(ten.map(lambda _: anna.types("/spend", "slow")["text"], range(10)))
    assert said == [WORKING] * 10

    began = time.monotonic()
    anna.clicks("alert:details", "x")
    assert time.monotonic() - began < office.desk.pace.click

    office.words.release.set()
    wait_for(lambda: len(office.slack.responses.said) == 11)
