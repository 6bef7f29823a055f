"""What the rules for unusual spend mean, in words."""

from __future__ import annotations

from budgetbot.core.unit import limit
from budgetbot.policy.policy import Policy
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.fields import Amount


def unusual_meaning(policy: Policy, rule: Anomaly | BurnRate) -> str:
    """One line: "each api_key by the hour, $25 beyond the usual, medium sensitivity (warning)"."""
    least = _least(policy, rule.min_impact)
    if isinstance(rule, Anomaly):
        who = f"each {' and '.join(rule.each)}" if rule.each else "all of it together"
        if rule.sort:
            return f"{who} that is new, from {least} on ({rule.severity})"
        return f"{who} by the {rule.bucket}, {least} beyond the usual, {rule.sensitivity} sensitivity ({rule.severity})"
    pace = f"the even pace of {rule.budget}" if rule.of == "budget" else "the usual of the same hours"
    each = f" each {' and '.join(rule.each)}" if rule.each else ""
    beyond = f", at least {least} beyond it" if least else ""
    return f"{rule.level}{each}, of {pace}{beyond} ({rule.severity})"


def _least(policy: Policy, amount: Amount | None) -> str:
    return limit(amount.nano, amount.currency or policy.defaults.currency) if amount is not None else ""
