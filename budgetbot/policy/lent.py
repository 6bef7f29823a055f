"""A policy with what people allowed in chat beside what it says itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from budgetbot.core.allowance import Allowance, in_force
from budgetbot.core.match import Match
from budgetbot.policy.policy import Policy


def lent(policy: Policy, allowances: Sequence[Allowance]) -> Policy:
    """The policy with their grants and planned windows; those of rules that it does not have any more are left out."""
    matches = {rule.name: match for rule in policy.rules if isinstance(match := getattr(rule, "match", None), Match)}
    grants = [one.grant() for one in in_force(allowances, "grant") if one.rule in matches]
    windows = [one.planned(matches[one.rule]) for one in in_force(allowances, "planned") if one.rule in matches]
    if not grants and not windows:
        return policy
    return replace(policy, grants=(*policy.grants, *grants), planned=(*policy.planned, *windows))
