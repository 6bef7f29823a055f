"""Who leads: one holder at a time, a dead one replaced at once, and no writing for who was replaced."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from budgetbot.errors import LeaseLost
from budgetbot.lead import JOB, TTL, Lead, LeaseHeld, leading, lease
from budgetbot.process import is_dead, new_name
from budgetbot.store import Store
from tests.standins.leases import ELSEWHERE, taken_away, timed
from tests.store.samples import NOW, notification

HOLD = "import sys; from budgetbot.process import new_name; print(new_name(), flush=True); sys.stdin.read()"


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process, and its name as the holder of a lease."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as found:
        assert found.stdout is not None
        yield found, found.stdout.readline().strip()
        found.kill()


def held_by(store: Store, owner: str, now: datetime | None = None) -> int:
    leases = timed(store, lambda: now or datetime.now(UTC))
    token = leases.acquire(JOB, owner, TTL, lambda _: False)
    assert token is not None
    return token


def eventually(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_lease_that_another_process_holds_is_refused_and_its_process_named(
    sqlite_store: Store, other: tuple[subprocess.Popen[str], str]
) -> None:
    held_by(sqlite_store, other[1])

    with pytest.raises(LeaseHeld, match=rf"process {other[0].pid} {socket.gethostname()}\); stop it"):
        lease(sqlite_store).__enter__()
    with pytest.raises(LeaseHeld, match="another scheduler holds the lease"):
        leading(sqlite_store).__enter__()


def test_the_lease_of_a_killed_process_of_this_machine_is_taken_over_at_once(
    sqlite_store: Store, other: tuple[subprocess.Popen[str], str]
) -> None:
    process, owner = other
    held_by(sqlite_store, owner)
    process.kill()
    process.wait()

    with leading(sqlite_store) as lead:
        assert lead.role == "leader"


def test_a_lease_of_another_machine_is_waited_for_until_it_ends(sqlite_store: Store) -> None:
    held_by(sqlite_store, ELSEWHERE)
    with pytest.raises(LeaseHeld):
        lease(sqlite_store).__enter__()

    sqlite_store.leases.renew(JOB, 1, TTL * 0)
    with lease(sqlite_store):
        assert sqlite_store.leases.holder(JOB) is not None


def test_a_lease_is_given_back_also_after_a_failure(sqlite_store: Store) -> None:
    with suppress(ZeroDivisionError), lease(sqlite_store):
        assert sqlite_store.leases.holder(JOB) is not None
        raise ZeroDivisionError

    assert sqlite_store.leases.holder(JOB) is None


def test_a_command_that_lost_its_lease_writes_nothing_more(store: Store) -> None:
    def command() -> None:
        with lease(store):
            store.alerts.record([], [notification("before")], NOW)
            taken_away(store)
            store.alerts.record([], [notification("after")], NOW)

    with pytest.raises(LeaseLost, match="nothing was written"):
        command()

    assert [row.key for row in store.outbox.due(NOW)] == ["before"]
    assert store.leases.holder(JOB) is not None


def test_who_stands_by_takes_what_is_given_back_and_says_so(store: Store) -> None:
    first, second = Lead(store.leases, stands_by=True), Lead(store.leases, stands_by=True)
    first._owner, second._owner = "a|1|1|?|x", "b|1|1|?|x"
    taken: list[str] = []
    second.taken = lambda: taken.append(second.role)
    first.start()
    second.start()
    assert (first.role, second.role) == ("leader", "standby")

    first.end()

    eventually(lambda: taken == ["leader"])
    assert store.leases.holder(JOB) is not None
    second.end()
    assert store.leases.holder(JOB) is None


def test_who_is_replaced_notices_when_it_looks_and_says_so_once(sqlite_store: Store) -> None:
    lead = Lead(sqlite_store.leases, stands_by=True)
    lost: list[str] = []
    lead.lost = lambda: lost.append(lead.role)
    assert lead.take()
    assert lead.confirm()
    taken_away(sqlite_store)

    assert not lead.confirm()
    assert not lead.confirm()
    with pytest.raises(LeaseLost), lead.fenced():
        pass

    assert lost == ["standby"]


def test_who_is_replaced_while_it_writes_notices_too(sqlite_store: Store) -> None:
    lead = Lead(sqlite_store.leases, stands_by=True)
    assert lead.take()

    taken_away(sqlite_store)
    with suppress(LeaseLost), lead.fenced():
        sqlite_store.ledger.walk_failed("openai", "costs", "HTTP 500", NOW)

    assert lead.role == "standby"
    assert sqlite_store.ledger.watermarks() == []


def test_who_is_surely_dead(other: tuple[subprocess.Popen[str], str]) -> None:
    process, alive = other
    host, pid, began, counted, nonce = alive.split("|")

    assert not is_dead(alive)
    assert not is_dead(f"elsewhere|{pid}|{began}|{counted}|{nonce}")
    assert not is_dead(f"{host}|1999999999|{began}|another container|{nonce}")
    assert not is_dead("nonsense")
    assert not is_dead(f"{host}|x|{began}|{counted}|{nonce}")
    assert is_dead(f"{host}|{pid}|1|{counted}|{nonce}")  # its number is used by a later process
    process.kill()
    eventually(lambda: is_dead(alive))  # also while nobody has asked how it ended
    process.wait()
    assert is_dead(alive)
    assert is_dead(new_name())  # a name that this process forgot
