"""The answer "not an anomaly": the alert is over, and what it was about teaches nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from budgetbot.chat.acting.usual import answered
from budgetbot.core.model import Json, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.errors import UsageError
from budgetbot.notifiers.slack_buttons import alert_buttons
from tests.chat.office import ANA, Office, said
from tests.notifiers.samples import ALERT, notify
from tests.standins.spend import utc

NOW = utc("2026-11-20T11:10")
SCOPE = Scope((Part("api_key", "key_1", "openai", "ci"),))
EVIDENCE: dict[str, Json] = {
    "since": "2026-11-20T09:00:00Z",
    "bucket": {"start": "2026-11-20T11:00:00Z", "end": "2026-11-20T12:00:00Z"},
    "observed": "412.50",
    "currency": "USD",
}
ANOMALY = replace(ALERT, rule="runaway", kind="anomaly", scope=SCOPE, end=None, evidence=EVIDENCE, acknowledged_at=None)


def test_it_covers_what_was_unusual_until_the_end_of_its_bucket_and_ends_by_itself() -> None:
    one = answered(ANOMALY, "EUR", "Slack: ana (U1)", NOW)
    assert (one.kind, one.rule, one.of, one.standing) == ("planned", "runaway", SCOPE, "granted")
    assert (one.since, one.until) == (utc("2026-11-20T09:00"), utc("2026-11-20T12:00"))
    assert (one.amount, one.currency, one.reason) == (4125 * NANO, "USD", "not an anomaly")


def test_two_who_say_so_say_it_once() -> None:
    first, second = (
        answered(ANOMALY, "USD", by, NOW + wait) for by, wait in (("a", timedelta(0)), ("b", timedelta(9)))
    )
    assert first.id == second.id
    assert answered(replace(ANOMALY, id="other"), "USD", "a", NOW).id != first.id


def test_an_alert_without_numbers_is_answered_too() -> None:
    bare = answered(replace(ANOMALY, evidence={}), "USD", "a", NOW)
    assert (bare.since, bare.until) == (ANOMALY.active_since, max(NOW, ANOMALY.active_since))


@pytest.mark.parametrize(("kind", "there"), [("anomaly", True), ("new", True), ("burn_rate", True), ("budget", False)])
def test_the_button_is_where_spend_was_compared_with_the_usual(kind: str, there: bool) -> None:
    row = str(alert_buttons(notify(replace(ANOMALY, kind=kind))))  # type: ignore[arg-type]
    assert ("alert:usual" in row) is there


def test_of_a_budget_it_is_refused_and_nothing_is_kept(office: Office) -> None:
    outcome = office.click("usual", ANA)
    assert "compares spend with a limit" in said(outcome)
    assert office.store.allowances.all() == []


def test_the_alert_is_over_and_the_window_is_kept(office: Office) -> None:
    firing = office.alert("monthly")
    anomaly = replace(firing, id="a0a0a0", kind="anomaly", level="spike", end=None, evidence=EVIDENCE)
    office.store.alerts.record([anomaly], [], office.clock.now)

    outcome = office.actions.clicked("alert:usual", "a0a0a0", ANA)
    again = office.actions.clicked("alert:usual", "a0a0a0", ANA)

    assert outcome.changed
    assert "left out of what is usual" in said(outcome)
    assert "over" in said(again)
    after = office.store.alerts.get("a0a0a0")
    assert (after.state, after.reason) == ("resolved", "manual")
    (window,) = office.store.allowances.all()
    assert (window.kind, window.reason) == ("planned", "not an anomaly")
    with pytest.raises(UsageError):
        office.store.alerts.resolve("a0a0a0", "b", office.clock.now)
