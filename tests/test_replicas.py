"""Several send from one outbox: each message once, in order, whoever dies or falls asleep."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.delivery import deliver, holding
from budgetbot.errors import DeliveryError
from budgetbot.store import Outbox, Store, open_store
from budgetbot.store.outbox import CLAIM
from tests.standins.clock import Clock
from tests.standins.post import Scripted
from tests.store.samples import NOW, notification

SENDERS = ("one|1|1|?|x", "two|1|1|?|x", "three|1|1|?|x")
OVER = timedelta(0)
_numbers = count()


def clock() -> datetime:
    return NOW


@pytest.fixture
def stores(database_url: str) -> Iterator[list[Store]]:
    """Three processes' stores on one database."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_store(database_url))) for _ in SENDERS]


class Crowded(Scripted):
    """A receiver that several speak to. Every now and then it fails; `overlaps`: threads in which two spoke at once."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name)
        self.overlaps: list[str] = []
        self.got: dict[str, list[str]] = defaultdict(list)
        self._busy: set[str] = set()
        self._lock = Lock()
        self._chance = random.Random(seed)

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        with self._lock:
            if notification.thread in self._busy:
                self.overlaps.append(notification.thread)
            self._busy.add(notification.thread)
            chance = self._chance.random()
        time.sleep(chance / 1000)
        with self._lock:
            self._busy.discard(notification.thread)
            if chance < 0.2:
                raise DeliveryError("HTTP 429", retry_after=0.01)
            self.got[notification.thread].append(notification.key)
        return {"ts": notification.key}


def test_three_that_send_at_once_send_each_message_once_and_each_thread_in_order(stores: list[Store]) -> None:
    keys = {f"t{t}": [f"{t}-{n}" for n in range(6)] for t in range(5)}
    rows = [notification(key, thread=thread) for thread, some in keys.items() for key in some]
    stores[0].alerts.record([], rows, NOW)
    screen = Crowded("screen", seed=7)
    started = datetime.now(UTC)

    def quick() -> datetime:
        return NOW + (datetime.now(UTC) - started) * 500  # nobody waits for a receiver to recover

    def work(store: Store, sender: str) -> int:
        sent = 0
        while store.outbox.unsent(NOW + timedelta(days=1)):
            sent += deliver(store.outbox, {"screen": screen}, sender, quick).sent
        return sent

    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(work, stores, SENDERS))

    assert dict(screen.got) == keys
    assert screen.overlaps == []
    assert sum(sent) == len(rows)


@pytest.mark.parametrize("arrived", [True, False])
def test_who_wakes_up_late_does_not_send_what_another_has_taken(stores: list[Store], arrived: bool) -> None:
    one, two, _ = (store.outbox for store in stores)
    other = Scripted("screen", answers=["ts-1" if arrived else None])

    class Asleep(Scripted):
        def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> None:
            two.abandoned(SENDERS[0].__eq__)  # its claim ran out while it slept
            deliver(two, {"screen": other}, SENDERS[1], clock)

    stores[0].alerts.record([], [notification()], NOW)
    assert one.claim(1, "dead", NOW, OVER)
    late = Asleep("screen")

    assert deliver(one, {"screen": late}, SENDERS[0], clock).sent == 0

    assert late.tried == []
    assert (other.asked, other.tried) == (["n1"], [] if arrived else ["n1"])
    assert [row["status"] for row in one.deliveries()] == ["sent"]


def test_who_hears_late_that_it_was_sent_is_taken_at_its_word(stores: list[Store]) -> None:
    one, two, _ = (store.outbox for store in stores)

    class Slow(Scripted):
        def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
            assert two.abandoned(SENDERS[0].__eq__) == 1
            return super().send(notification, parent)

    stores[0].alerts.record([], [notification()], NOW)

    assert deliver(one, {"screen": Slow("screen")}, SENDERS[0], clock).sent == 1

    again = Scripted("screen")
    assert deliver(two, {"screen": again}, SENDERS[1], clock).sent == 0
    assert (again.asked, again.tried) == ([], [])


def test_a_claim_lasts_as_long_as_the_sending_does(stores: list[Store]) -> None:
    one, two, _ = (store.outbox for store in stores)
    stores[0].alerts.record([], [notification()], NOW)
    [row] = one.due(NOW)
    assert one.claim(row.id, SENDERS[0], NOW, timedelta(milliseconds=50))

    with holding(one, row, every=0.01):
        time.sleep(0.1)
        assert two.abandoned(lambda _: False) == 0


def test_who_stands_by_leaves_what_is_for_a_receiver_that_only_the_leader_knows(stores: list[Store]) -> None:
    outbox = stores[0].outbox
    stores[0].alerts.record([], [notification("n1", receiver="new"), notification("n2")], NOW)
    screen = Scripted("screen")

    assert deliver(outbox, {"screen": screen}, SENDERS[0], clock, leads=False).sent == 1
    assert [row["status"] for row in reversed(outbox.deliveries())] == ["pending", "sent"]

    deliver(outbox, {"screen": screen}, SENDERS[1], clock)
    assert [row["status"] for row in reversed(outbox.deliveries())] == ["dead", "sent"]


def test_who_is_asked_to_stop_sends_nothing_more(stores: list[Store]) -> None:
    stores[0].alerts.record([], [notification(f"n{i}") for i in range(3)], NOW)
    screen = Scripted("screen")

    sent = deliver(stores[0].outbox, {"screen": screen}, SENDERS[0], clock, go_on=lambda: len(screen.tried) < 2).sent

    assert (sent, screen.tried) == (2, ["n0", "n1"])
    assert [row["status"] for row in stores[0].outbox.deliveries()] == ["pending", "sent", "sent"]


@dataclass
class Model:
    """What the outbox should think: one thread of keys, in order, and who has the first that is not settled."""

    settled: int = 0
    sender: int | None = None
    until: datetime = NOW
    believed: set[tuple[int, int]] = field(default_factory=set)  # sender and row: who thinks to have a claim


MOVES = st.tuples(st.integers(0, 2), st.sampled_from(["claim", "hold", "sent", "retry", "look", "wait"]))


@given(st.lists(MOVES, max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_claims_holds_finishes_or_falls_asleep_one_has_it_and_the_order_stays(
    sqlite_store: Store, moves: list[tuple[int, str]]
) -> None:
    time_, run, model = Clock(NOW), next(_numbers), Model()
    boxes = [Outbox(sqlite_store._database, lambda _: time_.now) for _ in SENDERS]
    rows = [notification(f"{run}-{n}", thread=f"t{run}") for n in range(4)]
    sqlite_store.alerts.record([], rows, NOW)
    first = next(row.id for row in boxes[0].due(NOW, limit=10_000) if row.key == f"{run}-0")
    for who, move in moves:
        box, head = boxes[who], first + model.settled
        mine = model.sender == who
        if move == "claim":
            for id in range(first, first + len(rows)):
                won = box.claim(id, SENDERS[who], NOW)
                assert won == (id == head and model.sender is None)
                if won:
                    model.sender, model.until = who, time_.now + CLAIM
                    model.believed.add((who, id))
        elif move == "hold":
            assert box.hold(head) == mine
            model.until = time_.now + CLAIM if mine else model.until
        elif move == "sent" and (who, head) in model.believed:
            box.sent(head, {}, NOW)
            model.settled, model.sender = model.settled + 1, None
        elif move == "retry" and (who, head) in model.believed:
            box.retry(head, NOW, "HTTP 503", unknown=False)
            model.believed.discard((who, head))
            model.sender = None if mine else model.sender
        elif move == "look":
            over = model.sender is not None and model.until <= time_.now
            assert box.abandoned(lambda _: False) == over
            model.sender = None if over else model.sender
        elif move == "wait":
            time_.now += CLAIM / 2
        open_ = [row["status"] for row in box.deliveries(limit=4) if row["status"] == "sending"]
        assert len(open_) == (model.sender is not None)
    boxes[0].abandoned(lambda _: True)  # what the next example begins with
