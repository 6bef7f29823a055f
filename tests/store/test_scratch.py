"""A rehearsal: everything works, and nothing of it stays."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from budgetbot.core.directory import Directory
from budgetbot.core.model import Entity
from budgetbot.core.money import NANO
from budgetbot.store import Store
from tests.store.samples import DAY, EVER, HOUR, LAG, NOW, SOURCE, TODAY, alert, costs, notification


def everything(store: Store) -> tuple[object, ...]:
    return (
        store.ledger.cost_lines(EVER),
        store.ledger.history(EVER, Directory()).facts.billed.tolist(),
        store.ledger.series(),
        store.ledger.watermarks(),
        store.ledger.entities(),
        dict(store.ledger.memory(SOURCE)),
        store.alerts.all(),
        store.alerts.rules(),
        store.outbox.deliveries(),
        store.leases.holder("job"),
    )


def use(store: Store) -> None:
    store.ledger.save(SOURCE, [costs({"a": "7", "new": "1"}), costs({"b": "2"}, TODAY - DAY)], NOW + HOUR, LAG)
    store.ledger.walk_done(SOURCE, "costs", NOW, NOW)
    store.ledger.save_entities(SOURCE, [Entity(SOURCE, "project", "a", "research")], NOW)
    store.ledger.memory(SOURCE)["note"] = "1"
    store.alerts.record([alert("s1")], [notification("s1", alert("s1"))], NOW, seen={"monthly": ("x", NOW)})
    [row] = [row for row in store.outbox.due(NOW) if row.key == "s1"]
    assert store.outbox.claim(row.id, "me", NOW)
    store.outbox.sent(row.id, {"ts": "1"}, NOW)
    store.alerts.acknowledge("s1", "someone", NOW)
    assert store.leases.acquire("job", "me", HOUR, lambda _: False) == 1


def test_a_scratch_store_begins_with_what_is_there_and_leaves_no_trace(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1"}), NOW, LAG)
    store.alerts.record([alert("a1")], [notification("n1", alert("a1"), thread="t")], NOW)
    before = everything(store)

    with store.scratch() as scratch:
        assert everything(scratch) == before
        use(scratch)
        assert sum(line.amount for line in scratch.ledger.cost_lines(EVER)) == 10 * NANO
        assert len(scratch.alerts.all()) == 2

    assert everything(store) == before


def test_the_store_works_on_after_a_rehearsal(store: Store) -> None:
    with store.scratch() as scratch:
        use(scratch)

    use(store)

    assert sum(line.amount for line in store.ledger.cost_lines(EVER)) == 10 * NANO


def test_an_exception_leaves_no_trace_either(store: Store) -> None:
    def fail(scratch: Store) -> None:
        use(scratch)
        raise KeyError("stop")

    with pytest.raises(KeyError), store.scratch() as scratch:
        fail(scratch)

    assert store.ledger.cost_lines(EVER) == []


def test_a_part_that_fails_in_a_rehearsal_spoils_only_itself(store: Store) -> None:
    with store.scratch() as scratch:
        scratch.ledger.save(SOURCE, costs({"a": "1"}), NOW, LAG)
        with pytest.raises((DBAPIError, OverflowError)):
            scratch.alerts.record([alert("s1"), alert("s2", episode=10**30)], [], NOW)

        assert scratch.alerts.all() == []
        assert len(scratch.ledger.cost_lines(EVER)) == 1


def test_threads_may_share_a_rehearsal(store: Store) -> None:
    def save(n: int) -> int:
        return scratch.ledger.save(SOURCE, costs({"a": "1"}, TODAY - n * DAY), NOW, LAG)

    with store.scratch() as scratch:
        with ThreadPoolExecutor(3) as pool:
            assert sum(pool.map(save, range(6))) == 6
        assert len(scratch.ledger.cost_lines(EVER)) == 6


def test_the_copy_of_a_sqlite_file_is_removed(sqlite_store: Store) -> None:
    def copies() -> set[Path]:
        return set(Path(tempfile.gettempdir()).glob("budgetbot-*/scratch.db*"))

    before = copies()
    with sqlite_store.scratch() as scratch:
        use(scratch)
        assert copies() - before

    assert copies() - before == set()
