"""The shelf of rules: one kind a file, its YAML fields and its pure evaluate(); the key is its section."""

from __future__ import annotations

from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.budget import Budget
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import Context, Rule
from budgetbot.rules.usage_budget import UsageBudget

RULES: dict[str, type[Rule]] = {
    "budgets": Budget,
    "usage_budgets": UsageBudget,
    "anomalies": Anomaly,
    "burn_rates": BurnRate,
    "freshness": Freshness,
}

__all__ = ["RULES", "Context", "Rule"]
