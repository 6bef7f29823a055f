"""What is not healthy of the bot's own work: pure over what the database says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from budgetbot.audit import Vitals, audit, vitals
from budgetbot.core.escalate import Climb, Escalation, Step
from budgetbot.core.model import Alert, Watermark
from budgetbot.lead import JOB
from budgetbot.store import Store, Waiting
from budgetbot.store.schema import Standing
from tests.standins.clock import Clock
from tests.standins.leases import timed
from tests.store.samples import HOUR, MINUTE, NOW, alert, notification

SECOND = timedelta(seconds=1)
WATCH = Escalation("watch", (Step(timedelta(0), ("pager",)), Step(15 * MINUTE, ("lead",))))


def wrong(**found: object) -> list[str]:
    return audit(Vitals(**{"led": True, **found}), NOW)  # type: ignore[arg-type]


def climbing(late: timedelta, **how: object) -> Alert:
    """An alert whose second step was due so long ago."""
    return alert(climbs=(Climb(WATCH, NOW - late - 15 * MINUTE, taken=1, **how),))  # type: ignore[arg-type]


def test_where_all_is_well_nothing_is_said() -> None:
    assert wrong() == []


@pytest.mark.parametrize(("pulled", "healthy"), [(6 * HOUR, True), (6 * HOUR + SECOND, False)])
def test_a_report_is_read_at_least_every_six_hours(pulled: timedelta, healthy: bool) -> None:
    mark = Watermark("openai", "costs", NOW - 900 * HOUR, pulled_at=NOW - pulled)

    said = wrong(marks=[mark])

    assert said == (
        [] if healthy else ["openai: costs was last read 2026-11-20 05:59 UTC; `budgetbot doctor` says why"]
    )


def test_a_report_that_was_never_read_has_six_hours_from_its_first_try() -> None:
    assert wrong(marks=[Watermark("openai", "costs", NOW - HOUR)]) == []
    (said,) = wrong(marks=[Watermark("openai", "costs", NOW - 7 * HOUR)])
    assert "was last read never" in said


@pytest.mark.parametrize(("waits", "healthy"), [(15 * MINUTE, True), (15 * MINUTE + SECOND, False)])
def test_nothing_waits_in_the_outbox_for_more_than_a_quarter_of_an_hour(waits: timedelta, healthy: bool) -> None:
    said = wrong(waiting=[Waiting("ml-slack", 3, NOW - waits, "HTTP 500: anything at all")])

    assert said == (
        []
        if healthy
        else ["receiver ml-slack: 3 not delivered, the oldest since 2026-11-20 11:44 UTC; `budgetbot doctor` says why"]
    )


@pytest.mark.parametrize(("late", "healthy"), [(5 * MINUTE, True), (5 * MINUTE + SECOND, False)])
def test_no_step_of_an_escalation_is_more_than_five_minutes_late(late: timedelta, healthy: bool) -> None:
    said = wrong(climbing=[climbing(late)])

    assert [line.split(" should")[0] for line in said] == ([] if healthy else ["escalation watch: alert a1"])


def test_an_escalation_that_is_held_or_over_is_not_late() -> None:
    over = alert(climbs=(Climb(WATCH, NOW - HOUR, taken=2),))

    assert wrong(climbing=[climbing(HOUR, held_since=NOW - 2 * HOUR), climbing(HOUR, waited=2 * HOUR), over]) == []


def test_somebody_holds_the_lease() -> None:
    assert wrong(led=False) == ["no scheduler holds the lease; start `budgetbot run`"]


@pytest.mark.parametrize(
    ("schema", "fix"), [("empty", "db upgrade"), ("behind", "db upgrade"), ("ahead", "install that one")]
)
def test_tables_of_another_version_are_all_that_is_said(schema: Standing, fix: str) -> None:
    (said,) = wrong(schema=schema, led=False)

    assert fix in said


def test_it_is_read_from_the_database(store: Store) -> None:
    later = notification("n2", created_at=NOW + MINUTE)
    up = climbing(HOUR)
    store.alerts.record([up, alert("b", state="resolved", climbs=up.climbs)], [notification(), later], NOW)
    store.ledger.walk_failed("openai", "costs", "HTTP 500", NOW)
    store.ledger.walk_failed("taken-out", "costs", "HTTP 500", NOW)
    before = vitals(store, frozenset(), NOW)
    store.leases.acquire(JOB, "here|1|1|abcd", MINUTE, lambda _: False)

    found = vitals(store, frozenset({"openai"}), NOW)

    assert [mark.source for mark in found.marks] == ["openai"]
    assert found.waiting == [Waiting("screen", 1, NOW)]
    assert found.climbing == [up]
    assert (before.schema, before.led, before.holder) == ("current", False, None)
    assert found.led
    assert found.holder is not None
    assert found.holder[0] == "here|1|1|abcd"


@pytest.mark.parametrize("off", [-400 * HOUR, 0 * HOUR, 400 * HOUR])
def test_whether_the_lease_is_held_is_judged_by_the_databases_clock_however_wrong_this_machines_is(
    store: Store, off: timedelta
) -> None:
    clock = Clock(NOW)
    store.leases = timed(store, clock)
    store.leases.acquire(JOB, "here|1|1|abcd", MINUTE, lambda _: False)

    clock.now = NOW + MINUTE - SECOND
    assert audit(vitals(store, frozenset(), clock() + off), clock() + off) == []

    clock.now = NOW + MINUTE
    assert audit(vitals(store, frozenset(), clock() + off), clock() + off) == [
        "no scheduler holds the lease; start `budgetbot run`"
    ]
