"""The shelf of rules: one kind a file, its YAML fields and its pure evaluate(); the key is its section."""

from __future__ import annotations

from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import Context, Rule
from budgetbot.rules.usage_budget import UsageBudget

RULES: dict[str, type[Rule]] = {
    "budgets": Budget,
    "usage_budgets": UsageBudget,
    "freshness": Freshness,
}

__all__ = ["RULES", "Context", "Rule"]
