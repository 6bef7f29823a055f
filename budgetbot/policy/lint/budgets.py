"""Budgets beside each other: two that count the same, children larger than their parent, how much `each` comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from budgetbot.core.instant import length_text
from budgetbot.core.period import Anchored, Calendar, PeriodSpec, Rolling
from budgetbot.core.unit import Unit
from budgetbot.policy.lint.remark import Remark
from budgetbot.policy.lint.survey import Survey
from budgetbot.policy.step import State, context
from budgetbot.rules.limit import Limit
from budgetbot.rules.usage_budget import UsageBudget


class Counted(NamedTuple):
    """One budget as it stands: what it counts (series by index), and the amounts of its scopes added up."""

    rule: Limit
    unit: Unit
    series: frozenset[int]
    scopes: int
    amount: int

    @property
    def shown(self) -> str:
        """Its amount, for people."""
        return self.unit.limit(self.amount)


def check_budgets(survey: Survey) -> Iterator[Remark]:
    """All that is to be said of them, in the order of the policy."""
    found = [_counted(survey, rule) for rule in survey.rules if isinstance(rule, Limit)]
    for one in found:
        if one.rule.each and one.scopes:
            yield _each(survey, one)
    for first, second in combinations(found, 2):
        if _comparable(first, second) and first.series == second.series and first.rule.each == second.rule.each:
            words = f"counts the same spend in the same period as {first.rule.name}; put all levels into one of them"
            yield survey.of_rule("same-spend", "warning", second.rule, words)
    for parent in found:
        if not parent.rule.each:
            yield from _family(survey, parent, found)


def _counted(survey: Survey, rule: Limit) -> Counted:
    known = context(survey.policy, rule, survey.history, State(), survey.now)
    old = {key for key, series in survey.members(rule).items() if series.isdisjoint(survey.seen)}
    statuses = [status for status in rule.statuses(known, survey.now) if not (rule.each and status.scope.key in old)]
    uses = isinstance(rule, UsageBudget)
    amount = sum(status.effective for status in statuses) * (10**9 if uses else 1)
    return Counted(rule, Unit(rule.unit(known), uses), survey.counted(rule), len(statuses), amount)


def _comparable(one: Counted, other: Counted) -> bool:
    return bool(one.series) and one.rule.period == other.rule.period and one.unit == other.unit


def _each(survey: Survey, one: Counted) -> Remark:
    number = f"{one.scopes} {' and '.join(one.rule.each)}{'' if one.scopes == 1 else 's'}"
    words = f"x {number} since {survey.begins} = {one.shown} {_a(one.rule.period)}"
    return survey.of_rule("each", "note", one.rule, words)


def _a(period: PeriodSpec) -> str:
    if isinstance(period, Calendar):
        return f"{'an' if period.unit == 'hour' else 'a'} {period.unit}"
    if isinstance(period, Rolling):
        return f"in any {length_text(period.length)}"
    return "a month" if isinstance(period, Anchored) else f"from {period.first} until {period.until}"


def _family(survey: Survey, parent: Counted, found: Sequence[Counted]) -> Iterator[Remark]:
    children = [one for one in found if _comparable(one, parent) and one.series < parent.series]
    name, most = parent.rule.name, parent.shown
    for child in children:
        if child.amount > parent.amount and child.rule.each:
            words = (
                f"{child.scopes} scopes may spend {child.shown} together, more than the {most} of {name} around them"
            )
            yield survey.of_rule("larger-than-parent", "note", child.rule, words)
        elif child.amount > parent.amount:
            words = f"{child.shown} is more than the {most} of {name}, which counts it too; lower it, or raise {name}"
            yield survey.of_rule("larger-than-parent", "warning", child.rule, words)
    apart = _apart([child for child in children if not child.rule.each and child.amount <= parent.amount])
    total = sum(child.amount for child in apart)
    if total > parent.amount:
        names = ", ".join(child.rule.name for child in apart)
        words = f"{names} may spend {parent.unit.limit(total)} together, more than its {most}"
        yield survey.of_rule("children-exceed-parent", "note", parent.rule, words)


def _apart(children: Sequence[Counted]) -> list[Counted]:
    """Children of which no two count the same spend, the larger ones first chosen, in the order of the policy."""
    chosen: list[Counted] = []
    for child in sorted(children, key=lambda one: -one.amount):
        if all(child.series.isdisjoint(other.series) for other in chosen):
            chosen.append(child)
    return [child for child in children if child in chosen]
