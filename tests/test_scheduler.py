"""What runs when, under which lease: one holder at a time, a dead one replaced at once."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Bucket, Entity, Json, Notification
from budgetbot.core.period import Span
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.policy.load import load_policy
from budgetbot.scheduler import JOB, TTL, LeaseHeld, Scheduler, is_dead, lease, owner_name
from budgetbot.sources import Grain, Report, Source
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.store.samples import notification

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HOLD = "import sys; from budgetbot.scheduler import owner_name; print(owner_name(), flush=True); sys.stdin.read()"
POLICY = """
version: 1
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [screen]}]
"""


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process, and its name as the holder of a lease."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as found:
        assert found.stdout is not None
        yield found, found.stdout.readline().strip()
        found.kill()


def clock() -> datetime:
    return datetime.now(UTC)


def held_by(store: Store, owner: str) -> int:
    token = store.leases.acquire(JOB, owner, clock(), TTL, lambda _: False)
    assert token is not None
    return token


def test_a_lease_that_another_process_holds_is_refused_and_its_process_named(
    sqlite_store: Store, other: tuple[subprocess.Popen[str], str]
) -> None:
    held_by(sqlite_store, other[1])

    with pytest.raises(LeaseHeld, match=f"{other[0].pid} {socket.gethostname()}"), lease(sqlite_store, clock):
        pass


def test_the_lease_of_a_killed_process_of_this_machine_is_taken_over_at_once_with_a_higher_token(
    sqlite_store: Store, other: tuple[subprocess.Popen[str], str]
) -> None:
    process, owner = other
    before = held_by(sqlite_store, owner)
    process.kill()
    process.wait()

    with lease(sqlite_store, clock) as token:
        assert token > before


def test_a_lease_of_another_machine_is_waited_for_until_it_ends(sqlite_store: Store) -> None:
    held_by(sqlite_store, "elsewhere|1|1|abcd")

    with pytest.raises(LeaseHeld), lease(sqlite_store, clock):
        pass
    with lease(sqlite_store, lambda: clock() + TTL) as token:
        assert token == 2


def test_a_lease_is_given_back_also_after_a_failure(sqlite_store: Store) -> None:
    with suppress(ZeroDivisionError), lease(sqlite_store, clock):
        assert sqlite_store.leases.holder(JOB) is not None
        raise ZeroDivisionError

    assert sqlite_store.leases.holder(JOB) is None


def test_who_is_surely_dead(other: tuple[subprocess.Popen[str], str]) -> None:
    process, alive = other
    host, pid, began, nonce = alive.split("|")

    assert not is_dead(alive)
    assert not is_dead(f"elsewhere|{pid}|{began}|{nonce}")
    assert not is_dead("nonsense")
    assert not is_dead(f"{host}|x|{began}|{nonce}")
    assert is_dead(f"{host}|{pid}|1|{nonce}")  # its number is used by a later process
    process.kill()
    process.wait()
    assert is_dead(alive)
    assert is_dead(owner_name())  # a lease that this process forgot


class Endless:
    """A source that never comes to an end, and says when it has begun."""

    name = provider = "openai"

    def __init__(self) -> None:
        self.begun = threading.Event()

    def reports(self) -> tuple[Report, ...]:
        return (Report("costs", "cost", "day"),)

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        start = span.start
        while True:
            yield Bucket(report.name, start, start + DAY)
            self.begun.set()
            start += DAY

    def entities(self) -> Iterator[Entity]:
        return iter(())

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class Silent(Endless):
    """A source that does not answer until it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = threading.Event()

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        self.begun.set()
        self.may_answer.wait(10)
        return iter(())


