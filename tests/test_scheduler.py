"""What runs when, under which lease: one holder at a time, a dead one replaced at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Bucket, Entity, Json
from budgetbot.core.notification import Notification
from budgetbot.core.period import Span
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.lead import JOB
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Drill
from budgetbot.scheduler import Scheduler
from budgetbot.sources import Grain, Report, Source
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.leases import held, taken_away
from tests.store.samples import notification

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = """
version: 1
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
digests: [{name: daily, schedule: "0 9 * * *", to: [screen]}]
"""


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

    def __init__(self, store: Store, folder: Path, source: Source | None = None, *, stands_by: bool = False) -> None:
        (folder / "policy.yaml").write_text(POLICY)
        screens: dict[str, Notifier] = {"screen": ConsoleNotifier("screen")}
        parts = Parts(store, load_policy(folder / "policy.yaml", REGISTRIES), [source] if source else [], screens)
        self.store = store
        self.clock = Clock(NOW)
        self.lost = 0
        lead = held(store, self.clock, stands_by=stands_by)
        lead.lost = self.lose
        self.scheduler = Scheduler(Current(parts), lead, self.clock, timedelta(hours=1))

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


def test_a_drill_is_sent_once_when_its_time_comes_whatever_restarts(sqlite_store: Store, tmp_path: Path) -> None:
    clock = Clock(NOW)
    for minute in range(40):
        if minute % 10 == 0:
            work = Work(sqlite_store, tmp_path)
            drill = Drill("daily", "0 9 * * *", ("screen",))
            before = work.scheduler.current.parts
            work.scheduler.current.offer(replace(before, policy=replace(before.policy, digests=(), drills=(drill,))))
            work.clock.now = clock.now
            work.scheduler.turn()
        work.clock.now = clock.now = clock.now + timedelta(minutes=1)
        work.scheduler.tick()
        assert work.states() == (["sent"] if minute >= 29 else [])


def test_who_lost_the_lease_does_nothing_more_and_says_so_once(work: Work) -> None:
    taken_away(work.store)
    queue(work.store, notification(created_at=NOW))

    work.scheduler.tick()
    work.scheduler.turn()
    work.scheduler.tick()

    assert work.states() == ["pending"]
    assert work.lost == 1


def test_who_stands_by_sends_and_takes_up_policies_but_decides_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    source = Silent()
    work = Work(sqlite_store, tmp_path, source, stands_by=True)
    taken_away(sqlite_store)
    queue(sqlite_store, notification(created_at=NOW))
    current = work.scheduler.current
    after = replace(current.parts, policy=replace(current.parts.policy, hash="after"))
    current.offer(after)
    work.clock.now += DAY  # the time of a digest

    work.scheduler.turn()
    work.scheduler.tick()

    assert work.states() == ["sent"]
    assert current.parts is after
    assert not source.begun.is_set()
    assert "evaluate" not in sqlite_store.jobs.last()
    assert work.lost == 1


def test_who_takes_over_begins_at_once(sqlite_store: Store, tmp_path: Path) -> None:
    work = Work(sqlite_store, tmp_path, stands_by=True)
    token = taken_away(sqlite_store)
    work.scheduler.turn()
    assert work.scheduler.lead.role == "standby"
    work.scheduler.start()

    sqlite_store.leases.release(JOB, token)
    assert work.scheduler.lead.take()
    work.scheduler.lead.taken()

    end = time.monotonic() + 5
    while "evaluate" not in sqlite_store.jobs.last():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert work.scheduler.stop()


def test_a_turn_during_which_the_lease_is_lost_writes_nothing_and_is_no_failure(
    sqlite_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Suspended(Endless):
        def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
            taken_away(sqlite_store)
            yield Bucket(report.name, span.start, span.start + DAY)

    work = Work(sqlite_store, tmp_path, Suspended(), stands_by=True)

    work.scheduler.turn()

    assert sqlite_store.jobs.last() == {}
    assert [mark.pulled_at for mark in sqlite_store.ledger.watermarks()] == []
    assert "failed" not in capsys.readouterr().out
    assert (work.scheduler.lead.role, work.lost) == ("standby", 1)


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
