"""One way out: each row claimed once, in order, and its outcome kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier

import pytest

from budgetbot.core.notification import Notification
from budgetbot.store import Store, open_store
from budgetbot.store.outbox import CLAIM
from tests.store.samples import HOUR, MINUTE, NOW, notification

OVER = timedelta(0)


def queue(store: Store, *notifications: Notification) -> None:
    store.alerts.record([], notifications, NOW)


def due(store: Store, minutes: int = 0) -> list[str]:
    return [row.key for row in store.outbox.due(NOW + minutes * MINUTE)]


def nobody(sender: str) -> bool:
    return False


def everybody(sender: str) -> bool:
    return True


def status(store: Store) -> list[object]:
    return [row["status"] for row in reversed(store.outbox.deliveries())]


def test_a_row_carries_its_notification_whole(store: Store) -> None:
    queue(store, notification())

    [row] = store.outbox.due(NOW)

    assert row.notification == notification()
    assert (row.key, row.attempts, row.status, row.next_at) == ("n1", 0, "pending", NOW)


def test_what_is_inhibited_or_lies_in_the_future_is_not_due(store: Store) -> None:
    later = notification("n2", created_at=NOW + MINUTE, receiver="b")
    queue(store, notification("n1", status="inhibited"), later, notification("n3", status="noop"))

    assert due(store) == []
    assert due(store, 1) == ["n2"]
    assert store.outbox.next_due() == NOW + MINUTE


def test_one_thread_at_one_receiver_goes_strictly_in_order(store: Store) -> None:
    queue(store, *(notification(f"n{i}") for i in range(3)), notification("other", receiver="hook"))
    outbox = store.outbox

    first = outbox.due(NOW)[0]
    assert due(store) == ["n0", "other"]
    outbox.claim(first.id, "one", NOW)
    assert due(store) == ["other"]
    outbox.retry(first.id, NOW + 5 * MINUTE, "HTTP 503", unknown=False)
    assert due(store) == ["other"]
    assert due(store, 5) == ["n0", "other"]
    outbox.claim(first.id, "one", NOW + 5 * MINUTE)
    outbox.dead(first.id, "gone", NOW + 5 * MINUTE)
    assert due(store) == ["n1", "other"]


def test_due_takes_no_more_than_asked_for(sqlite_store: Store) -> None:
    queue(sqlite_store, *(notification(f"n{i}", thread=f"t{i}") for i in range(5)))

    assert [row.key for row in sqlite_store.outbox.due(NOW, limit=2)] == ["n0", "n1"]


def test_next_due_is_what_nothing_holds_up(store: Store) -> None:
    queue(store, notification("n1"), notification("n2"))
    assert store.outbox.next_due() == NOW

    [row] = store.outbox.due(NOW)
    store.outbox.claim(row.id, "one", NOW)
    assert store.outbox.next_due() is None

    store.outbox.retry(row.id, NOW + HOUR, "HTTP 429", unknown=True)
    assert store.outbox.next_due() == NOW + HOUR


def test_two_that_claim_at_once_get_each_row_exactly_once(database_url: str) -> None:
    with closing(open_store(database_url)) as one, closing(open_store(database_url)) as two:
        queue(one, *(notification(f"n{i}", thread=f"t{i}") for i in range(25)))
        ids = [row.id for row in one.outbox.due(NOW)]
        start = Barrier(2)

        def claim_all(store: Store, sender: str) -> list[int]:
            start.wait()
            return [id for id in ids if store.outbox.claim(id, sender, NOW)]

        with ThreadPoolExecutor(2) as pool:
            mine, yours = pool.map(claim_all, (one, two), ("one", "two"))

    assert sorted(mine + yours) == ids


def test_a_confirmed_row_is_sent_and_its_reference_is_the_parent_of_the_thread(store: Store) -> None:
    queue(store, notification("n1"), notification("n2"), notification("n3", receiver="hook"))
    for reference in ({"ts": "1.5", "channel": "C1"}, {"ts": "2.5"}):
        row = store.outbox.due(NOW)[0]
        store.outbox.claim(row.id, "one", NOW)
        store.outbox.sent(row.id, reference, NOW + MINUTE)

    assert status(store) == ["sent", "sent", "pending"]
    assert store.outbox.parent(notification().thread, "screen") == {"ts": "1.5", "channel": "C1"}
    assert store.outbox.parent(notification().thread, "hook") is None
    assert store.outbox.parent("another thread", "screen") is None


def test_a_failed_row_keeps_why_and_waits(store: Store) -> None:
    queue(store, notification())
    [row] = store.outbox.due(NOW)

    store.outbox.claim(row.id, "one", NOW)
    store.outbox.retry(row.id, NOW + MINUTE, "timeout", unknown=True)

    [again] = store.outbox.due(NOW + MINUTE)
    assert (again.status, again.attempts, again.last_error) == ("unknown", 1, "timeout")
    assert not store.outbox.claim(row.id, "one", NOW)
    assert store.outbox.claim(row.id, "one", NOW + MINUTE)


def test_what_a_dead_sender_or_one_whose_claim_ran_out_left_is_unknown_and_what_is_being_sent_is_left_alone(
    store: Store,
) -> None:
    queue(store, *(notification(f"n{i}", thread=f"t{i}") for i in range(4)))
    for sender, row in zip(("dead", "alive", "late", "slow"), store.outbox.due(NOW), strict=True):
        store.outbox.claim(row.id, sender, NOW, OVER if sender in ("late", "slow") else CLAIM)
    assert store.outbox.hold(4)

    assert store.outbox.abandoned(lambda sender: sender == "dead") == 2
    assert store.outbox.abandoned(nobody) == 0

    assert status(store) == ["unknown", "sending", "unknown", "sending"]
    assert due(store) == ["n0", "n2"]
    assert [store.outbox.hold(id) for id in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("late", ["retry", "dead", "noop"])
def test_a_sender_that_lost_its_claim_does_not_undo_what_its_successor_does(database_url: str, late: str) -> None:
    with closing(open_store(database_url)) as old, closing(open_store(database_url)) as new:
        queue(old, notification())
        [row] = old.outbox.due(NOW)
        old.outbox.claim(row.id, "one", NOW)
        new.outbox.abandoned(everybody)
        new.outbox.claim(row.id, "two", NOW)

        if late == "retry":
            old.outbox.retry(row.id, NOW, "timeout", unknown=False)
        elif late == "dead":
            old.outbox.dead(row.id, "gave up", NOW)
        else:
            old.outbox.noop(row.id, "nothing to say")

        assert status(new) == ["sending"]
        new.outbox.sent(row.id, {}, NOW)
        assert status(old) == ["sent"]


def test_a_confirmation_that_comes_late_counts_and_the_first_one_stays(store: Store) -> None:
    queue(store, notification())
    [row] = store.outbox.due(NOW)
    store.outbox.claim(row.id, "one", NOW)
    store.outbox.abandoned(everybody)

    store.outbox.sent(row.id, {"ts": "1"}, NOW)
    store.outbox.sent(row.id, {"ts": "2"}, NOW + HOUR)

    assert status(store) == ["sent"]
    assert store.outbox.parent(notification().thread, "screen") == {"ts": "1"}


def test_what_is_due_and_not_sent_is_counted(store: Store) -> None:
    queue(store, notification("n1"), notification("n2"), notification("n3", created_at=NOW + HOUR))
    [row] = store.outbox.due(NOW)
    store.outbox.claim(row.id, "one", NOW)

    assert store.outbox.unsent(NOW) == 2
    store.outbox.noop(row.id, "told already")
    assert store.outbox.unsent(NOW) == 1
    assert store.outbox.unsent(NOW + HOUR) == 2


def test_deliveries_have_the_shape_of_the_contract_newest_first(store: Store) -> None:
    queue(store, notification("n1"), notification("n2", receiver="hook", status="inhibited"))
    [row] = store.outbox.due(NOW)
    store.outbox.claim(row.id, "one", NOW)
    store.outbox.dead(row.id, "HTTP 404", NOW)

    [second, first] = store.outbox.deliveries()

    assert first == {
        "id": row.id,
        "alert": "a1",
        "receiver": "screen",
        "reason": "first",
        "status": "dead",
        "attempts": 1,
        "next_at": None,
        "sent_at": None,
        "last_error": "HTTP 404",
    }
    assert second["receiver"] == "hook"
    assert len(store.outbox.deliveries(limit=1)) == 1
