"""Who looks after an alert, who wants it quiet, and whose it is not."""

from __future__ import annotations

from dataclasses import replace

from budgetbot.chat.answer import Outcome
from budgetbot.core.notification import Reason
from tests.chat.office import ANA, CLEO, DAY, HOUR, MINUTE, Office, at_once, filled, said


def test_an_acknowledgement_is_kept_and_needs_no_word(office: Office) -> None:
    assert office.click("acknowledge", ANA) == Outcome(changed=True)
    assert office.alert("monthly").acknowledged_by == "Slack: ana (U0ANA)"


def test_the_second_who_acknowledges_is_told_who_was_first(office: Office) -> None:
    office.click("acknowledge", ANA)

    second, again = office.click("acknowledge", CLEO), office.click("acknowledge", replace(ANA, name="renamed"))

    assert said(second) == "Slack: ana (U0ANA) has acknowledged it already, at 2026-11-04 12:01 UTC."
    assert said(again) == "You have acknowledged it already, at 2026-11-04 12:01 UTC."
    assert not second.changed
    assert not again.changed
    assert office.deeds() == ["acknowledged"]


def test_two_who_acknowledge_at_once_are_one_and_one_who_is_told(any_office: Office) -> None:
    office = any_office
    outcomes = at_once(lambda: office.click("acknowledge", ANA), lambda: office.click("acknowledge", CLEO))
    assert sorted(outcome.changed for outcome in outcomes) == [False, True]
    assert office.deeds() == ["acknowledged"]


def test_a_snooze_is_kept_with_its_reason_and_closes_the_modal(any_office: Office) -> None:
    office = any_office
    assert office.click("snooze", CLEO).view is not None

    outcome = office.actions.submitted("snooze", office.alert("monthly").id, filled(reason="lunch", length="4h"), CLEO)

    assert outcome == Outcome(changed=True)
    assert office.alert("monthly").snoozed_until == office.clock() + 4 * HOUR
    event = office.store.alerts.events(office.alert("monthly").id)[-1]
    assert event["detail"] == {"until": "2026-11-04T16:01:00Z", "by": "Slack: cleo (U0CLEO)", "reason": "lunch"}


def test_a_snooze_that_is_submitted_twice_at_once_is_one(office: Office) -> None:
    id = office.alert("monthly").id
    both = at_once(*[lambda: office.actions.submitted("snooze", id, filled(length="1h"), ANA)] * 2)
    assert sorted(outcome.changed for outcome in both) == [False, True]
    assert office.deeds() == ["snoozed"]


def test_what_is_wrong_with_a_snooze_is_said_at_its_place(office: Office) -> None:
    id, now = office.alert("monthly").id, office.clock()
    wrong = {
        "length": filled(length="soon"),
        "reason": filled(length="1h", reason=" \n\u200b"),
        "until": filled(length="custom"),
    }
    for block, state in wrong.items():
        outcome = office.actions.submitted("snooze", id, state, ANA)
        assert list(outcome.errors) == [block]
        assert not outcome.changed
    past = office.actions.submitted("snooze", id, filled(length="custom", until=now - MINUTE), ANA)
    far = office.actions.submitted("snooze", id, filled(length="custom", until=now + 400 * DAY), ANA)
    assert past.errors == {"until": "This moment is over; choose a later one."}
    assert far.errors == {"until": "This is more than a year away; choose a moment within 366 days."}
    fine = office.actions.submitted("snooze", id, filled(length="custom", until=now + DAY), ANA)
    assert fine.changed
    assert office.alert("monthly").snoozed_until == (now + DAY).replace(microsecond=0)


def test_what_is_not_theirs_goes_to_the_next_step_of_its_escalation(any_office: Office) -> None:
    office = any_office
    office.click("acknowledge", ANA)

    outcome = office.click("not_mine", ANA)

    assert outcome.changed
    assert said(outcome) == "Passed on to boss."
    assert not office.alert("monthly").acknowledged(office.clock())
    rows = office.store.outbox.deliveries(alert_id=office.alert("monthly").id)
    assert [row["receiver"] for row in rows if row["reason"] == Reason.ESCALATED.value] == ["boss"]
    assert said(office.click("not_mine", ANA)) == "You have said so already."


def test_without_an_escalation_it_goes_to_the_last_route(office: Office) -> None:
    assert said(office.click("not_mine", CLEO, "per-key")) == "Passed on to ops."
    assert said(office.click("not_mine", CLEO, "foreseen")) == "Noted; all who come next have heard of it."


def test_what_another_looks_after_stays_with_them(office: Office) -> None:
    office.click("acknowledge", ANA)
    outcome = office.click("not_mine", CLEO)
    assert "ana (U0ANA) looks after it already" in said(outcome)
    assert not outcome.changed
    assert office.alert("monthly").acknowledged(office.clock())


def test_who_says_twice_at_once_that_it_is_not_theirs_says_it_once(office: Office) -> None:
    both = at_once(*[lambda: office.click("not_mine", ANA)] * 2)
    assert sorted(outcome.changed for outcome in both) == [False, True]
    assert office.deeds() == ["not_mine"]
