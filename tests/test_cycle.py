"""One turn from source to receiver, with parts made by hand where they must fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Bucket, CostLine, Entity, Json, Series
from budgetbot.core.notification import Notification
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, Turn, digest_is_due, turn
from budgetbot.errors import DeliveryError, SourceError
from budgetbot.policy.load import load_policy
from budgetbot.pulling import Stopped
from budgetbot.sources import Grain, Report
from budgetbot.store import Store
from tests.standins.clock import Clock

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
SECRET = "sk-admin-0123456789"
POLICY = """
version: 1
budgets:
  - {name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: info}, {at: 100%, severity: critical}]}
freshness:
  - {name: quiet, stale_after: 6h, severity: warning}
receivers:
  - {name: first, console: {}}
  - {name: second, console: {}}
routes:
  - {to: [first, second]}
"""
DIGESTS = """
digests:
  - {name: daily, schedule: "0 9 * * *", to: [first]}
"""


class Account:
    """A source whose project costs so much a day this month, until it fails."""

    provider = "openai"

    def __init__(self, name: str, a_day: str) -> None:
        self.name = name
        self.a_day = Decimal(a_day)
        self.failure: Exception | None = None

    def reports(self) -> tuple[Report, ...]:
        return (Report("costs", "cost", "day"),)

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        if self.failure is not None:
            raise self.failure
        start = span.start
        while start < min(span.end, now):
            spent = self.a_day if start.month == 11 else Decimal(0)
            line = CostLine(Series("openai", self.name, project="proj_1"), spent, "USD")
            yield Bucket(report.name, start, start + DAY, costs=(line,))
            start += DAY

    def entities(self) -> Iterator[Entity]:
        yield Entity(self.name, "project", "proj_1", "research")

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class Inbox:
    """A receiver that keeps what it was told, until it fails."""

    kind = "inbox"
    shows_deeds = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[str] = []
        self.failure: DeliveryError | None = None

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        if self.failure is not None:
            raise self.failure
        about = notification.alert
        what = f"{about.rule} {about.level} {about.scope.ids.get('source', '')}" if about else "digest"
        self.told.append(f"{notification.reason} {what}".strip())
        return {}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        return None

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class World:
    """Two accounts, two receivers, one store."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.file = folder / "policy.yaml"
        self.clock = Clock(NOW)
        self.eu, self.us = Account("eu", "8"), Account("us", "8")
        self.first, self.second = Inbox("first"), Inbox("second")
        self.write(POLICY)

    def write(self, policy: str, *sources: Account) -> None:
        self.file.write_text(policy)
        inboxes = {"first": self.first, "second": self.second}
        known = load_policy(self.file, REGISTRIES)
        self.parts = Parts(self.store, known, sources or (self.eu, self.us), inboxes)

    def turn(self) -> Turn:
        return turn(self.parts, self.clock)


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> World:
    return World(sqlite_store, tmp_path)


def test_a_turn_leads_from_the_bill_to_every_receiver_once(world: World) -> None:
    assert world.turn() == Turn(2, 2)
    assert world.first.told == world.second.told == ["first monthly 50%"]

    world.clock.now += 5 * MINUTE
    assert world.turn() == Turn()


@pytest.mark.parametrize("failure", [SourceError("HTTP 503"), KeyError(SECRET)], ids=["foreseen", "a fault of ours"])
def test_a_source_that_fails_hinders_neither_another_nor_what_is_told(world: World, failure: Exception) -> None:
    world.turn()
    world.eu.failure = failure
    world.us.a_day = Decimal(20)
    world.clock.now += 5 * MINUTE

    done = world.turn()

    assert world.first.told[1:] == ["worse monthly 100%"]
    assert len(done.errors) == 1
    assert done.errors[0].startswith("eu: ")
    assert SECRET not in done.errors[0]


def test_data_that_is_missing_resolves_nothing_and_becomes_an_alert_itself(world: World) -> None:
    world.turn()
    world.eu.failure = SourceError("HTTP 503")
    world.clock.now += timedelta(hours=7)
    world.turn()
    world.us.a_day = Decimal(0)  # what is known of both is far below the level now
    world.clock.now += MINUTE
    world.turn()

    assert world.first.told == ["first monthly 50%", "first quiet 6h eu"]


def test_a_source_that_was_taken_out_is_not_quiet(world: World) -> None:
    world.turn()
    world.write(POLICY, world.us)
    world.clock.now += DAY

    world.turn()

    assert world.first.told == ["first monthly 50%"]


def test_a_receiver_that_fails_hinders_no_other_and_hears_it_later(world: World) -> None:
    world.first.failure = DeliveryError("HTTP 503")
    assert world.turn() == Turn(2, 1, ("first: HTTP 503",))
    assert world.second.told == ["first monthly 50%"]

    world.first.failure = None
    world.clock.now += MINUTE
    assert world.turn() == Turn(0, 1)
    assert world.first.told == world.second.told


def test_who_asks_it_to_stop_while_it_reads_stops_it(world: World) -> None:
    def stop(source: str, report: str, share: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        turn(world.parts, world.clock, progress=stop)

    assert world.first.told == []
    world.turn()
    assert world.first.told == ["first monthly 50%"]


def test_the_moment_of_the_last_turn_is_kept(world: World) -> None:
    world.turn()
    world.clock.now += MINUTE
    world.turn()

    assert world.store.jobs.last() == dict.fromkeys(("pull", "evaluate", "deliver"), NOW + MINUTE)


def test_a_digest_is_due_once_by_its_clock_whether_anything_happened_or_not(world: World) -> None:
    world.eu.a_day = world.us.a_day = Decimal(0)
    world.write(POLICY + DIGESTS)
    world.turn()
    assert world.first.told == []  # the one of this morning was before anybody asked for it

    told = []
    for _ in range(3 * 24 * 4):
        world.clock.now += 15 * MINUTE
        if digest_is_due(world.parts, world.clock()):
            told.append(world.clock.now)
            world.turn()

    nine = datetime(2026, 11, 5, 9, tzinfo=UTC)
    assert told == [nine, nine + DAY, nine + 2 * DAY]
    assert world.first.told == ["digest digest"] * 3
    assert world.second.told == []


def test_a_new_digest_waits_for_its_next_time(world: World) -> None:
    world.turn()
    world.write(POLICY + DIGESTS)
    world.clock.now += MINUTE

    world.turn()

    assert world.first.told == ["first monthly 50%"]
