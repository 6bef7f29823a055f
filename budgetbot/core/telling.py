"""Who has to hear what of the alerts as they stand now, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from budgetbot.core.lifecycle import Book, Situation, thread
from budgetbot.core.model import Alert, Finding, Notification, Reason, Told

Route: TypeAlias = Callable[[Alert], tuple[str, ...]]
_HEARD = frozenset({Reason.FIRST, Reason.WORSE, Reason.REPEAT, Reason.ESCALATED})
_OVER = frozenset({Reason.RESOLVED, Reason.EXPIRED})


class Teller:
    """Step 3: who has to hear what."""

    def __init__(
        self, book: Book, situation: Situation, route: Route, found: Mapping[str, Finding], now: datetime
    ) -> None:
        self.book = book
        self.rules = situation.rules
        self.route = route
        self.found = found
        self.now = now
        self.told: dict[str, list[Told]] = defaultdict(list)
        for row in situation.told:
            self.told[row.alert_id].append(row)

    def notifications(self) -> list[Notification]:
        """All of them, incident by incident."""
        incidents: dict[tuple[str, str, str], list[Alert]] = defaultdict(list)
        for alert in sorted(self.book.alerts.values(), key=lambda a: (-a.rank, a.id)):
            if alert.state != "pending":
                incidents[thread(alert)].append(alert)
        return [one for alerts in incidents.values() for one in self._incident(alerts)]

    def _incident(self, alerts: list[Alert]) -> Iterable[Notification]:
        """`alerts` from the highest level down; what is over is told before what begins."""
        over = [a for a in alerts if a.state == "resolved" and not a.late]
        for receiver in dict.fromkeys(row.receiver for a in over for row in self.told[a.id]):
            yield from self._over(receiver, over, alerts)
        speaking = [a for a in alerts if a.state == "firing" or (a.late and a != self.book.before.get(a.id))]
        heard_by = {a.id: self._receivers(a) for a in speaking}
        for receiver in dict.fromkeys(r for a in speaking for r in heard_by[a.id]):
            mine = [a for a in speaking if receiver in heard_by[a.id]]
            yield from self._fired(receiver, mine, alerts)

    def _receivers(self, alert: Alert) -> tuple[str, ...]:
        extra = self.rules[alert.rule].notify
        return tuple(dict.fromkeys((*self.route(alert), *extra)))

    def _fired(self, receiver: str, mine: list[Alert], incident: list[Alert]) -> Iterable[Notification]:
        top = mine[0]
        untold = [a for a in mine if not self._rows(a, receiver, _HEARD)]
        for alert in untold:
            if alert.snoozed_until is not None and alert.snoozed_until > self.now:
                continue
            if alert is not top:
                yield self._tell(alert, receiver, Reason.FIRST, status="inhibited")
                continue
            lower = (a for a in incident if a.state == "firing" and a is not alert)
            worse = any(row.status != "inhibited" for a in lower for row in self._rows(a, receiver, _HEARD))
            others = tuple(a.level for a in untold if a is not top)
            yield self._tell(alert, receiver, Reason.WORSE if worse else Reason.FIRST, others=others)
        if top not in untold:
            yield from self._repeat(top, receiver, incident)

    def _repeat(self, alert: Alert, receiver: str, incident: list[Alert]) -> Iterable[Notification]:
        """So long after the last word on the incident, the end of a higher level included."""
        every = self.rules[alert.rule].repeat
        quiet = alert.acknowledged_at or (alert.snoozed_until is not None and alert.snoozed_until > self.now)
        rows = [row for a in incident for row in self._rows(a, receiver, _HEARD) if row.status != "inhibited"]
        if every is None or alert.late or quiet or not rows:
            return
        ended = [a.resolved_at for a in incident if a.resolved_at is not None]
        if self.now - max([*(row.created_at for row in rows), *ended]) >= every:
            seq = max(row.seq for row in self._rows(alert, receiver, _HEARD)) + 1
            yield self._tell(alert, receiver, Reason.REPEAT, seq=seq)

    def _over(self, receiver: str, over: list[Alert], incident: list[Alert]) -> Iterable[Notification]:
        """Only who heard of an alert hears that it is over; the highest speaks for those that end with it."""
        ending = [
            a
            for a in over
            if any(row.status != "inhibited" for row in self._rows(a, receiver, _HEARD))
            and not self._rows(a, receiver, _OVER)
        ]
        still = tuple(a.level for a in incident if a.state == "firing")
        for alert in ending:
            reason = Reason.EXPIRED if alert.reason == "period_ended" else Reason.RESOLVED
            speaks = alert is ending[0]
            yield self._tell(alert, receiver, reason, others=still, status="pending" if speaks else "inhibited")

    def _rows(self, alert: Alert, receiver: str, reasons: frozenset[Reason]) -> list[Told]:
        return [row for row in self.told[alert.id] if row.receiver == receiver and row.reason in reasons]

    def _tell(
        self,
        alert: Alert,
        receiver: str,
        reason: Reason,
        *,
        others: tuple[str, ...] = (),
        seq: int = 0,
        status: Literal["pending", "inhibited"] = "pending",
    ) -> Notification:
        finding = self.found.get(alert.id)
        shown = (
            replace(alert, evidence=finding.evidence, drivers=finding.drivers or alert.drivers) if finding else alert
        )
        class_ = "over" if reason in _OVER else "fired"
        return Notification(
            key=f"{alert.id}:{class_}:{seq}:{receiver}",
            receiver=receiver,
            reason=reason,
            thread="/".join(thread(alert)),
            created_at=self.now,
            alert=shown,
            rule=self.rules.get(alert.rule),
            others=others,
            seq=seq,
            status=status,
        )
