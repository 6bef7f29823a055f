"""A store in memory: what a decision says is recorded whole or not at all, each notification once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from budgetbot.core.decide import Decision
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Told
from budgetbot.policy.step import Seen, State


class Crash(Exception):
    """The process died before the transaction was committed."""


@dataclass
class Recorder:
    """Alerts by id, notifications by key."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    rows: dict[str, Notification] = field(default_factory=dict)
    seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def known(self, since: datetime) -> list[Alert]:
        """Open alerts, those of periods that end or that were resolved since; endless ones that were resolved by hand
        or whose incident is open."""
        incidents = {a.period for a in self.alerts.values() if a.end is None and a.state != "resolved"}
        return [
            alert
            for alert in self.alerts.values()
            if alert.state != "resolved"
            or (alert.end is not None and alert.end >= since)
            or (alert.resolved_at is not None and alert.resolved_at >= since)
            or (alert.end is None and (alert.reason == "manual" or alert.period in incidents))
        ]

    def told(self) -> list[Told]:
        """Every notification, as far as a decision needs to know."""
        return [
            Told(row.alert.id, row.receiver, row.reason, row.seq, row.status, row.created_at, row.leader)
            for row in self.rows.values()
            if row.alert is not None
        ]

    def state(self, since: datetime) -> State:
        """What a step looks at."""
        return State(self.known(since), self.told(), dict(self.seen))

    def record(self, decision: Decision, seen: Seen | None = None, *, crash: bool = False) -> list[Notification]:
        """The notifications that are new. Raises Crash, and keeps nothing, where it is to crash."""
        alerts = {id: alert for id, alert in self.alerts.items() if id not in decision.dropped}
        alerts |= {alert.id: alert for alert in decision.alerts}
        new = {row.key: row for row in decision.notifications if row.key not in self.rows}
        if crash:
            raise Crash
        self.alerts = alerts
        self.rows |= new
        self.seen = dict(self.seen if seen is None else seen)
        return list(new.values())

    def change(self, alert: Alert, **facts: Any) -> None:
        """What a person does to one alert: acknowledge, snooze, resolve."""
        self.alerts[alert.id] = replace(self.alerts[alert.id], **facts)
