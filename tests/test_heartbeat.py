"""A sign of life after each healthy turn, and none that is not true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Bucket
from budgetbot.core.period import Span
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.errors import SourceError, UsageError
from budgetbot.heartbeat import Heartbeat, failing
from budgetbot.policy.load import load_policy
from budgetbot.scheduler import Scheduler
from budgetbot.sources import Grain, Report
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.leases import held, taken_away
from tests.standins.monitor import SECRET, FakeMonitor
from tests.standins.post import Scripted, failed
from tests.standins.posting import Fault
from tests.store.samples import NOW, notification
from tests.test_scheduler import POLICY, Endless

MINUTE = timedelta(minutes=1)


@pytest.fixture
def monitor() -> Iterator[FakeMonitor]:
    with FakeMonitor() as standin:
        yield standin


def told(heartbeat: Heartbeat, *turns: list[str]) -> None:
    for wrong in turns:
        heartbeat.tell(wrong)
        heartbeat.wait()


def beating(url: str, timeout: float = 10) -> Heartbeat:
    return Heartbeat(SecretStr(url), timeout)


def test_a_healthy_turn_is_one_request(monitor: FakeMonitor) -> None:
    told(beating(monitor.check_url), [], [])

    assert monitor.pulse == ["", ""]


def test_one_failing_turn_is_silence_and_the_second_in_a_row_is_told(monitor: FakeMonitor) -> None:
    told(beating(monitor.check_url), ["a"], [], ["b"], ["c", "d"], ["e"], [])

    assert monitor.pulse == ["", "c\nd", "e", ""]


def test_what_failed_is_short_and_holds_no_secret(monitor: FakeMonitor) -> None:
    lines = ["key sk-admin-0123456789\nrefused \udcff", *["x" * 900] * 50]

    told(beating(monitor.check_url), lines, lines)

    (said,) = monitor.pulse
    assert said.startswith("key [redacted] refused ?\nxxx")
    assert len(said) == 10_000


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://hc.example/abc", "https://hc.example/abc/fail"),
        ("https://hc.example/abc/", "https://hc.example/abc/fail"),
        ("https://hc.example/abc?create=1", "https://hc.example/abc/fail?create=1"),
    ],
)
def test_failures_are_told_below_the_address(url: str, where: str) -> None:
    assert failing(url) == where


@pytest.mark.parametrize(
    "url", ["http://hc.example/abc", "hc.example/abc", "https://user:pass@hc.example/abc", "ftp://hc.example"]
)
def test_an_address_that_would_be_read_along_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        beating(url)

    assert "BUDGETBOT_HEARTBEAT_URL" in str(refused.value)
    assert "hc.example" not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault(500, body=SECRET.encode()), "HTTP 500"),
        (Fault(302, {"location": "/elsewhere"}), "HTTP 302"),
        (Fault(hang=True), "silence"),
        (Fault(reset=True), "connection"),
    ],
)
def test_what_is_not_taken_is_logged_without_the_address_and_forgotten(
    monitor: FakeMonitor, capsys: pytest.CaptureFixture[str], fault: Fault, why: str
) -> None:
    monitor.faults.append(fault)
    heartbeat = beating(monitor.check_url, timeout=0.2)

    told(heartbeat, [])
    heartbeat.wait()
    said = capsys.readouterr().out

    assert "the heartbeat was not taken" in said
    assert why in said
    assert "127.0.0.1" in said
    assert SECRET not in said
    told(heartbeat, [])
    assert monitor.pulse == [""]


def test_nobody_waits_for_it_and_only_one_is_under_way(
    monitor: FakeMonitor, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor.faults.append(Fault(hang=True))
    heartbeat = beating(monitor.check_url, timeout=0.3)
    began = time.monotonic()

    heartbeat.tell([])
    heartbeat.tell([])

    assert time.monotonic() - began < 0.2
    heartbeat.wait()
    heartbeat.wait()
    assert "a heartbeat was left out" in capsys.readouterr().out
    assert len(monitor.requests) == 1


class Failing(Endless):
    """A source that has nothing, or fails."""

    failure: Exception | None = None

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        if self.failure is not None:
            raise self.failure
        return iter(())


class Working:
    """A scheduler with a heartbeat, whose only receiver does as its script says."""

    def __init__(self, store: Store, folder: Path, monitor: FakeMonitor) -> None:
        (folder / "policy.yaml").write_text(POLICY)
        self.source, self.receiver = Failing(), Scripted("screen")
        policy = load_policy(folder / "policy.yaml", REGISTRIES)
        self.store, self.clock = store, Clock(NOW)
        self.heartbeat = beating(monitor.check_url)
        parts = Parts(store, policy, [self.source], {"screen": self.receiver})
        hour = timedelta(hours=1)
        self.scheduler = Scheduler(Current(parts), held(store, self.clock), self.clock, hour, self.heartbeat)

    def turn(self, after: timedelta = MINUTE) -> None:
        self.clock.now += after
        self.scheduler.turn()
        self.heartbeat.wait()


@pytest.fixture
def working(sqlite_store: Store, tmp_path: Path, monitor: FakeMonitor) -> Working:
    return Working(sqlite_store, tmp_path, monitor)


def test_a_source_that_cannot_be_read_is_no_healthy_turn(working: Working, monitor: FakeMonitor) -> None:
    working.turn()
    working.source.failure = SourceError("HTTP 500", permanent=True)
    working.turn()
    working.turn()
    working.source.failure = None
    working.turn()

    assert monitor.pulse == ["", "openai: costs: HTTP 500", ""]


def test_a_fault_of_our_own_is_told_without_its_words(working: Working, monitor: FakeMonitor) -> None:
    def broken() -> datetime:
        raise ZeroDivisionError("swordfish")

    working.scheduler.clock = broken
    working.turn()
    working.turn()

    (said,) = monitor.pulse
    assert "unexpected ZeroDivisionError in broken" in said
    assert "swordfish" not in said


def test_what_waits_for_a_receiver_for_long_is_no_healthy_turn(working: Working, monitor: FakeMonitor) -> None:
    working.store.alerts.record([], [notification(created_at=NOW)], NOW)
    working.receiver.script = [failed(retry_after=3600)]

    working.turn()
    working.turn(after=14 * MINUTE)
    assert monitor.pulse == ["", ""]
    working.turn()
    working.turn()

    (said,) = monitor.pulse[2:]
    assert said.startswith("receiver screen: 1 not delivered")


def test_who_lost_the_lease_gives_no_sign_of_life(working: Working, monitor: FakeMonitor) -> None:
    taken_away(working.store)

    working.turn()
    working.turn()

    assert monitor.requests == []
