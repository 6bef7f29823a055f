"""What is done by hand to the alert that a message speaks by holds for all that the message spoke of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from budgetbot.core.model import Alert, Json, Severity
from budgetbot.core.notification import Notification
from budgetbot.errors import UsageError
from budgetbot.store import Store, open_store
from tests.store.samples import HOUR, NOW, alert, notification

OVER = {"state": "resolved", "reason": "corrected", "resolved_at": NOW}


def message(leader: str, *others: Alert) -> list[Notification]:
    """What one receiver is told: the leader's message, and those that it speaks for."""
    grouped = [notification(f"{one.id}:{leader}", one, status="grouped", leader=leader) for one in others]
    return [notification(f"{leader}:own", alert(leader)), *grouped]


@pytest.fixture
def told(store: Store) -> Store:
    """k0 spoke of k1 and k2, which is critical, and of k3, which is over."""
    alerts = [alert("k0"), alert("k1"), alert("k2", severity=Severity.CRITICAL), alert("k3", **OVER), alert("k4")]
    store.alerts.record(alerts, message("k0", *alerts[1:4]), NOW)
    return store


def acknowledged(store: Store) -> dict[str, str | None]:
    return {one.id: one.acknowledged_by for one in store.alerts.all() if one.acknowledged_by}


def story(store: Store, id: str) -> list[Json]:
    return [row["reason"] for row in store.alerts.events(id)][1:]


def test_who_acknowledges_the_one_that_speaks_acknowledges_all_open_ones_of_its_message(told: Store) -> None:
    done = told.alerts.acknowledge("k0", "ml-lead", NOW)

    assert (done.alert.id, done.alert.acknowledged_by, sorted(done.others)) == ("k0", "ml-lead", ["k1", "k2"])
    assert acknowledged(told) == dict.fromkeys(("k0", "k1", "k2"), "ml-lead")
    assert [story(told, id) for id in ("k0", "k1", "k2", "k3")] == [["acknowledged"]] * 3 + [[]]
    assert told.alerts.events("k1")[-1]["detail"] == {"by": "ml-lead", "until": None, "message_of": "k0"}


def test_each_of_them_keeps_its_own_end_of_the_acknowledgement(told: Store) -> None:
    told.alerts.acknowledge("k0", "ml-lead", NOW)

    assert told.alerts.get("k1").acknowledged_until is None
    assert told.alerts.get("k2").acknowledged_until == NOW + timedelta(days=1)


def test_who_looks_after_one_already_stays(told: Store) -> None:
    told.alerts.acknowledge("k1", "somebody", NOW)

    done = told.alerts.acknowledge("k0", "ml-lead", NOW + HOUR)

    assert acknowledged(told) == {"k0": "ml-lead", "k1": "somebody", "k2": "ml-lead"}
    assert sorted(done.others) == ["k1", "k2"]


def test_one_that_was_spoken_of_is_handled_by_its_own_id_alone(told: Store) -> None:
    assert told.alerts.acknowledge("k1", "ml-lead", NOW).others == ()

    assert acknowledged(told) == {"k1": "ml-lead"}


def test_only_the_one_that_speaks_where_that_is_said(told: Store) -> None:
    assert told.alerts.acknowledge("k0", "ml-lead", NOW, only=True).others == ()

    assert acknowledged(told) == {"k0": "ml-lead"}


def test_a_snooze_an_end_and_a_release_hold_for_all_too(told: Store) -> None:
    told.alerts.snooze("k0", NOW + HOUR, NOW)
    told.alerts.acknowledge("k0", "ml-lead", NOW)
    told.alerts.unacknowledge("k0", "ml-lead", NOW)
    told.alerts.resolve("k0", "ml-lead", NOW)

    for id in ("k0", "k1", "k2"):
        found = told.alerts.get(id)
        assert (found.snoozed_until, found.state, found.reason) == (NOW + HOUR, "resolved", "manual")
        assert story(told, id) == ["snoozed", "acknowledged", "unacknowledged", "manual"]
    assert {one.id for one in told.alerts.open()} == {"k4"}


def test_what_a_receiver_tells_twice_is_done_once_to_all(told: Store) -> None:
    told.alerts.acknowledge("k0", "PagerDuty", NOW, event="e1")
    told.alerts.unacknowledge("k0", "PagerDuty", NOW, event="e2")

    told.alerts.acknowledge("k0", "PagerDuty", NOW + HOUR, event="e1")

    assert acknowledged(told) == {}
    assert story(told, "k1") == ["acknowledged", "unacknowledged"]


def test_nothing_is_done_to_the_others_of_what_is_over(told: Store) -> None:
    told.alerts.resolve("k0", "ml-lead", NOW, only=True)

    with pytest.raises(UsageError, match="is resolved already"):
        told.alerts.acknowledge("k0", "ml-lead", NOW)

    assert acknowledged(told) == {}


def test_all_or_none_of_them_is_changed(told: Store) -> None:
    """Whoever comes second finds what the first one did, for all of them."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: told.alerts.acknowledge("k0", f"person {n}", NOW), range(4)))

    assert len(set(acknowledged(told).values())) == 1
    assert [story(told, id) for id in ("k0", "k1", "k2")] == [["acknowledged"]] * 3


def test_a_cycle_that_records_meanwhile_and_people_do_not_wait_for_each_other(database_url: str) -> None:
    alerts = [alert(f"k{i:02}") for i in range(30)]
    with closing(open_store(database_url)) as store:
        store.alerts.record(alerts, message("k29", *alerts[:-1]), NOW)

        def cycle(_: int) -> None:
            store.alerts.record(list(reversed(alerts)), [], NOW)

        def person(_: int) -> None:
            store.alerts.snooze("k29", NOW + HOUR, NOW)

        with ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(one, n) for n in range(10) for one in (cycle, person)]
            for future in waiting:
                future.result()

        assert {one.snoozed_until for one in store.alerts.open()} == {NOW + HOUR}
