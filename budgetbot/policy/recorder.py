"""What a store remembers of alerts and of what was told, in memory: one step after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from budgetbot.core.decide import Decision
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Told
from budgetbot.policy.step import Seen, State


@dataclass
class Recorder:
    """Alerts by id, notifications by key, for ever; and which of the alerts a decision may still have to know."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    rows: dict[str, Notification] = field(default_factory=dict)
    seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _recent: dict[str, None] = field(default_factory=dict)
    _told: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def known(self, since: datetime) -> list[Alert]:
        """Open alerts, those of periods that end, or that were resolved, at `since` or later; of those without an end
        what was resolved by hand, and the whole incident while one of its levels is open.

        `since` only goes on: what is not known once is not known again.
        """
        recent = [self.alerts[id] for id in self._recent]
        incidents = {alert.period for alert in recent if alert.end is None and alert.state != "resolved"}
        found = [alert for alert in recent if _is_known(alert, since, incidents)]
        self._recent = dict.fromkeys(alert.id for alert in found)
        return sorted(found, key=lambda alert: (alert.active_since, alert.id))

    def told(self, alerts: Sequence[Alert]) -> list[Told]:
        """What receivers were told of these alerts."""
        return [row for alert in alerts for row in self._told.get(alert.id, ())]

    def state(self, since: datetime, wanted: Callable[[Alert], bool] = lambda alert: True) -> State:
        """What a step looks at."""
        alerts = [alert for alert in self.known(since) if wanted(alert)]
        return State(alerts, self.told(alerts), self.seen)

    def record(self, decision: Decision, seen: Seen) -> list[Notification]:
        """What was decided. The notifications that are new: a key exists only once."""
        for id in decision.dropped:
            self.alerts.pop(id, None)
            self._recent.pop(id, None)
        for alert in decision.alerts:
            self.alerts[alert.id] = alert
            self._recent[alert.id] = None
        new = list({row.key: row for row in decision.notifications if row.key not in self.rows}.values())
        for row in new:
            self.rows[row.key] = row
            if row.alert is not None:
                told = Told(row.alert.id, row.receiver, row.reason, row.seq, row.status, row.created_at, row.leader)
                self._told[row.alert.id].append(told)
        self.seen = {**self.seen, **seen}
        return new

    def heard(self, alert: Alert) -> list[Told]:
        """What receivers were told of one alert."""
        return list(self._told.get(alert.id, ()))


def _is_known(alert: Alert, since: datetime, incidents: set[str]) -> bool:
    if alert.state != "resolved" or (alert.resolved_at is not None and alert.resolved_at >= since):
        return True
    if alert.end is not None:
        return alert.end >= since
    return alert.reason == "manual" or alert.period in incidents
