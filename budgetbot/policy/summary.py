"""What a policy means, one line a rule: what `policies validate` prints when all is well."""

from __future__ import annotations

from budgetbot.core.instant import length_text
from budgetbot.core.money import show
from budgetbot.core.period import Anchored, Between, Calendar, PeriodSpec, Rolling
from budgetbot.core.usage import count
from budgetbot.policy.build import BUILT_IN
from budgetbot.policy.policy import Policy
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.unpriced import UnpricedUsage
from budgetbot.rules.usage_budget import UsageBudget


def validate_summary(policy: Policy) -> list[str]:
    """One line for every rule: its kind, its name and what it watches for."""
    return [f"{rule.kind} {rule.name}: {_meaning(policy, rule)}" for rule in policy.rules]


def _meaning(policy: Policy, rule: Rule) -> str:
    if isinstance(rule, Budget):
        return _budget(rule, policy.defaults.currency)
    if isinstance(rule, UsageBudget):
        return _usage_budget(rule)
    if isinstance(rule, UnpricedUsage):
        return f"any model without a price (warning), {BUILT_IN}"
    if isinstance(rule, Freshness):
        whose = "any source" if rule.source == "*" else rule.source
        end = f", {BUILT_IN}" if policy.where.get(rule.name) == BUILT_IN else ""
        return f"{whose} that is quiet for {length_text(rule.stale_after)} ({rule.severity}){end}"
    return rule.description or "a rule"


def _budget(budget: Budget, default: str) -> str:
    currency = budget.amount.currency or default
    each = f" each {' and '.join(budget.each)}" if budget.each else ""
    levels = ", ".join(f"{t.at.text} ({t.severity})" for t in budget.thresholds)
    others = ", ".join(show(o.amount.nano, o.amount.currency or default) for o in budget.overrides)
    more = f"; for some {others}" if others else ""
    return f"{show(budget.amount.nano, currency)}{each}, {_period(budget.period)}, at {levels}{more}"


def _usage_budget(budget: UsageBudget) -> str:
    each = f" each {' and '.join(budget.each)}" if budget.each else ""
    levels = ", ".join(f"{t.at.text} ({t.severity})" for t in budget.thresholds)
    others = ", ".join(count(o.amount, budget.metric) for o in budget.overrides)
    more = f"; for some {others}" if others else ""
    return f"{count(budget.amount, budget.metric)}{each}, {_period(budget.period)}, at {levels}{more}"


def _period(period: PeriodSpec) -> str:
    if isinstance(period, Calendar):
        return f"per {period.unit}"
    if isinstance(period, Rolling):
        return f"in any {length_text(period.length)}"
    if isinstance(period, Anchored):
        return f"per month from day {period.day}"
    assert isinstance(period, Between)  # noqa: S101
    return f"from {period.first} until {period.until}"
