"""One turn as the checks see it: what was, what is, what people wanted. It works out for itself who rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Reason
from budgetbot.policy.policy import Policy
from budgetbot.policy.route import route
from tests.core.engine.plan import ESCALATIONS

FIRED = frozenset({Reason.FIRST, Reason.WORSE, Reason.REPEAT})
HEARD = FIRED | {Reason.ESCALATED}
OVER = frozenset({Reason.RESOLVED, Reason.EXPIRED})
SPOKEN = frozenset({"pending", "grouped"})


@dataclass
class Wishes:
    """What people wanted, by the id of the alert; a silence is a field, its value, and its time."""

    looked_after: dict[str, datetime | None] = field(default_factory=dict)
    snoozed: dict[str, datetime] = field(default_factory=dict)
    silences: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)

    def attended(self, id: str, now: datetime) -> bool:
        """Whether somebody looks after it."""
        until = self.looked_after.get(id, now)
        return until is None or now < until

    def acknowledge(self, alert: Alert, now: datetime) -> None:
        """What is critical for a day, else to its end; the first to say so stays."""
        if not self.attended(alert.id, now):
            self.looked_after[alert.id] = now + timedelta(hours=24) if alert.severity == "critical" else None

    def quiet(self, alert: Alert, now: datetime) -> bool:
        """Whether nobody wants to hear of it."""
        return self.silenced(alert, now) or self.snoozed.get(alert.id, now) > now

    def silenced(self, alert: Alert, now: datetime) -> bool:
        """Whether a silence holds; being blind is never silent."""
        project = alert.scope.ids.get("project") or alert.labels.get("project")
        values = {"rule": alert.rule, "severity": alert.severity.value, "project": project}
        holding = (values[name] == value for name, value, since, until in self.silences if since <= now < until)
        return alert.kind != "freshness" and any(holding)

    def held(self, alert: Alert, now: datetime) -> bool:
        """Whether it is neither repeated nor escalated."""
        return self.quiet(alert, now) or self.attended(alert.id, now)


@dataclass(frozen=True)
class Moment:
    """Before and after one turn. `earlier` and `new`: notifications as they were decided."""

    now: datetime
    policy: Policy
    before: Mapping[str, Alert]
    after: Mapping[str, Alert]
    earlier: Sequence[Notification]
    new: Sequence[Notification]
    wishes: Wishes

    @property
    def firing(self) -> list[Alert]:
        """What fires after it."""
        return [alert for alert in self.after.values() if alert.state == "firing"]

    def held(self, alert: Alert) -> bool:
        """Whether it is neither repeated nor escalated now."""
        return self.wishes.held(alert, self.now)

    def above(self, alert: Alert) -> list[Alert]:
        """The higher levels of the same incident that fire."""
        return [one for one in self.firing if incident(one) == incident(alert) and one.rank > alert.rank]

    def addressed(self, alert: Alert) -> set[str]:
        """Who is to hear of it as soon as it fires."""
        at_once = {name for climb in alert.climbs for name in at_start(climb.escalation.name)}
        return {*route(self.policy.routes, self.policy.escalations, alert, self.now).to, *at_once}

    def of(self, alert: Alert, receiver: str | None = None) -> list[Notification]:
        """All about one alert."""
        rows = [*self.earlier, *self.new]
        return [n for n in rows if about(n).id == alert.id and receiver in (None, n.receiver)]

    def words(self, alert: Alert, receiver: str, rows: Sequence[Notification]) -> Iterator[datetime]:
        """When this receiver heard of the incident of the alert."""
        for n in rows:
            heard = n.receiver == receiver and n.reason in HEARD and n.status in SPOKEN
            if heard and incident(about(n)) == incident(alert):
                yield n.created_at


def at_start(escalation: str) -> set[str]:
    """Who is told with the alert itself."""
    return {name for step in ESCALATIONS[escalation].steps if not step.after for name in step.to}


def about(notification: Notification) -> Alert:
    """What it speaks of."""
    assert notification.alert is not None
    return notification.alert


def incident(alert: Alert) -> tuple[str, str, str]:
    """All levels of one rule, scope and period."""
    return alert.rule, alert.scope.key, alert.period