class Work:
    """A scheduler that holds the lease, on a clock of its own."""

    def __init__(self, store: Store, folder: Path, source: Source | None = None) -> None:
        (folder / "policy.yaml").write_text(POLICY)
        screens: dict[str, Notifier] = {"screen": ConsoleNotifier("screen")}
        parts = Parts(store, load_policy(folder / "policy.yaml", REGISTRIES), [source] if source else [], screens)
        self.store = store
        self.clock = Clock(NOW)
        self.lost = 0
        token = held_by(store, owner_name())
        self.scheduler = Scheduler(Current(parts), token, self.clock, timedelta(hours=1), self.lose)

    def lose(self) -> None:
        self.lost += 1

    def states(self) -> list[Json]:
        return [row["status"] for row in self.store.outbox.deliveries()]


@pytest.fixture
def work(sqlite_store: Store, tmp_path: Path) -> Work:
    return Work(sqlite_store, tmp_path)


def queue(store: Store, *notifications: Notification) -> None:
    store.alerts.record([], notifications, NOW)


def test_the_outbox_is_worked_between_turns(work: Work) -> None:
    queue(work.store, notification(created_at=NOW))

    work.scheduler.tick()

    assert work.states() == ["sent"]


def test_a_digest_is_written_between_turns_when_its_time_comes(work: Work) -> None:
    work.scheduler.turn()
    work.clock.now += timedelta(minutes=29)
    work.scheduler.tick()
    assert work.states() == []

    work.clock.now += timedelta(minutes=1)
    work.scheduler.tick()
    work.scheduler.tick()

    assert work.states() == ["sent"]


def test_who_lost_the_lease_does_nothing_more_and_says_so_once(work: Work) -> None:
    assert work.store.leases.acquire(JOB, "elsewhere|1|1|abcd", NOW, TTL, lambda _: True) is not None
    queue(work.store, notification(created_at=NOW))

    work.scheduler.tick()
    work.scheduler.turn()
    work.scheduler.tick()

    assert work.states() == ["pending"]
    assert work.lost == 1


def test_a_turn_that_fails_is_logged_and_tried_again(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Exception):
        """Nobody foresaw it."""

    def broken() -> datetime:
        raise Broken

    right, work.scheduler.clock = work.scheduler.clock, broken
    work.scheduler.turn()
    work.scheduler.tick()
    assert capsys.readouterr().out.count("Broken") == 2

    work.scheduler.clock = right
    queue(work.store, notification(created_at=NOW))
    work.scheduler.turn()
    assert work.states() == ["sent"]


def test_it_stops_in_the_middle_of_a_long_pull(sqlite_store: Store, tmp_path: Path) -> None:
    source = Endless()
    work = Work(sqlite_store, tmp_path, source)
    work.scheduler.start()
    assert source.begun.wait(5)

    assert work.scheduler.stop()

    assert [mark.report for mark in sqlite_store.ledger.watermarks() if mark.complete_to] == []
    assert list(sqlite_store.ledger.memory("openai")) == ["walk.costs.day"]  # where the next pull goes on


def test_a_provider_that_does_not_answer_keeps_no_message_back(sqlite_store: Store, tmp_path: Path) -> None:
    source = Silent()
    work = Work(sqlite_store, tmp_path, source)
    turning = threading.Thread(target=work.scheduler.turn)
    turning.start()
    assert source.begun.wait(5)

    queue(work.store, notification(created_at=NOW))
    work.scheduler.tick()

    assert work.states() == ["sent"]
    source.may_answer.set()
    turning.join()


def test_what_is_offered_while_a_turn_runs_takes_effect_right_after_it(sqlite_store: Store, tmp_path: Path) -> None:
    source = Silent()
    work = Work(sqlite_store, tmp_path, source)
    current = work.scheduler.current
    work.scheduler.start()
    assert source.begun.wait(5)
    before = current.parts
    after = replace(before, policy=replace(before.policy, hash="after"), sources=[])

    current.offer(after)
    work.scheduler.soon()
    work.scheduler.tick()
    assert current.parts is before

    source.may_answer.set()
    end = time.monotonic() + 5
    while sqlite_store.alerts.rules().get("policy-reload") is None or current.parts is before:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert work.scheduler.stop()
    assert current.parts is after
