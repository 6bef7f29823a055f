"""What a policy means, one line a rule: what `policies validate` prints when all is well."""

from __future__ import annotations

from collections.abc import Callable

from budgetbot.core.instant import length_text
from budgetbot.core.money import show
from budgetbot.core.period import Anchored, Between, Calendar, PeriodSpec, Rolling
from budgetbot.core.usage import count
from budgetbot.policy.build import BUILT_IN
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import grants_of
from budgetbot.policy.summary_unusual import unusual_meaning
from budgetbot.rules import Rule
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.budget import Budget
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.limit import Limit
from budgetbot.rules.usage_budget import UsageBudget


def validate_summary(policy: Policy) -> list[str]:
    """One line for every rule: its kind, its name and what it watches for."""
    return [f"{rule.kind} {rule.name}: {_meaning(policy, rule)}" for rule in policy.rules]


def _meaning(policy: Policy, rule: Rule) -> str:
    if isinstance(rule, Budget):
        currency = rule.amount.currency or policy.defaults.currency
        return _limit(rule, policy, lambda amount: show(amount, currency))
    if isinstance(rule, UsageBudget):
        metric = rule.metric
        return _limit(rule, policy, lambda amount: count(amount, metric))
    if isinstance(rule, Anomaly | BurnRate):
        return unusual_meaning(policy, rule)
    if isinstance(rule, BuiltIn):
        return f"{rule.watches}, {BUILT_IN}"
    if isinstance(rule, Freshness):
        whose = "any source" if rule.source == "*" else rule.source
        end = f", {BUILT_IN}" if policy.where.get(rule.name) == BUILT_IN else ""
        return f"{whose} that is quiet for {length_text(rule.stale_after)} ({rule.severity}){end}"
    return rule.description or "a rule"


def _limit(limit: Limit, policy: Policy, say: Callable[[int], str]) -> str:
    amount, overrides = limit.sizes()
    each = f" each {' and '.join(limit.each)}" if limit.each else ""
    levels = ", ".join(f"{t.level} ({t.severity})" for t in limit.thresholds)
    others = ", ".join(say(other) for _, other in overrides)
    more = f"; for some {others}" if others else ""
    more += f"; carries over up to {limit.rollover.max.text}" if limit.rollover else ""
    grants = len(grants_of(policy, limit))
    more += f"; {grants} {'grant' if grants == 1 else 'grants'}" if grants else ""
    return f"{say(amount)}{each}, {_period(limit.period)}, at {levels}{more}"


def _period(period: PeriodSpec) -> str:
    if isinstance(period, Calendar):
        return f"per {period.unit}"
    if isinstance(period, Rolling):
        return f"in any {length_text(period.length)}"
    if isinstance(period, Anchored):
        return f"per month from day {period.day}"
    assert isinstance(period, Between)  # noqa: S101
    return f"from {period.first} until {period.until}"
