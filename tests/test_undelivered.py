"""A receiver that does not confirm, turn by turn: others hear of it once, and hear when it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.audit import audit, vitals
from budgetbot.core.model import Finding, Json
from budgetbot.core.notification import Notification
from budgetbot.current import Current
from budgetbot.cycle import Parts, drill_is_due, turn
from budgetbot.errors import DeliveryError
from budgetbot.policy.load import load_policy
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import Context
from budgetbot.scheduler import TICK, Scheduler
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox
from tests.standins.leases import held
from tests.store.samples import notification

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = ("slack", "mail", "screen")
POLICY = """
version: 1
receivers: [{name: slack, console: {}}, {name: mail, console: {}}, {name: screen, console: {}}]
routes: [{to: [slack, mail]}]
silences: [{match: {kind: delivery}, from: 2026-11-01T00:00Z, until: 2026-12-01T00:00Z, by: somebody, reason: wrong}]
"""
DRILL = 'drills: [{name: daily, schedule: "0 10 * * *", to: [slack, screen], within: 5m}]\n'
GONE = DeliveryError("channel_not_found", permanent=True)
DOWN = DeliveryError("HTTP 503")


class Box(Inbox):
    """Fails as long as it is told to."""

    failure: DeliveryError | None = None

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        if self.failure is not None:
            raise self.failure
        super().send(notification, parent)
        return {"at": notification.key}

    def lines(self) -> list[str]:
        """What it was told since it was last asked, a line each."""
        told = [message.summary for message in self.messages]
        self.told.clear()
        return told


class World:
    """Three receivers, an outbox that something is put into, and turns by a clock of their own."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.file = store, folder / "policy.yaml"
        self.clock = Clock(NOW)
        self.boxes = {name: Box(name) for name in (*NAMES, "owner")}
        self.numbers = 0
        self.use(POLICY)

    def use(self, policy: str) -> None:
        self.file.write_text(policy)
        known = load_policy(self.file, REGISTRIES)
        boxes = {name: box for name, box in self.boxes.items() if name in known.receivers or name == "owner"}
        self.parts = Parts(self.store, known, (), boxes)

    def post(self, receiver: str = "slack") -> None:
        """Something of another rule, in a thread of its own."""
        self.numbers += 1
        key = f"n{self.numbers}"
        told = notification(key, receiver=receiver, thread=key, created_at=self.clock())
        self.store.alerts.record([], [told], self.clock())

    def turn(self, after: timedelta = MINUTE) -> dict[str, list[str]]:
        """What everybody hears in the next turn."""
        self.clock.now += after
        turn(self.parts, self.clock)
        return {name: said for name, box in self.boxes.items() if (said := box.lines())}

    def open(self) -> list[Any]:
        return [alert.scope.ids["receiver"] for alert in self.store.alerts.open()]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


SILENT = "Critical: slack is not told: 1 given up; undelivered"
AGAIN = "Resolved: slack is told again; undelivered"


def test_what_is_given_up_is_told_elsewhere_once_whatever_is_silenced_and_so_is_its_end(world: World) -> None:
    world.boxes["slack"].failure = GONE
    world.post()
    assert world.turn() == {}
    assert world.turn() == {"mail": [SILENT]}
    assert world.turn() == {}

    world.post()
    world.turn()
    assert world.turn() == {}
    assert world.open() == ["slack"]

    world.boxes["slack"].failure = None
    world.post()
    assert list(world.turn()) == ["slack"]
    assert world.turn() == {"mail": [AGAIN]}
    assert world.turn() == {}

    world.boxes["slack"].failure = GONE
    world.post()
    world.turn()
    assert world.turn() == {"mail": [SILENT]}


def test_what_stays_unsent_is_told_after_a_quarter_of_an_hour(world: World) -> None:
    world.boxes["slack"].failure = DOWN
    world.post()
    for _ in range(15):
        assert world.turn() == {}

    assert world.turn() == {"mail": ["Critical: slack is not told: 1 waiting; undelivered"]}
    world.boxes["slack"].failure = None
    said = world.turn(after=15 * MINUTE)
    assert list(said) == ["slack"]
    assert world.turn() == {"mail": [AGAIN]}


def test_two_that_fail_are_told_of_to_the_third(world: World) -> None:
    for name in ("slack", "mail"):
        world.boxes[name].failure = GONE
        world.post(name)
    world.turn()

    said = world.turn()

    assert list(said) == ["screen"]
    assert sorted(world.open()) == ["mail", "slack"]
    assert world.turn() == {}


