"""A raise that was made in chat, as the lines of a policy. Pure."""

from __future__ import annotations

from budgetbot.core.allowance import Allowance
from budgetbot.core.instant import iso
from budgetbot.policy.grant_lines import grant_lines


def yaml_lines(grant: Allowance) -> str:
    """The entry under `grants:`, with the amount and times exactly as they hold; empty for what is no raise."""
    if grant.kind != "grant":
        return ""
    return grant_lines(
        budget=grant.rule,
        amount=grant.amount,
        unit=grant.currency,
        since=iso(grant.since),
        until=iso(grant.end.replace(microsecond=0)),
        approved_by=grant.by,
        reason=grant.reason,
        scope=grant.of,
    )
