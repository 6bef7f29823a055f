"""Clicks and submitted modals: who may, what is known no more, and what is wrong with what was filled in."""

from __future__ import annotations

import pytest

from tests.chat.office import ANA, DAN, DECEMBER, POLICY, Office, filled, said
from tests.chat.view_rules import words


@pytest.mark.parametrize("action", ["acknowledge", "snooze", "planned", "not_mine", "raise"])
def test_who_may_not_is_told_why_and_nothing_is_done(office: Office, action: str) -> None:
    outcome = office.click(action, DAN)

    field = "access.raise.who" if action == "raise" else "access.acknowledge"
    assert field in said(outcome)
    assert office.parts.policy.places["access:0"] in said(outcome)
    assert "U0DAN" in said(outcome)
    assert not outcome.changed
    assert office.deeds() == []


@pytest.mark.parametrize("modal", ["snooze", "planned", "raise"])
def test_a_submitted_modal_of_who_may_not_does_nothing(office: Office, modal: str) -> None:
    state = filled("10", DECEMBER, length="1h")
    outcome = office.actions.submitted(modal, office.alert("monthly").id, state, DAN)
    assert "Only" in words(outcome.view)
    assert not outcome.changed
    assert office.deeds() == []
    assert office.store.allowances.all() == []


def test_nobody_may_raise_where_the_policy_does_not_say_who(open_office: Office) -> None:
    told = said(open_office.click("raise", ANA))
    assert "access: {raise: {who: [U0LEAD, S0LEADS]}}" in told
    open_office.write(POLICY + "access: {raise: {who: [U0ANA]}}\n")
    assert open_office.click("raise", ANA).view is not None


def test_everybody_sees_the_details(office: Office) -> None:
    told = words(office.click("details", DAN).view)
    for part in ("policy.yaml:4", "api key ci &lt;!channel&gt; &amp;", "ml", "spent: $80.00", "policy "):
        assert part in told
    assert "points" not in told


@pytest.mark.parametrize("id", ["", "c1", "%", "x' OR 1=1", "a" * 5000, "no-such-alert"])
@pytest.mark.parametrize("action", ["acknowledge", "snooze", "planned", "raise", "details", "not_mine"])
def test_an_id_that_is_none_finds_nothing(open_office: Office, action: str, id: str) -> None:
    open_office.write(POLICY + "access: {raise: {who: everyone}}\n")
    assert "not known" in said(open_office.actions.clicked(f"alert:{action}", id, ANA))


@pytest.mark.parametrize("part", [11, 4, 1])
def test_the_beginning_of_an_id_is_no_id(open_office: Office, part: int) -> None:
    id = open_office.alert("monthly").id[:part]
    assert "not known" in said(open_office.actions.clicked("alert:acknowledge", id, ANA))
    assert not open_office.alert("monthly").acknowledged_by


@pytest.mark.parametrize("action", ["allowance:approve", "allowance:refuse", "allowance:end"])
@pytest.mark.parametrize("id", ["", "r1", "\x00", "é" * 3000])
def test_the_same_holds_for_what_was_allowed(open_office: Office, action: str, id: str) -> None:
    open_office.write(POLICY + "access: {raise: {who: everyone}}\n")
    assert "not known" in said(open_office.actions.clicked(action, id, ANA))


def test_a_button_that_nobody_knows_does_nothing(open_office: Office) -> None:
    assert "nothing was done" in said(open_office.actions.clicked("alert:delete", "x", ANA))
    assert "nothing was done" in words(open_office.actions.submitted("delete", "x", {}, ANA).view)


@pytest.mark.parametrize("action", ["acknowledge", "snooze", "planned", "raise", "not_mine"])
def test_an_old_message_is_answered_calmly(office: Office, action: str) -> None:
    office.store.alerts.resolve(office.alert("monthly").id, "me", office.clock())
    assert "over already, since 2026-11-04 12:01 UTC (manual)" in said(office.click(action, ANA))


def test_a_modal_that_was_open_while_the_alert_ended_is_told_so(office: Office) -> None:
    office.store.alerts.resolve(office.alert("monthly").id, "me", office.clock())
    for modal in ("snooze", "planned", "raise"):
        outcome = office.actions.submitted(modal, office.alert("monthly").id, filled("1", DECEMBER, length="1h"), ANA)
        assert "over already" in words(outcome.view)
    assert office.store.allowances.all() == []


@pytest.mark.parametrize(
    ("rule", "amount", "fix"),
    [
        ("monthly", "1,000", "write 1000"),
        ("monthly", "1.000,50", "not an amount of money"),
        ("monthly", "-5", "not above zero"),
        ("monthly", "0", "not above zero"),
        ("monthly", "1e9", "not an amount of money"),
        ("monthly", "99999999999", "at most 900000000"),
        ("monthly", "5 EUR", "write the amount in that, such as 500 USD"),
        ("monthly", "€5", "counted in USD"),
        ("monthly", None, "not an amount of money"),
        ("images", "2.5", "a whole number above zero"),
        ("images", "1,000", "write 1000"),
        ("images", "$5", "not a count"),
    ],
)
def test_an_amount_that_is_none_says_what_to_write(office: Office, rule: str, amount: str | None, fix: str) -> None:
    outcome = office.actions.submitted("raise", office.alert(rule).id, filled(amount, DECEMBER), ANA)
    assert fix in outcome.errors["amount"]
    assert list(outcome.errors) == ["amount"]
    assert office.store.allowances.all() == []


def test_all_that_is_wrong_is_said_at_once(office: Office) -> None:
    outcome = office.actions.submitted("raise", office.alert("monthly").id, {"until": {"x": "y"}, "reason": []}, ANA)
    assert set(outcome.errors) == {"amount", "until", "reason"}