def test_when_nobody_can_be_told_it_ends_in_the_log_and_nothing_goes_round_in_circles(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES:
        world.boxes[name].failure = GONE
    world.post()
    counts = []
    for _ in range(12):
        world.turn(after=HOUR)
        counts.append(len(world.store.outbox.deliveries()))

    assert sorted(world.open()) == sorted(NAMES)
    assert counts[5:] == counts[-1:] * 7
    assert counts[-1] <= 1 + len(NAMES) * (len(NAMES) - 1)
    logged = capsys.readouterr().out
    assert logged.count("a receiver does not confirm") == len(NAMES)
    assert "channel_not_found" in logged
    said = audit(vitals(world.store, frozenset(), world.clock()), world.clock())
    assert [line for line in said if line.startswith("receiver ")] == [
        f"receiver {name} does not confirm; `budgetbot doctor` says why" for name in sorted(NAMES)
    ]


def test_the_alert_about_one_that_is_lost_at_another_is_not_repeated_for_ever(world: World) -> None:
    for name in ("slack", "mail"):
        world.boxes[name].failure = GONE
    world.use(POLICY.replace(", {name: screen, console: {}}", ""))
    world.post()
    for _ in range(6):
        assert world.turn() == {}
    assert len(world.store.outbox.deliveries()) == 3  # what was lost, and each of the two told of to the other

    world.boxes["mail"].failure = None
    world.post("mail")
    assert list(world.turn()) == ["mail"]
    assert world.turn() == {}
    assert world.open() == ["slack"]
    assert len(world.store.outbox.deliveries()) == 5


def test_one_that_was_taken_out_of_the_policy_is_nobodys_business(world: World) -> None:
    world.boxes["slack"].failure = GONE
    world.post()
    world.turn()
    assert world.turn() == {"mail": [SILENT]}

    world.use(POLICY.replace("{name: slack, console: {}}, ", "").replace("[slack, mail]", "[mail]"))
    assert world.turn() == {"mail": ["Closed: slack was not told; undelivered"]}
    world.post("slack")
    for _ in range(3):
        assert world.turn() == {}
    assert world.open() == []


def test_what_was_queued_for_one_that_was_taken_out_is_not_held_against_it_when_it_comes_back(world: World) -> None:
    world.use(POLICY.replace("{name: slack, console: {}}, ", "").replace("[slack, mail]", "[mail]"))
    world.post("slack")
    world.turn()

    world.use(POLICY)
    assert world.turn() == {}
    assert world.open() == []


@pytest.mark.parametrize(("led", "told"), [(True, True), (False, False)])
def test_an_owner_who_cannot_be_told_is_told_of_to_others_while_something_leads_to_owners(
    world: World, led: bool, told: bool
) -> None:
    if led:
        world.use(POLICY.replace("routes: [", "routes: [{match: {severity: info}, to: [owner], continue: true}, "))
    world.boxes["owner"].failure = GONE
    world.post("owner:lead@example.com")
    world.turn()

    assert (list(world.turn()) == ["slack", "mail"]) is told
    said = "\n".join(audit(vitals(world.store, frozenset(), world.clock()), world.clock()))
    assert ("receiver owner does not confirm" in said) is told
    assert "lead@example.com" not in said


def test_what_somebody_closes_fires_again_after_the_receiver_has_worked_once_more(world: World) -> None:
    world.boxes["slack"].failure = GONE
    world.post()
    world.turn()
    world.turn()
    (alert,) = world.store.alerts.open()
    world.store.alerts.resolve(alert.id, "somebody", world.clock())
    assert world.turn() == {"mail": ["Closed: slack was not told; undelivered"]}
    assert world.turn() == {}

    world.boxes["slack"].failure = None
    world.post()
    world.turn()
    world.turn()
    world.boxes["slack"].failure = GONE
    world.post()
    world.turn()
    assert world.turn() == {"mail": [SILENT]}


def test_a_drill_by_the_clock_reaches_its_receivers_once_and_leaves_nothing(world: World) -> None:
    world.use(POLICY + DRILL)
    world.turn()
    world.clock.now = NOW + HOUR - MINUTE
    assert not drill_is_due(world.parts, world.clock())
    assert drill_is_due(world.parts, NOW + HOUR)

    nothing = ["DRILL: nothing is wrong"]
    assert world.turn() == {"slack": nothing, "screen": nothing}
    assert not drill_is_due(world.parts, world.clock())
    for _ in range(3):
        assert world.turn() == {}
    assert world.store.alerts.all() == []
    assert world.turn(after=24 * HOUR) == {"slack": nothing, "screen": nothing}


def test_a_drill_that_is_not_confirmed_in_time_is_told_elsewhere(world: World) -> None:
    world.use(POLICY + DRILL)
    world.turn()
    world.boxes["slack"].failure = DOWN
    assert list(world.turn(after=HOUR - MINUTE)) == ["screen"]
    for _ in range(4):
        assert world.turn() == {}

    said = world.turn()

    assert said == {"mail": ["Critical: slack is not told: 1 waiting; undelivered"]}
    world.boxes["slack"].failure = None
    assert world.turn(after=15 * MINUTE) == {"slack": ["DRILL: nothing is wrong"]}
    assert world.turn() == {"mail": [AGAIN]}


def test_a_drill_whose_receiver_refuses_it_is_told_elsewhere(world: World) -> None:
    world.use(POLICY + DRILL)
    world.turn()
    world.boxes["screen"].failure = GONE
    world.turn(after=HOUR)

    assert world.turn() == {
        name: ["Critical: screen is not told: 1 given up; undelivered"] for name in ("slack", "mail")
    }


class Broken(Freshness):
    """A rule that a fault of ours keeps from being evaluated."""

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        raise ZeroDivisionError


class Ticking:
    """The scheduler that leads, between two turns."""

    def __init__(self, world: World) -> None:
        self.world = world
        lead = held(world.store, world.clock)
        self.scheduler = Scheduler(Current(world.parts), lead, world.clock, timedelta(hours=1))

    def tick(self, after: timedelta = TICK) -> dict[str, list[str]]:
        """What everybody hears in the next tick."""
        self.world.clock.now += after
        self.scheduler.tick()
        return {name: said for name, box in self.world.boxes.items() if (said := box.lines())}

    def evaluated(self) -> datetime | None:
        return self.world.store.jobs.last().get("evaluate")


def test_between_turns_it_is_noticed_at_the_next_tick_and_evaluated_once(world: World) -> None:
    work = Ticking(world)
    world.boxes["slack"].failure = GONE
    world.post()
    assert work.tick() == {}
    assert work.evaluated() is None

    assert work.tick() == {"mail": [SILENT]}
    evaluated = work.evaluated()
    world.post()  # one more is lost
    assert [work.tick() for _ in range(5)] == [{}] * 5
    assert work.evaluated() == evaluated

    world.boxes["slack"].failure = None
    world.post()
    assert list(work.tick()) == ["slack"]
    assert work.tick() == {"mail": [AGAIN]}
    mended = work.evaluated()
    assert [work.tick() for _ in range(3)] == [{}] * 3
    assert work.evaluated() == mended


def test_what_stays_unsent_is_noticed_between_turns_too(world: World) -> None:
    work = Ticking(world)
    world.boxes["slack"].failure = DOWN
    world.post()
    assert work.tick() == {}
    assert work.tick(after=14 * MINUTE) == {}
    assert work.evaluated() is None

    assert work.tick(after=MINUTE) == {"mail": ["Critical: slack is not told: 1 waiting; undelivered"]}


def test_a_turn_that_has_told_of_it_leaves_nothing_to_the_ticks(world: World) -> None:
    work = Ticking(world)
    world.boxes["slack"].failure = GONE
    world.post()
    work.tick()
    world.clock.now += MINUTE
    work.scheduler.turn()
    assert world.boxes["mail"].lines() == [SILENT]
    evaluated = work.evaluated()

    assert work.tick() == {}
    assert work.evaluated() == evaluated


def test_one_whose_alert_was_closed_by_hand_is_not_evaluated_over_and_over(world: World) -> None:
    work = Ticking(world)
    world.boxes["slack"].failure = GONE
    world.post()
    work.tick()
    work.tick()
    evaluated = work.evaluated()
    (alert,) = world.store.alerts.open()
    world.store.alerts.resolve(alert.id, "somebody", world.clock())

    for _ in range(3):
        work.tick()

    assert work.evaluated() == evaluated


def test_an_evaluation_that_fails_keeps_back_nothing_that_is_to_be_sent(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Broken.model_validate({"name": "broken", "stale_after": "6h"})
    world.parts = replace(world.parts, policy=replace(world.parts.policy, rules=(broken,)))
    work = Ticking(world)
    world.boxes["slack"].failure = GONE
    world.post()
    work.tick()
    world.post("screen")
    assert work.tick() == {}

    assert list(work.tick()) == ["screen"]
    assert capsys.readouterr().out.count("ZeroDivisionError") == 1
