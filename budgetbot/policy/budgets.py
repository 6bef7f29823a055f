"""Every budget as it stands: the JSON rows that commands, the API, digests and chat show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from budgetbot.core.history import History
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Alert, Json
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.rules.limit import BudgetStatus, Limit, fraction
from budgetbot.rules.usage_budget import UsageBudget

_WORST = ("ok", "pending", "firing")
_UNKNOWN_FORECAST: dict[str, Json] = dict.fromkeys(("expected", "low", "high", "p_overrun", "exhausted_at"))


def budget_rows(policy: Policy, history: History, state: State, now: datetime) -> list[dict[str, Json]]:
    """Every budget and scope of the current period, in the order of the policy, the fullest scope first."""
    rows: list[dict[str, Json]] = []
    for rule in policy.rules:
        if isinstance(rule, Limit):
            statuses = [s for s in rule.statuses(context(policy, rule, history, state, now), now) if not s.late]
            statuses.sort(key=lambda s: (-(s.total.spent / s.effective if s.effective else 0), s.scope.key))
            rows += [_row(rule, status, history, state.alerts, now) for status in statuses]
    return rows


def _row(
    rule: Limit, status: BudgetStatus, history: History, alerts: Sequence[Alert], now: datetime
) -> dict[str, Json]:
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
        {"level": t.at.text, "severity": t.severity.value, "state": states.get(t.at.text, "ok")}
        for t, _ in status.lines
    ]
    total, span, say = status.total, status.period.span, rule.figure
    counted: dict[str, Json] = {"currency": status.currency}
    if isinstance(rule, UsageBudget):
        counted = {"currency": None, "metric": rule.metric}
    if status.unconverted:
        counted["unconverted"] = {code: say(rest.spent) for code, rest in status.unconverted.items()}
    return {
        "name": status.name,
        "scope": dict(status.scope.names),
        "ids": dict(status.scope.ids),
        "period": {"start": iso(span.start), "end": iso(span.end)},
        **counted,
        "amount": say(status.amount),
        "effective_amount": say(status.effective),
        "spent": say(total.spent),
        "billed": say(total.billed),
        "estimated": say(total.estimated),
        "low": say(total.low),
        "high": say(total.high),
        "fraction": fraction(total.spent, status.effective),
        "forecast": dict(_UNKNOWN_FORECAST),
        "state": max((*states.values(), "ok"), key=_WORST.index),
        "complete_to": iso_or_none(history.complete_to()),
        "settled_to": iso_or_none(history.settled_to(now)),
        "levels": levels,
    }
