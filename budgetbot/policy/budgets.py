"""Every budget as it stands: the JSON rows that commands, the API, digests and chat show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from budgetbot.core.history import History
from budgetbot.core.model import Alert, Json
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.rules.limit import Limit
from budgetbot.rules.status import BudgetStatus, numbers

_WORST = ("ok", "pending", "firing")
_FORECAST = ("expected", "low", "high", "p_overrun", "exhausted_at")


def budget_rows(policy: Policy, history: History, state: State, now: datetime) -> list[dict[str, Json]]:
    """Every budget and scope of the current period, in the order of the policy, the fullest scope first."""
    return [
        budget_row(rule, status, history, state.alerts, now)
        for rule, statuses in budget_statuses(policy, history, state, now)
        for status in statuses
    ]


def budget_statuses(
    policy: Policy, history: History, state: State, now: datetime
) -> Iterator[tuple[Limit, list[BudgetStatus]]]:
    """Every limit with its scopes, in the same order."""
    for rule in policy.rules:
        if isinstance(rule, Limit):
            statuses = rule.statuses(context(policy, rule, history, state, now), now)
            statuses.sort(key=lambda s: (-(s.total.spent / s.effective if s.effective else 0), s.scope.key))
            yield rule, statuses


def budget_row(
    rule: Limit, status: BudgetStatus, history: History, alerts: Sequence[Alert], now: datetime
) -> dict[str, Json]:
    """One of them, in the shape of the contract."""
    states = {
        alert.level: alert.state
        for alert in alerts
        if alert.rule == status.name
        and alert.kind != "policy"
        and alert.scope.key == status.scope.key
        and alert.state != "resolved"
        and (alert.end is None or alert.period == status.period.key)
    }
    levels: list[Json] = [
        {"level": t.level, "severity": t.severity.value, "state": states.get(t.level, "ok")} for t, _ in status.lines
    ]
    told = numbers(status, history, rule.figure, now)
    forecast = status.expected.told(status.effective, rule.figure) if status.expected else {}
    return {
        "name": status.name,
        "scope": dict(status.scope.names),
        "ids": dict(status.scope.ids),
        **rule.counted(status.currency),
        **told,
        "forecast": {name: forecast.get(name) for name in _FORECAST},
        "state": max((*states.values(), "ok"), key=_WORST.index),
        "levels": levels,
    }
