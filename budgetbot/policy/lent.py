"""A policy with what people allowed in chat beside what it says itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from budgetbot.core.allowance import Allowance, in_force
from budgetbot.core.grant import Grant
from budgetbot.core.match import Match
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import limit_of


def lent(policy: Policy, allowances: Sequence[Allowance]) -> Policy:
    """The policy with their grants and planned windows; those of rules that it does not have any more are left out.

    A raise whose lines were committed since counts once.
    """
    counted = {rule.name: limit_of(policy, rule) or rule for rule in policy.rules}
    found = ((name, getattr(rule, "match", None)) for name, rule in counted.items())
    matches = {name: match for name, match in found if isinstance(match, Match)}
    written = {_terms(grant) for grant in policy.grants}
    grants = [one.grant() for one in in_force(allowances, "grant") if one.rule in matches]
    grants = [grant for grant in grants if _terms(grant) not in written]
    windows = [one.planned(matches[one.rule]) for one in in_force(allowances, "planned") if one.rule in matches]
    if not grants and not windows:
        return policy
    return replace(policy, grants=(*policy.grants, *grants), planned=(*policy.planned, *windows))


def _terms(grant: Grant) -> tuple[str, int, datetime, datetime]:
    """What makes two raises one."""
    return grant.budget, grant.add, grant.since, grant.until
