"""A policy with what people allowed in chat beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from budgetbot.core.allowance import Allowance
from budgetbot.core.model import Scope
from budgetbot.policy.lent import lent
from budgetbot.policy.policy import Policy
from tests.standins.budgets import budget
from tests.standins.spend import utc

NOW = utc("2026-11-20T09:00")
DAY = timedelta(days=1)
RAISE = Allowance("r1", "grant", "b", Scope(), 500, "USD", NOW, NOW + DAY, "launch", "Slack: a (U1)", NOW)
POLICY = Policy(rules=(budget(),))


def test_a_raise_made_in_chat_is_a_grant_of_the_policy() -> None:
    (grant,) = lent(POLICY, [RAISE]).grants
    assert (grant.budget, grant.add, grant.since, grant.until) == ("b", 500, NOW, NOW + DAY)
    assert (grant.approved_by, grant.reason) == ("Slack: a (U1)", "launch")


def test_once_its_lines_are_committed_it_counts_once() -> None:
    committed = replace(POLICY, grants=(RAISE.grant(),))
    assert lent(committed, [RAISE]) == committed
    assert len(lent(committed, [RAISE, replace(RAISE, id="r2", amount=600)]).grants) == 2


def test_what_waits_was_refused_or_is_of_another_policys_rule_changes_nothing() -> None:
    others = [replace(RAISE, standing="asked"), replace(RAISE, standing="refused"), replace(RAISE, rule="gone")]
    assert lent(POLICY, others) is POLICY


def test_planned_spend_is_that_of_the_rule() -> None:
    (window,) = lent(POLICY, [replace(RAISE, kind="planned")]).planned
    assert (window.up_to, window.currency, window.since, window.until) == (500, "USD", NOW, NOW + DAY)
