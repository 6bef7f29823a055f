"""A drill that somebody asks for: sent the whole way, waited for, and gone without a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES
from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.cycle import Parts, send
from budgetbot.drilling import Drilled, try_out
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.pagerduty import PagerDutyNotifier
from budgetbot.policy.load import load_policy
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox
from tests.standins.leases import taken_away
from tests.standins.pagerduty import KEY, FakePagerDuty
from tests.standins.post import Scripted, failed
from tests.store.samples import NOW, notification

POLICY = """
version: 1
receivers: [{name: screen, console: {}}, {name: pager, pagerduty: {}}]
routes: [{to: [screen]}]
"""
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
GONE = DeliveryError("channel_not_found", permanent=True)


class Slow(Inbox):
    """Confirms after a while."""

    def __init__(self, clock: Clock, takes: timedelta) -> None:
        super().__init__("screen")
        self._clock, self._takes = clock, takes

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        self._clock.now += self._takes
        return super().send(notification, parent)


class World:
    """Two receivers, one of them a pager, and a clock that nobody waits for."""

    def __init__(self, store: Store, folder: Path) -> None:
        (folder / "policy.yaml").write_text(POLICY)
        self.store, self.clock = store, Clock(NOW)
        self.policy = load_policy(folder / "policy.yaml", REGISTRIES)

    def parts(self, **notifiers: Notifier) -> Parts:
        return Parts(self.store, self.policy, (), notifiers)

    def drill(self, *receivers: str, within: timedelta = MINUTE, **notifiers: Notifier) -> list[Drilled]:
        return try_out(self.parts(**notifiers), receivers, self.clock, within, self.clock.sleep)

    def states(self) -> list[tuple[Json, Json, Json]]:
        return [(r["receiver"], r["reason"], r["status"]) for r in reversed(self.store.outbox.deliveries())]


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, tmp_path)


@pytest.fixture
def pagerduty() -> Iterator[FakePagerDuty]:
    with FakePagerDuty() as standin:
        yield standin


def test_what_is_confirmed_says_how_long_it_took_and_is_no_alert(world: World) -> None:
    screen = Slow(world.clock, timedelta(milliseconds=800))

    assert world.drill("screen", screen=screen) == [Drilled("screen", timedelta(milliseconds=800))]

    assert [message.title for message in screen.messages] == ["DRILL: nothing is wrong"]
    assert world.states() == [("screen", "test", "sent")]
    assert world.store.alerts.all() == []
    assert world.clock.waits == []


def test_each_drill_is_a_new_one(world: World) -> None:
    screen = Inbox("screen")
    for _ in range(3):
        world.drill("screen", screen=screen)

    assert len({one.key for one in screen.told}) == 3


def test_a_receiver_that_recovers_in_time_has_confirmed(world: World) -> None:
    (one,) = world.drill("screen", screen=Scripted("screen", [failed()] * 3))

    assert one.took is not None
    assert timedelta(seconds=7) <= one.took < timedelta(seconds=20)


def test_one_that_does_not_is_given_its_time_and_no_more(world: World) -> None:
    (one,) = world.drill("screen", within=10 * SECOND, screen=Scripted("screen", [failed()] * 100))

    assert one == Drilled("screen", None, error="HTTP 503")
    assert world.clock.now - NOW < 12 * SECOND
    assert world.states() == [("screen", "test", "pending")]


def test_a_refusal_for_good_is_told_at_once_and_hinders_no_other(world: World) -> None:
    told = world.drill("pager", "screen", pager=Scripted("pager", [GONE]), screen=Inbox("screen"))

    assert told == [
        Drilled("pager", None, pages=True, dead=True, error="channel_not_found"),
        Drilled("screen", timedelta(0)),
    ]
    assert world.clock.waits == []
    assert ("pager", "resolved", "noop") in world.states()


def test_an_incident_that_is_opened_at_a_pager_is_closed_again(world: World, pagerduty: FakePagerDuty) -> None:
    pager = PagerDutyNotifier("pager", SecretStr(KEY), url=pagerduty.events_url)

    assert world.drill("pager", pager=pager) == [Drilled("pager", timedelta(0), pages=True)]
    pager.close()

    (incident,) = pagerduty.incidents
    assert (incident.state, incident.paged) == ("resolved", 1)
    assert incident.log[0]["payload"]["summary"] == "DRILL: nothing is wrong"
    assert incident.log[0]["payload"]["severity"] == "info"
    assert pagerduty.dropped == []


def test_while_another_process_does_the_work_that_one_sends_it(world: World) -> None:
    taken_away(world.store)
    screen = Inbox("screen")
    parts = world.parts(screen=screen)
    waits: list[float] = []

    def meanwhile(seconds: float) -> None:
        waits.append(seconds)
        world.clock.sleep(seconds)
        if len(waits) == 3:
            send(parts, world.clock)

    mine = Scripted("screen")
    (one,) = try_out(world.parts(screen=mine), ["screen"], world.clock, MINUTE, meanwhile)

    assert (mine.tried, len(screen.told), len(waits)) == ([], 1, 3)
    assert one.took == timedelta(seconds=sum(waits))


def test_where_the_other_process_does_nothing_that_is_said(world: World) -> None:
    taken_away(world.store)

    (one,) = world.drill("screen", within=3 * SECOND, screen=Inbox("screen"))

    assert one == Drilled("screen", None, error="nobody has tried to send it; see that `budgetbot run` works")
    assert timedelta(seconds=3) <= world.clock.now - NOW < timedelta(seconds=4)


def test_what_waits_for_others_does_not_take_its_time(world: World) -> None:
    stuck = [notification(f"n{i}", receiver="pager", thread=f"t{i}") for i in range(5)]
    world.store.alerts.record([], stuck, NOW)

    (one,) = world.drill("screen", pager=Scripted("pager", [failed()] * 100), screen=Inbox("screen"))

    assert one.took == timedelta(0)
    assert world.clock.waits == []
