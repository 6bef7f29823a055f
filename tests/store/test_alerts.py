"""Alerts, what became of them, and the rules that were seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from budgetbot.core.model import Alert, Severity
from budgetbot.core.notification import Reason, Told
from budgetbot.errors import UsageError
from budgetbot.store import Store, open_store
from tests.store.samples import DAY, HOUR, NOW, alert, notification

resolved = {"state": "resolved", "reason": "corrected"}


def events(url: str) -> list[tuple[str | None, str, str | None]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT from_state, to_state, reason FROM alert_event ORDER BY id")).all()
    engine.dispose()
    return [(row[0], row[1], row[2]) for row in rows]


def put(store: Store, *alerts: Alert) -> None:
    store.alerts.record(alerts, [], NOW)


def test_an_alert_comes_back_as_it_was_recorded(store: Store) -> None:
    huge = alert("a2", line=10**30, rank=10**30, period="nul\x00", scope=alert().scope, state="pending", fired_at=None)

    put(store, alert(), huge)

    assert store.alerts.open() == [alert(), replace(huge, period="nul\ufffd")]
    assert store.alerts.get("a1") == alert()


def test_each_changed_state_is_one_event(store: Store, database_url: str) -> None:
    pending = alert(state="pending", fired_at=None)
    worse = alert(severity=Severity.CRITICAL)
    for one in (pending, pending, alert(), worse, alert(**resolved, resolved_at=NOW)):
        put(store, one)

    assert events(database_url) == [
        (None, "pending", None),
        ("pending", "firing", None),
        ("firing", "resolved", "corrected"),
    ]


def test_open_recent_and_all(store: Store) -> None:
    over = {**resolved, "end": NOW - 10 * DAY}
    put(
        store,
        alert("firing"),
        alert("pending", state="pending"),
        alert("old", **over, resolved_at=NOW - 11 * DAY),
        alert("new", **over, resolved_at=NOW - HOUR),
    )

    assert {a.id for a in store.alerts.open()} == {"firing", "pending"}
    assert {a.id for a in store.alerts.recent(NOW - DAY)} == {"firing", "pending", "new"}
    assert {a.id for a in store.alerts.all()} == {"firing", "pending", "old", "new"}


def test_a_decision_also_knows_resolved_alerts_of_periods_that_may_change_and_those_ended_by_hand(store: Store) -> None:
    long_ago = NOW - 90 * DAY
    put(
        store,
        alert("this-period", **resolved, resolved_at=long_ago, end=NOW + DAY),
        alert("closed", **resolved, resolved_at=long_ago, end=long_ago),
        alert("late", **resolved, resolved_at=NOW - DAY, end=long_ago),
        alert("by-hand", state="resolved", reason="manual", resolved_at=long_ago, end=None),
        alert("endless", **resolved, resolved_at=long_ago, end=None),
    )

    assert {a.id for a in store.alerts.known(NOW - 5 * DAY)} == {"this-period", "late", "by-hand"}


def test_an_alert_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    put(store, alert("ab12"), alert("ab34"), alert("cd56"))

    assert store.alerts.get("c").id == "cd56"
    assert store.alerts.get("ab34").id == "ab34"


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ("zz", "there is no alert 'zz'"),
        ("", "there is no alert ''"),
        ("%", "there is no alert '%'"),
        ("_", "there is no alert '_'"),
        ("ab", r"'ab' begins more than one alert's id \(ab12, ab34\)"),
    ],
)
def test_an_unknown_or_ambiguous_id_is_a_usage_error(sqlite_store: Store, prefix: str, message: str) -> None:
    put(sqlite_store, alert("ab12"), alert("ab34"), alert("cd56"))

    with pytest.raises(UsageError, match=message):
        sqlite_store.alerts.get(prefix)


def test_record_is_atomic(store: Store, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE outbox"))
    engine.dispose()

    with pytest.raises(DBAPIError):
        store.alerts.record([alert()], [notification()], NOW, seen={"monthly": ("id", NOW)})

    assert store.alerts.all() == []
    assert store.alerts.rules() == {}
    assert events(database_url) == []


def test_two_that_record_at_once_do_not_trip_over_each_other(database_url: str) -> None:
    with closing(open_store(database_url)) as one, closing(open_store(database_url)) as two:
        start = Barrier(2)

        def record(store: Store, name: str) -> int:
            start.wait()
            return sum(store.alerts.record([alert(f"{name}{n}")], [notification(f"{name}{n}")], NOW) for n in range(15))

        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(record, (one, two), "xy")) == [15, 15]

        assert len(one.alerts.all()) == 30


def test_a_notification_with_a_known_key_is_not_recorded_again(store: Store) -> None:
    first = store.alerts.record([alert()], [notification("n1"), notification("n2")], NOW)
    second = store.alerts.record([alert()], [notification("n2"), notification("n3")], NOW + HOUR)
    twice = store.alerts.record([], [notification("n4"), notification("n4")], NOW)

    assert (first, second, twice) == (2, 1, 1)
    assert len(store.outbox.deliveries()) == 4


def test_a_cycle_that_read_before_an_acknowledgement_does_not_undo_it(store: Store) -> None:
    put(store, alert())
    store.alerts.acknowledge("a1", "someone", NOW + HOUR)
    store.alerts.snooze("a1", NOW + DAY, NOW + HOUR)

    put(store, alert(severity=Severity.CRITICAL))

    kept = store.alerts.get("a1")
    assert (kept.acknowledged_by, kept.acknowledged_at, kept.snoozed_until) == ("someone", NOW + HOUR, NOW + DAY)
    assert kept.severity is Severity.CRITICAL


def test_a_cycle_that_read_before_a_manual_end_does_not_open_it_again(store: Store) -> None:
    put(store, alert())
    store.alerts.resolve("a1", "someone", NOW + HOUR)

    put(store, alert(severity=Severity.CRITICAL))

    assert (store.alerts.get("a1").state, store.alerts.get("a1").reason) == ("resolved", "manual")


def test_what_was_ended_by_hand_may_turn_into_corrected(store: Store, database_url: str) -> None:
    put(store, alert())
    by_hand = store.alerts.resolve("a1", "someone", NOW).alert

    put(store, replace(by_hand, reason="corrected"))

    assert store.alerts.get("a1").reason == "corrected"
    assert events(database_url)[-2:] == [("firing", "resolved", "manual"), ("resolved", "resolved", "corrected")]


def test_the_first_who_acknowledges_stays(store: Store, database_url: str) -> None:
    put(store, alert())

    store.alerts.acknowledge("a", "first", NOW)
    after = store.alerts.acknowledge("a1", "second", NOW + HOUR).alert

    assert (after.acknowledged_by, after.acknowledged_at) == ("first", NOW)
    assert events(database_url)[1:] == [("firing", "firing", "acknowledged")]


def test_nothing_is_done_by_hand_to_what_is_resolved(store: Store) -> None:
    put(store, alert(**resolved, resolved_at=NOW))

    with pytest.raises(UsageError, match="alert a1 is resolved already"):
        store.alerts.acknowledge("a1", "x", NOW)
    with pytest.raises(UsageError, match="alert a1 is resolved already"):
        store.alerts.snooze("a1", NOW + HOUR, NOW)
    with pytest.raises(UsageError, match="alert a1 is resolved already"):
        store.alerts.resolve("a1", "x", NOW)


def test_a_snooze_needs_an_end_in_the_future(sqlite_store: Store) -> None:
    put(sqlite_store, alert())

    with pytest.raises(UsageError, match="2026-11-20T12:00:00Z is over"):
        sqlite_store.alerts.snooze("a1", NOW, NOW)


def test_only_pending_alerts_are_dropped(store: Store, database_url: str) -> None:
    put(store, alert("p1", state="pending"), alert("p2", state="pending"), alert("f1"))

    store.alerts.drop(["p1", "f1", "unknown"])
    store.alerts.record([], [], NOW, dropped=["p2"])

    assert [a.id for a in store.alerts.all()] == ["f1"]
    assert len(events(database_url)) == 1


def test_told_lists_what_receivers_heard_or_will_hear(store: Store) -> None:
    one, two = alert("a1"), alert("a2")
    rows = [
        notification("n1", one, receiver="hook", thread="t1"),
        notification("n2", one, reason=Reason.REPEAT, seq=2, status="inhibited"),
        notification("n3", two),
        notification("d1", digest={"total": "1.00"}, reason=Reason.DIGEST),
    ]
    rows[3] = replace(rows[3], alert=None, rule=None)
    store.alerts.record([one, two], rows, NOW)

    assert store.alerts.told(["a1"]) == [
        Told("a1", "hook", Reason.FIRST, 0, "pending", NOW),
        Told("a1", "screen", Reason.REPEAT, 2, "inhibited", NOW),
    ]
    assert len(store.alerts.told([f"none{i}" for i in range(2000)] + ["a1", "a2"])) == 3
    assert store.alerts.told([]) == []


def test_the_rules_of_the_last_step_are_kept_and_others_forgotten(store: Store) -> None:
    store.alerts.record([], [], NOW, seen={"a": ("1", NOW), "b": ("1", NOW)}, policy_hash="h")
    store.alerts.record([], [], NOW)
    assert store.alerts.rules() == {"a": ("1", NOW), "b": ("1", NOW)}

    store.alerts.record([], [], NOW + HOUR, seen={"b": ("2", NOW + HOUR), "c": ("1", NOW)}, policy_hash="h2")
    assert store.alerts.rules() == {"b": ("2", NOW + HOUR), "c": ("1", NOW)}

    store.alerts.record([], [], NOW + HOUR, seen={})
    assert store.alerts.rules() == {}
