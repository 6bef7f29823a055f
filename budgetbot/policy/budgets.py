"""Every budget as it stands: the JSON rows that commands, the API, digests and chat show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from budgetbot.core.history import History
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Alert, Json
from budgetbot.core.money import plain
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.rules.budget import Budget, BudgetStatus, fraction

_WORST = ("ok", "pending", "firing")
_UNKNOWN_FORECAST: dict[str, Json] = dict.fromkeys(("expected", "low", "high", "p_overrun", "exhausted_at"))


def budget_rows(policy: Policy, history: History, state: State, now: datetime) -> list[dict[str, Json]]:
    """Every budget and scope of the current period, in the order of the policy, the fullest scope first."""
    rows: list[dict[str, Json]] = []
    for rule in policy.rules:
        if isinstance(rule, Budget):
            statuses = [s for s in rule.statuses(context(policy, rule, history, state, now), now) if not s.late]
            statuses.sort(key=lambda s: (-(s.total.spent / s.effective if s.effective else 0), s.scope.key))
            rows += [_row(status, history, state.alerts) for status in statuses]
    return rows


def _row(status: BudgetStatus, history: History, alerts: Sequence[Alert]) -> dict[str, Json]:
    states = {
        alert.level: alert.state
        for alert in alerts
        if alert.rule == status.name
        and alert.scope.key == status.scope.key
        and alert.state != "resolved"
        and (alert.end is None or alert.period == status.period.key)
    }
    levels: list[Json] = [
        {"level": t.at.text, "severity": t.severity.value, "state": states.get(t.at.text, "ok")}
        for t, _ in status.lines
    ]
    total, span = status.total, status.period.span
    return {
        "name": status.name,
        "scope": dict(status.scope.names),
        "ids": dict(status.scope.ids),
        "period": {"start": iso(span.start), "end": iso(span.end)},
        "currency": status.currency,
        "amount": plain(status.amount),
        "effective_amount": plain(status.effective),
        "spent": plain(total.spent),
        "billed": plain(total.billed),
        "estimated": plain(total.estimated),
        "low": plain(total.low),
        "high": plain(total.high),
        "fraction": fraction(total.spent, status.effective),
        "forecast": dict(_UNKNOWN_FORECAST),
        "state": max((*states.values(), "ok"), key=_WORST.index),
        "complete_to": iso_or_none(history.complete_to()),
        "levels": levels,
    }
