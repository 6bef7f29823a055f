"""Why something expected is not there: what became of the alert, or what its budget counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from budgetbot.core.model import Alert
from budgetbot.core.money import percent
from budgetbot.core.notification import Notification
from budgetbot.policy.trial.expected import AlertEntry, NotificationEntry
from budgetbot.policy.trial.shown import alert_text, in_scope, scope_text
from budgetbot.policy.trial.world import World


def alert_hint(world: World, wanted: AlertEntry, now: datetime) -> str:
    """Of an alert that is not open."""
    gone = _latest(world, wanted.rule, wanted.level, wanted.scope)
    if gone is not None and gone.state == "resolved" and gone.resolved_at is not None:
        return f"{gone.rule} {gone.level} was resolved at {world.trial.shown(gone.resolved_at)}: {gone.reason}"
    return _figures(world, wanted.rule, wanted.scope)


def message_hint(world: World, wanted: NotificationEntry, at: datetime) -> str:
    """Of a message that was not sent."""
    for told in world.held_back():
        if told.receiver == wanted.to and told.created_at == at and _same(wanted, told):
            return "it was held back, as a higher level speaks for it"
    alert = _latest(world, wanted.rule, wanted.level, wanted.scope)
    if alert is None:
        return f"there was no such alert; {_figures(world, wanted.rule, wanted.scope)}"
    others = sorted({told.receiver for told in world.sent() if told.alert is not None and told.alert.id == alert.id})
    heard = f"told of it: {', '.join(others)}" if others else "nobody was told of it"
    fired = f"fired at {world.trial.shown(alert.fired_at)}" if alert.fired_at else "never fired"
    return f"{alert_text(alert, at)}; it {fired}; {heard}"


def _same(wanted: NotificationEntry, told: Notification) -> bool:
    alert = told.alert
    return alert is not None and alert.rule == wanted.rule and wanted.level in (None, alert.level)


def _latest(world: World, rule: str, level: str | None, scope: Mapping[str, str]) -> Alert | None:
    alerts = world.recorder.alerts.values()
    found = [a for a in alerts if a.rule == rule and level in (None, a.level) and in_scope(scope, a.scope)]
    return max(found, key=lambda alert: (alert.active_since, alert.episode), default=None)


def _figures(world: World, rule: str, scope: Mapping[str, str]) -> str:
    budget = world.budget(rule)
    if budget is None:
        return f"{rule} has no such alert"
    found = [
        f"{budget.figure(one.total.spent)} of {budget.figure(one.effective)}{scope_text(one.scope.names)}, "
        f"{percent(one.total.spent, one.effective)}"
        for one in world.statuses(budget)
        if in_scope(scope, one.scope)
    ]
    return f"{rule} counts {'; '.join(found[:5]) or 'nothing'}"
