"""Raises and planned spend made in chat, from the click to the next turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.chat.office import ACCESS, ANA, BEN, CLEO, DAN, DECEMBER, HOUR, MINUTE, POLICY, Office, at_once, filled, said
from tests.chat.view_rules import check_view, words


def test_a_raise_resolves_the_alert_at_the_next_turn_and_shows_wherever_budgets_do(any_office: Office) -> None:
    office = any_office
    assert "Above $500 a second person has to approve it." in words(office.click("raise", ANA).view)

    outcome = office.lift("100.50")

    assert outcome.changed
    told = words(outcome.view)
    assert "monthly is raised by $100.50 until 2026-12-01 00:00 UTC." in told
    assert 'add: "100.50 USD"' in told
    assert office.budget("monthly")["effective_amount"] == "200.50"
    assert "grant on monthly until 2026-12-01 00:00 UTC, approved by Slack: ana (U0ANA)" in office.spend_explained()
    office.turn(MINUTE)
    assert (office.alert("monthly").state, office.alert("monthly").reason) == ("resolved", "limit_changed")
    assert "raised by $100.50, by Slack: ana (U0ANA)" in words(office.click("details", DAN).view)


def test_the_same_raise_submitted_again_or_twice_at_once_is_one(office: Office) -> None:
    both = at_once(lambda: office.lift("10"), lambda: office.lift("10.00"))
    assert sorted(outcome.changed for outcome in both) == [False, True]

    office.clock.now += HOUR
    third = office.lift("10")

    assert "is raised already by $10.00" in words(third.view)
    assert 'add: "10.00 USD"' in words(third.view)
    assert len(office.store.allowances.all()) == 1
    assert office.deeds() == ["grant_granted"]


def test_a_raise_that_was_ended_early_stops_and_may_be_made_anew(office: Office) -> None:
    office.lift("100")
    office.turn()
    (grant,) = office.store.allowances.all()

    ended = office.actions.clicked("allowance:end", grant.id, BEN)
    again = office.actions.clicked("allowance:end", grant.id, ANA)

    assert ended.changed
    assert said(ended) == "It is over now."
    assert not again.changed
    assert "over already: since" in said(again)
    office.clock.now += HOUR
    office.turn()
    assert office.alert("monthly").state == "firing"
    assert office.alert("monthly").episode == 2
    assert office.lift("100").changed
    assert len(office.store.allowances.all()) == 2


def test_a_raise_is_of_the_scope_of_its_alert(office: Office) -> None:
    office.lift("40", rule="per-key")
    assert office.budget("per-key")["effective_amount"] == "140.00"
    assert office.store.allowances.all()[0].of == office.alert("per-key").scope


def test_what_is_counted_is_raised_in_whole_counts_and_a_second_person_agrees(office: Office) -> None:
    office.lift("5", rule="images")

    (asked,) = office.store.allowances.all()
    assert (asked.standing, asked.amount, asked.currency) == ("asked", 5, "images")
    assert office.budget("images")["effective_amount"] == "10"
    assert "raised by 5 images until" in said(office.actions.clicked("allowance:approve", asked.id, BEN))
    assert office.budget("images")["effective_amount"] == "15"


def test_above_the_amount_of_the_policy_a_second_person_decides(office: Office) -> None:
    outcome = office.lift("500.01")

    assert "a second person has to approve it" in words(outcome.view)
    assert "add:" not in words(outcome.view)
    (asked,) = office.store.allowances.all()
    assert asked.standing == "asked"
    assert office.budget("monthly")["effective_amount"] == "100.00"
    renamed = replace(ANA, name="somebody else")
    assert "a second person" in said(office.actions.clicked("allowance:approve", asked.id, renamed))
    assert "Only S0LEADS" in said(office.actions.clicked("allowance:approve", asked.id, CLEO))

    approved = office.actions.clicked("allowance:approve", asked.id, BEN)

    assert approved.changed
    assert "raised by $500.01" in said(approved)
    assert 'add: "500.01 USD"' in said(approved)
    assert office.budget("monthly")["effective_amount"] == "600.01"
    assert "You have decided on it already: granted." in said(office.actions.clicked("allowance:refuse", asked.id, BEN))
    office.turn()
    assert office.alert("monthly").reason == "limit_changed"


def test_exactly_the_amount_needs_nobody_else_but_parts_of_a_larger_sum_do(office: Office) -> None:
    office.lift("500")
    office.lift("0.01")
    office.lift("499", BEN)
    assert sorted(one.standing for one in office.store.allowances.all()) == ["asked", "granted", "granted"]


def test_a_raise_that_is_over_is_no_part_of_the_sum(office: Office) -> None:
    office.lift("500")
    (first,) = office.store.allowances.all()
    office.actions.clicked("allowance:end", first.id, ANA)
    office.clock.now += HOUR
    office.lift("400")
    assert [one.standing for one in office.store.allowances.all()] == ["granted", "granted"]


def test_a_raise_begins_at_a_whole_second_as_a_policy_writes_it(office: Office) -> None:
    office.clock.now += timedelta(microseconds=123_456)
    office.lift("10")
    (grant,) = office.store.allowances.all()
    assert grant.since == office.clock.now.replace(microsecond=0)


@pytest.mark.parametrize(
    ("amount", "rates", "standing"),
    [
        ("250", "{from: EUR, to: USD, rate: 2, since: 2026-01-01}", "granted"),
        ("250.01", "{from: EUR, to: USD, rate: 2, since: 2026-01-01}", "asked"),
        ("1", "", "asked"),
    ],
)
def test_another_currency_is_compared_at_its_rate_and_without_one_needs_a_second_person(
    office: Office, amount: str, rates: str, standing: str
) -> None:
    office.write(f"{POLICY.replace('amount: 500', 'amount: 500 EUR')}fx: [{rates}]\n{ACCESS}")
    office.lift(amount, rule="foreseen")
    (raised,) = office.store.allowances.all()
    assert (raised.standing, raised.currency) == (standing, "EUR")


def test_two_who_decide_at_once_are_one_and_one_who_is_told(any_office: Office) -> None:
    office = any_office
    office.members.groups = {"S0LEADS": ["U0ANA", "U0BEN", "U0CLEO"]}
    office.lift("900")
    (asked,) = office.store.allowances.all()

    outcomes = at_once(
        lambda: office.actions.clicked("allowance:approve", asked.id, BEN),
        lambda: office.actions.clicked("allowance:refuse", asked.id, CLEO),
    )

    assert sorted(outcome.changed for outcome in outcomes) == [False, True]
    late = next(outcome for outcome in outcomes if not outcome.changed)
    (decided,) = office.store.allowances.all()
    assert decided.by in said(late)
    assert decided.standing in said(late)
    assert office.deeds() == ["grant_asked", f"grant_{decided.standing}"]


def test_what_was_refused_changes_nothing_and_may_be_asked_for_again(office: Office) -> None:
    office.lift("900")
    (asked,) = office.store.allowances.all()
    assert said(office.actions.clicked("allowance:refuse", asked.id, BEN)) == "You have refused it."
    assert office.budget("monthly")["effective_amount"] == "100.00"
    assert "Slack: ben (U0BEN) has decided on it already: refused." in said(
        office.actions.clicked("allowance:end", asked.id, ANA)
    )
    assert office.lift("900").changed
    assert len(office.store.allowances.all()) == 2


def test_who_asked_may_withdraw_and_then_nobody_can_approve(office: Office) -> None:
    office.lift("900")
    (asked,) = office.store.allowances.all()
    assert said(office.actions.clicked("allowance:end", asked.id, ANA)) == "It is withdrawn."
    assert said(office.actions.clicked("allowance:approve", asked.id, BEN)) == "It has been withdrawn."
    assert office.budget("monthly")["effective_amount"] == "100.00"


def test_a_raise_of_a_budget_that_the_policy_has_no_more_is_not_approved(office: Office) -> None:
    office.lift("900")
    (asked,) = office.store.allowances.all()
    office.write((POLICY + ACCESS).replace("name: monthly", "name: another").replace("rule: monthly", "rule: another"))
    assert "no budget monthly any more" in said(office.actions.clicked("allowance:approve", asked.id, BEN))
    assert "nothing to raise" in said(office.click("raise", ANA))


def test_planned_spend_silences_forecasts_until_it_ends_and_budgets_not(open_office: Office) -> None:
    office = open_office
    office.write(POLICY.replace("name: foreseen", "name: later"))
    view = office.click("planned", ANA).view
    assert view is not None
    assert "private_metadata" in view
    check_view(view)

    outcome = office.actions.submitted("planned", office.alert("monthly").id, filled("1000", DECEMBER), ANA)

    assert outcome.changed
    assert "Up to $1,000.00 of monthly is planned" in words(outcome.view)
    office.turn()
    assert not [alert for alert in office.store.alerts.all() if alert.rule == "later"]
    assert office.alert("monthly").state == "firing"

    (window,) = office.store.allowances.all()
    assert window.kind == "planned"
    assert window.reason == "launch"
    assert window.until == DECEMBER
    assert f"planned chat {window.id} until 2026-12-01 00:00 UTC: launch" in office.spend_explained()
    assert "up to $1,000.00 of monthly planned" in words(office.click("details", DAN).view)
    assert "Only Slack: ana (U0ANA)" in said(office.actions.clicked("allowance:end", window.id, DAN))
    assert office.actions.clicked("allowance:end", window.id, ANA).changed
    office.turn()
    assert office.alert("later").state == "firing"
    assert office.store.allowances.get(window.id).ended_at is not None


def test_planned_spend_is_money_also_where_a_budget_counts_something_else(open_office: Office) -> None:
    outcome = open_office.actions.submitted("planned", open_office.alert("images").id, filled("5", DECEMBER), ANA)
    assert "Up to $5.00 of images is planned" in words(outcome.view)


def test_a_hostile_reason_is_one_line_of_at_most_500_characters_everywhere(office: Office) -> None:
    reason = "<!channel> ``` </x> \n\u202e& " + "&" * 2000
    outcome = office.actions.submitted("raise", office.alert("monthly").id, filled("1", DECEMBER, reason), ANA)

    (grant,) = office.store.allowances.all()
    assert len(grant.reason) == 500
    assert "`" not in grant.reason
    assert "\n" not in grant.reason
    assert "&lt;!channel&gt;" in words(outcome.view)
    check_view(office.click("details", ANA).view or {})


def test_an_alert_that_is_not_about_spend_can_be_neither_raised_nor_planned(office: Office) -> None:
    alert = replace(office.alert("monthly"), id="f" * 12, kind="policy", level="unconverted GBP")
    office.store.alerts.record([alert], [], office.clock())
    assert "nothing to raise" in said(office.actions.clicked("alert:raise", alert.id, ANA))
    assert "nothing to plan" in said(office.actions.clicked("alert:planned", alert.id, ANA))


def test_two_processes_that_take_the_same_raise_at_once_keep_it_once(any_office: Office, tmp_path: Path) -> None:
    others = [Office(any_office.store, tmp_path, ACCESS) for _ in range(2)]
    for number, other in enumerate(others):
        other.clock.now += timedelta(microseconds=number)

    outcomes = at_once(*(partial(other.lift, "10") for other in others))

    assert sorted(outcome.changed for outcome in outcomes) == [False, True]
    assert len(any_office.store.allowances.all()) == 1
