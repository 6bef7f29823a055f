"""Budgets written as people write them, and what they say of a history."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from budgetbot.core.history import History
from budgetbot.core.model import Alert, Finding, Scope, Severity
from budgetbot.rules.budget import Budget
from budgetbot.rules.rule import Context
from tests.standins.spend import utc

NOW = utc("2026-11-20T09:00")
LONG_AGO = utc("2026-01-01")


def budget(**fields: Any) -> Budget:
    """A monthly budget of $1,000 with a level at 80 %, or with other fields."""
    return Budget.model_validate(
        {
            "name": "b",
            "amount": 1000,
            "period": "month",
            "thresholds": [{"at": "80%", "severity": "warning"}],
        }
        | fields
    )


def levels(*at: str) -> list[dict[str, str]]:
    """Thresholds that all are warnings."""
    return [{"at": level, "severity": "warning"} for level in at]


def context(known: History, *, zone: str = "UTC", since: datetime = LONG_AGO, **more: Any) -> Context:
    """What the rule may look at."""
    return Context(known, ZoneInfo(zone), "USD", since, **more)


def found(rule: Budget, known: History, now: datetime = NOW, **more: Any) -> list[Finding]:
    """What the rule says of every level of all periods, and of what it cannot convert."""
    given = context(known, **more)
    said = rule.evaluate(given, now)
    return [*rule.every_level(given, now), *(finding for finding in said if finding.kind == "policy")]


def current(rule: Budget, known: History, now: datetime = NOW, **more: Any) -> list[Finding]:
    """What it says of the current period."""
    return [finding for finding in found(rule, known, now, **more) if not finding.late]


def named(findings: list[Finding]) -> dict[str | None, bool]:
    """The name of the first part of a scope to whether its level is reached."""
    return {next(iter(f.scope.names.values()), ""): f.active for f in findings}


def open_alert(scope: Scope = Scope(), level: str = "80%") -> Alert:  # noqa: B008
    """A firing alert of that budget."""
    return Alert("a", "b", "budget", Severity.WARNING, scope, level, 0, 0, "2026-11", 1, "firing", NOW)
