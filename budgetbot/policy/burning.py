"""Checks that burn rates are of budgets that there are, in their currency, and look at less than a period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from budgetbot.core.instant import length_text
from budgetbot.core.period import Between, Calendar, PeriodSpec, Rolling
from budgetbot.policy.draft import Draft, Entry
from budgetbot.policy.mistakes import Mistake, unknown
from budgetbot.rules.budget import Budget
from budgetbot.rules.burn_rate import BurnRate

_SHORTEST = {"hour": 1, "day": 24, "week": 168, "month": 672, "quarter": 2160, "year": 8760}


def check_burn_rates(draft: Draft, currency: str) -> Iterator[Mistake]:
    """The budget of each is one of money, and every window is shorter than its period."""
    budgets = {entry.name: entry for entry in draft.of("budgets") if entry.name is not None}
    for entry in draft.of("burn_rates"):
        rate = entry.model
        if not isinstance(rate, BurnRate) or rate.budget is None:
            continue
        found = budgets.get(rate.budget)
        if found is not None and isinstance(found.model, Budget):
            yield from _fits(entry, rate, found.model, currency)
        elif found is None and not {"budgets", "usage_budgets"} & draft.unsure:
            yield entry.mistake(("budget",), _unknown(rate.budget, set(budgets), draft.names("usage_budgets")))


def _unknown(name: str, known: set[str], counted: set[str]) -> str:
    if name in counted:
        return f"`{name}` counts use, and a burn rate looks at money; name a budget of money"
    hint = f"write one of {', '.join(sorted(known)[:20])}" if known else "declare it under budgets"
    return unknown("budget", name, known, hint)


def _fits(entry: Entry, rate: BurnRate, budget: Budget, default: str) -> Iterator[Mistake]:
    length, own = _length(budget.period), budget.amount.currency or default
    for i, window in enumerate(rate.windows):
        if window.over >= length:
            words = f"{length_text(window.over)} is no part of a period of {budget.name}; write a shorter time"
            yield entry.mistake(("all", i, "over"), words)
    if rate.min_impact is not None and (rate.min_impact.currency or own) != own:
        yield entry.mistake(("min_impact",), f"not in the budget's currency, {own}; write it in {own}")


def _length(period: PeriodSpec) -> timedelta:
    """The least that a period may last."""
    if isinstance(period, Rolling):
        return period.length
    if isinstance(period, Between):
        return period.until - period.first
    return timedelta(hours=_SHORTEST[period.unit] if isinstance(period, Calendar) else 672)
