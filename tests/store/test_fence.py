"""A former holder of a lease that wakes up late writes nothing, whatever it was about to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import make_url, select, text

from budgetbot.core.model import Entity
from budgetbot.errors import LeaseLost
from budgetbot.store import Store, open_store
from budgetbot.store.tables import METADATA
from tests.standins.leases import timed
from tests.store.samples import DAY, HOUR, MINUTE, NOW, alert, costs, notification

JOB = "scheduler"
WRITES: dict[str, Callable[[Store], object]] = {
    "alerts": lambda s: s.alerts.record([alert()], [notification()], NOW, seen={"monthly": ("x", NOW)}),
    "bill": lambda s: s.ledger.save("openai", costs({"a": "1"}), NOW, HOUR),
    "watermark": lambda s: s.ledger.walk_done("openai", "costs", NOW, NOW),
    "failure": lambda s: s.ledger.walk_failed("openai", "costs", "HTTP 500", NOW),
    "names": lambda s: s.ledger.save_entities("openai", [Entity("openai", "project", "a", "research")], NOW),
    "note": lambda s: s.ledger.memory("openai").update(note="1"),
    "estimate": lambda s: s.days.put("openai", NOW - DAY, [], [], NOW, settled=False),
    "mark": lambda s: s.jobs.done("pull", NOW),
}


def acquired(store: Store, owner: str = "one") -> int:
    token = store.leases.acquire(JOB, owner, MINUTE, lambda _: True)
    assert token is not None
    return token


def content(store: Store) -> dict[str, Sequence[object]]:
    with store._database.read() as connection:
        return {
            name: connection.execute(select(table)).all() for name, table in METADATA.tables.items() if name != "lease"
        }


@pytest.mark.parametrize("what", WRITES)
def test_the_holder_writes(sqlite_store: Store, what: str) -> None:
    before = content(sqlite_store)

    with sqlite_store.leases.fence(JOB, acquired(sqlite_store)):
        WRITES[what](sqlite_store)

    assert content(sqlite_store) != before


def test_a_former_holder_writes_nothing(store: Store) -> None:
    old, before = acquired(store), content(store)
    acquired(store, "two")

    for write in WRITES.values():
        with pytest.raises(LeaseLost), store.leases.fence(JOB, old):
            write(store)

    assert content(store) == before


def test_who_gave_the_lease_back_writes_nothing_either(store: Store) -> None:
    token = acquired(store)
    store.leases.release(JOB, token)

    with pytest.raises(LeaseLost), store.leases.fence(JOB, token):
        store.jobs.done("pull", NOW)


def test_a_lease_that_ran_out_is_good_until_somebody_takes_it(store: Store) -> None:
    token = timed(store, lambda: NOW - DAY).acquire(JOB, "one", MINUTE, lambda _: False)
    assert token == 1

    with store.leases.fence(JOB, token):
        store.jobs.done("pull", NOW)

    assert store.jobs.last() == {"pull": NOW}


def test_what_people_do_needs_no_lease(store: Store) -> None:
    old = acquired(store)
    with store.leases.fence(JOB, old):
        store.alerts.record([alert("a1")], [], NOW)
    acquired(store, "two")

    store.alerts.acknowledge("a1", "ml-lead", NOW)

    assert store.alerts.get("a1").acknowledged_by == "ml-lead"


def test_a_fence_binds_its_own_thread_and_ends_with_its_block(store: Store) -> None:
    old = acquired(store)
    acquired(store, "two")

    with store.leases.fence(JOB, old), ThreadPoolExecutor(1) as pool:
        pool.submit(store.jobs.done, "deliver", NOW).result()
    store.jobs.done("pull", NOW)

    assert set(store.jobs.last()) == {"deliver", "pull"}


def test_the_outcome_of_what_was_sent_is_kept_whoever_leads(store: Store) -> None:
    old = acquired(store)
    store.alerts.record([], [notification()], NOW)
    acquired(store, "two")

    with store.leases.fence(JOB, old):
        assert store.outbox.claim(1, "one", NOW)
        store.outbox.sent(1, {}, NOW)

    assert [row["status"] for row in store.outbox.deliveries()] == ["sent"]


@pytest.fixture
def pair(postgres_url: str) -> Iterator[tuple[Store, Store]]:
    """Two processes' stores on one PostgreSQL."""
    with closing(open_store(postgres_url)) as one, closing(open_store(postgres_url)) as two:
        yield one, two


@contextmanager
def writing(store: Store, token: int) -> Iterator[Event]:
    """Amid a transaction of the leader, until the event is set or the block is over."""
    begun, may_end = Event(), Event()

    def write() -> None:
        with store.leases.fence(JOB, token), store._database.write() as connection:
            connection.execute(text("INSERT INTO job VALUES ('pull', 0, 'null')"))
            begun.set()
            may_end.wait(20)

    with ThreadPoolExecutor(1) as pool:
        future: Future[None] = pool.submit(write)
        try:
            assert begun.wait(5)
            yield may_end
        finally:
            may_end.set()
        future.result()


def test_nobody_takes_over_amid_a_write_of_the_leader_and_the_leader_can_renew(pair: tuple[Store, Store]) -> None:
    one, two = pair
    token = acquired(one)
    with writing(one, token) as may_end, ThreadPoolExecutor(1) as pool:
        assert one.leases.renew(JOB, token, MINUTE)
        taking = pool.submit(acquired, two, "two")
        with pytest.raises(TimeoutError):
            taking.result(timeout=0.2)
        may_end.set()
        assert taking.result(timeout=5) == token + 1

    assert set(two.jobs.last()) == {"pull"}


def test_who_stands_still_amid_a_write_is_cut_off_by_the_server(pair: tuple[Store, Store]) -> None:
    with pair[0]._database.write() as connection:
        limit = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    with pair[0]._database.read() as connection:
        reading = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()

    assert (limit, reading) == ("10s", "0")


def test_leases_are_timed_by_the_clock_of_the_server(postgres_url: str) -> None:
    database = make_url(postgres_url).database
    with closing(open_store(postgres_url)) as store, store._database.write() as connection:
        for statement in (
            "CREATE SCHEMA ahead",  # where the server's clock is three hours ahead of this machine's
            "CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            " AS $$ SELECT pg_catalog.clock_timestamp() + interval '3 hours' $$",
            f"ALTER DATABASE {database} SET search_path = ahead, public, pg_catalog",
        ):
            connection.execute(text(statement))

    with closing(open_store(postgres_url)) as store:
        store.leases.acquire(JOB, "one", MINUTE, lambda _: False)
        store.alerts.record([], [notification()], NOW)
        store.outbox.claim(1, "one", NOW, MINUTE)

        _, until = store.leases.holder(JOB) or ("", NOW)
        assert until - datetime.now(UTC) > 2 * HOUR
        assert store.leases.acquire(JOB, "two", MINUTE, lambda _: False) is None
        assert store.outbox.abandoned(lambda _: False) == 0
        assert store.leases.renew(JOB, 1, timedelta(0))
        assert store.leases.acquire(JOB, "two", MINUTE, lambda _: False) == 2
