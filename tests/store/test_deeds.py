"""What people did about an alert, told to those who heard of it, and what they allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.allowance import Allowance
from budgetbot.core.model import Part, Scope
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import UsageError
from budgetbot.store import Store
from tests.store.samples import DAY, HOUR, NOW, alert, notification

SCOPE = Scope((Part("api_key", "key_1", "openai", "ci"),))
RAISE = Allowance(
    "r1", "grant", "b", SCOPE, 50, "USD", NOW, NOW + DAY, "launch", "Slack: a (U1)", NOW, "asked", alert_id="a1"
)


def heard(store: Store, *receivers: str) -> None:
    store.alerts.record([alert()], [replace(notification(), key=name, receiver=name) for name in receivers], NOW)


def told(store: Store) -> list[Notification]:
    due = [row.notification for row in store.outbox.due(NOW + DAY)]
    sent = []
    while due:
        for one in list(store.outbox.due(NOW + DAY)):
            assert store.outbox.claim(one.id, "me", NOW + DAY)
            store.outbox.sent(one.id, {"ts": one.key}, NOW + DAY)
            sent.append(one.notification)
        due = [row.notification for row in store.outbox.due(NOW + DAY)]
    return [one for one in sent if one.reason is Reason.CHANGED]


def test_an_acknowledgement_is_told_to_everybody_who_heard_of_the_alert_once_and_after_the_alert(store: Store) -> None:
    heard(store, "slack", "pager")

    store.alerts.acknowledge("a1", "me", NOW + HOUR)
    store.alerts.acknowledge("a1", "another", NOW + HOUR)

    said = told(store)
    assert [one.receiver for one in said] == ["slack", "pager"]
    assert {(one.deed or {})["what"] for one in said} == {"acknowledged"}
    assert {(one.deed or {})["by"] for one in said} == {"me"}
    assert all(one.alert and one.alert.acknowledged_by == "me" and one.thread == notification().thread for one in said)


def test_nobody_is_told_of_a_deed_who_did_not_hear_of_the_alert(store: Store) -> None:
    heard(store)
    store.alerts.acknowledge("a1", "me", NOW)
    assert told(store) == []


def test_a_deed_is_told_with_the_numbers_that_were_told_last(store: Store) -> None:
    store.alerts.record([alert()], [notification("n1")], NOW)
    later = replace(alert(), evidence={"spent": "4900.00"}, drivers=())
    store.alerts.record([], [replace(notification("n2"), alert=later, reason=Reason.REPEAT)], NOW)

    store.alerts.acknowledge("a1", "me", NOW + HOUR)

    (said,) = told(store)
    assert said.alert is not None
    assert (said.alert.evidence, said.alert.drivers) == ({"spent": "4900.00"}, ())
    assert said.alert.acknowledged_by == "me"


def test_where_nothing_that_was_sent_can_be_changed_nobody_is_told(store: Store) -> None:
    heard(store, "mail", "slack")
    for row, ref in zip(store.outbox.due(NOW), ({"message_id": "<1>"}, {"ts": "1.2"}), strict=True):
        assert store.outbox.claim(row.id, "me", NOW)
        store.outbox.sent(row.id, ref, NOW)
    store.alerts.acknowledge("a1", "me", NOW)
    assert [one.receiver for one in told(store)] == ["slack"]


def test_a_snooze_says_who_wants_it_and_why(store: Store) -> None:
    heard(store, "slack")
    store.alerts.snooze("a1", NOW + HOUR, NOW, by="me", reason="at lunch")
    deed = told(store)[0].deed or {}
    assert (deed["what"], deed["by"], deed["reason"]) == ("snoozed", "me", "at lunch")


def test_an_end_by_hand_is_left_to_the_next_evaluation(store: Store) -> None:
    heard(store, "slack")
    store.alerts.resolve("a1", "me", NOW)
    assert told(store) == []


def test_what_is_not_theirs_is_released_and_told_to_others_at_once(store: Store) -> None:
    heard(store, "slack")
    store.alerts.acknowledge("a1", "me", NOW)

    done = store.alerts.decline("a1", "me", ("slack", "ops"), NOW + HOUR)

    assert not done.alert.acknowledged(NOW + HOUR)
    rows = store.outbox.deliveries(alert_id="a1")
    assert [(row["receiver"], row["reason"]) for row in rows if row["reason"] == "escalated"] == [("ops", "escalated")]
    assert [(one.deed or {})["what"] for one in told(store)] == ["acknowledged", "unacknowledged", "not_mine"]


def test_a_raise_waits_for_a_second_person_and_is_told_at_each_step(store: Store) -> None:
    heard(store, "slack")
    store.allowances.ask(RAISE, NOW)

    with pytest.raises(UsageError, match="you asked for it yourself"):
        store.allowances.decide("r1", RAISE.asked_by, NOW + HOUR, grant=True)
    after = store.allowances.decide("r1", "Slack: b (U2)", NOW + HOUR, grant=True)
    with pytest.raises(UsageError, match="decided on it already"):
        store.allowances.decide("r1", "Slack: c (U3)", NOW + HOUR, grant=False)

    assert store.allowances.all() == [after]
    assert (after.grant().add, after.grant().approved_by) == (50, "Slack: b (U2)")
    assert [(one.deed or {})["what"] for one in told(store)] == ["grant_asked", "grant_granted"]


def test_the_same_allowance_asked_for_twice_is_one(store: Store) -> None:
    heard(store, "slack")
    store.allowances.ask(RAISE, NOW)
    assert store.allowances.ask(replace(RAISE, amount=70), NOW) == RAISE
    assert len(told(store)) == 1


def test_an_allowance_for_an_alert_that_is_over_is_refused_and_leaves_nothing(store: Store) -> None:
    heard(store, "slack")
    store.alerts.resolve("a1", "me", NOW)
    with pytest.raises(UsageError, match="resolved already"):
        store.allowances.ask(RAISE, NOW)
    assert store.allowances.all() == []


def test_one_that_is_ended_early_lasts_until_then(store: Store) -> None:
    heard(store)
    store.allowances.ask(replace(RAISE, standing="granted"), NOW)
    ended = store.allowances.end("r1", "me", NOW + HOUR)
    assert ended.grant().until == NOW + HOUR
    assert store.allowances.end("r1", "me", NOW + 2 * HOUR) == ended
