"""Who may do what in chat, and what those are told who may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.chat.acting.access import Right, may_see_users, same_person, why_not
from budgetbot.chat.who import Who
from budgetbot.policy.policy import Access, Policy
from tests.chat.office import ANA, BEN, CLEO, DAN, Groups

MEMBERS = Groups({"S0LEADS": ["U0ANA", "U0BEN"], "S0OPS": ["U0CLEO"]})


def policy(**access: object) -> Policy:
    return Policy(access=Access(**access), places={"access:0": "budgets/access.yaml:7"})  # type: ignore[arg-type]


def may(right: Right, who: Who, **access: object) -> bool:
    return why_not(policy(**access), right, who, MEMBERS) is None


def test_everybody_may_acknowledge_and_nobody_raise_until_the_policy_says_otherwise() -> None:
    assert may("acknowledge", DAN)
    assert not may("raise", ANA)


@pytest.mark.parametrize("right", ["acknowledge", "raise"])
def test_users_and_members_of_groups_may(right: Right) -> None:
    field = {"acknowledge": "acknowledge", "raise": "raise_limit"}[right]
    allowed = [who.id for who in (ANA, BEN, CLEO, DAN) if may(right, who, **{field: ("S0LEADS", "U0DAN")})]
    assert allowed == ["U0ANA", "U0BEN", "U0DAN"]


def test_a_right_is_no_other_right() -> None:
    assert not may("raise", ANA, acknowledge=("everyone",))
    assert not may("acknowledge", ANA, acknowledge=(), raise_limit=("everyone",))


def test_who_may_not_is_told_who_may_and_where_that_is_written() -> None:
    told = why_not(policy(acknowledge=("S0OPS", "U0ANA")), "acknowledge", DAN, MEMBERS)
    assert told == (
        "Only S0OPS, U0ANA may do this, by access.acknowledge in budgets/access.yaml:7; you are U0DAN. Ask one of them."
    )


def test_a_long_list_is_cut() -> None:
    told = why_not(policy(raise_limit=tuple(f"U0{i}" for i in range(20))), "raise", DAN, MEMBERS) or ""
    assert "U07 and 12 more may do this, by access.raise.who" in told


def test_the_lines_that_are_missing_are_named() -> None:
    line = "raise: {who: [U0LEAD, S0LEADS]}"
    told = "Nobody may raise a budget in chat: the policy does not say who."
    assert why_not(policy(), "raise", ANA, MEMBERS) == f"{told} Add under access (budgets/access.yaml:7): {line}"
    assert why_not(Policy(), "raise", ANA, MEMBERS) == f"{told} Add to it: access: {{{line}}}"


def test_spend_by_user_is_for_those_the_policy_names() -> None:
    assert may_see_users(policy(), DAN, MEMBERS)
    finance = policy(spend_by_user=("S0OPS",))
    assert may_see_users(finance, CLEO, MEMBERS)
    assert not may_see_users(finance, ANA, MEMBERS)


def test_a_person_is_known_by_the_id_and_not_by_the_name() -> None:
    assert same_person(ANA.by, replace(ANA, name="renamed"))
    assert same_person(ANA.by, replace(ANA, name=""))
    assert same_person(Who("U0ANA").by, ANA)
    assert not same_person(ANA.by, replace(BEN, name="ana"))
    assert not same_person(Who("U0BEN", "x (U0ANA)").by, ANA)
    assert not same_person("U0ANA", ANA)
    assert not same_person("PagerDuty: x (U0ANA)", ANA)
