"""Who has to hear what of the alerts as they stand now, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from budgetbot.core.bundle import bundled
from budgetbot.core.escalate import Climb, Where
from budgetbot.core.lifecycle import Book, Situation, thread
from budgetbot.core.model import Alert, Finding, RuleInfo, interval
from budgetbot.core.notification import ENDS, FIRES, Notification, Reason, Told

Route: TypeAlias = Callable[[Alert], Where]


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
        return bundled([one for alerts in incidents.values() for one in self._incident(alerts)])

    def _incident(self, alerts: list[Alert]) -> Iterable[Notification]:
        """`alerts` from the highest level down; what is over is told before what begins."""
        over = [a for a in alerts if a.state == "resolved" and not a.late]
        for receiver in dict.fromkeys(row.receiver for a in over for row in self.told[a.id]):
            yield from self._over(receiver, over, alerts)
        speaking = [a for a in alerts if a.state == "firing" or (a.late and a != self.book.before.get(a.id))]
        heard_by = {a.id: self._receivers(a) for a in speaking}
        for alert, steps in climbing([self.book.alerts[a.id] for a in speaking], self.now):
            self.book.alerts[alert.id] = alert
            yield from (self._tell(alert, name, Reason.ESCALATED, step=step) for step, name in steps)
        for receiver in dict.fromkeys(r for a in speaking for r in heard_by[a.id]):
            mine = [a for a in speaking if receiver in heard_by[a.id]]
            yield from self._fired(receiver, mine, alerts)

    def _receivers(self, alert: Alert) -> tuple[str, ...]:
        """Who is told at once. Where escalations lead to others later, the alert begins to climb them."""
        where = self.route(alert)
        known = {climb.escalation.name for climb in alert.climbs}
        new = tuple(Climb(one, self.now) for one in where.climbs if one.name not in known and not alert.late)
        if new:
            alert = self.book.alerts[alert.id] = replace(alert, climbs=(*alert.climbs, *new))
        at_once = (name for climb in alert.climbs for name in climb.at_once())
        return tuple(dict.fromkeys((*where.to, *at_once, *self.rules[alert.rule].notify)))

    def _fired(self, receiver: str, mine: list[Alert], incident: list[Alert]) -> Iterable[Notification]:
        top = mine[0]
        untold = [a for a in mine if not self._heard(a, receiver)]
        if top in untold and (top.silenced or top.snoozed(self.now)):
            return  # the lower levels wait with it: what nobody hears of must not speak for them
        for alert in untold:
            if alert.silenced or alert.snoozed(self.now):
                continue
            seq = self._next(alert, receiver)
            if alert is not top or _come_true(alert):
                yield self._tell(alert, receiver, Reason.FIRST, status="inhibited", seq=seq)
                continue
            lower = (a for a in incident if a.state == "firing" and a is not alert)
            worse = any(row.status != "inhibited" for a in lower for row in self._rows(a, receiver, FIRES))
            others = tuple(a.level for a in untold if a is not top)
            yield self._tell(alert, receiver, Reason.WORSE if worse else Reason.FIRST, others=others, seq=seq)
        if top not in untold:
            yield from self._repeat(top, receiver, incident)

    def _repeat(self, alert: Alert, receiver: str, incident: list[Alert]) -> Iterable[Notification]:
        """So long after the last word on the incident, the end of a higher level included; and once when an
        acknowledgement has come to its end."""
        every = interval(self.rules[alert.rule].repeat, alert.severity)
        rows = [row for a in incident for row in self._rows(a, receiver, FIRES) if row.status != "inhibited"]
        if alert.late or _come_true(alert) or held(alert, self.now) or not rows:
            return
        ended = [a.resolved_at for a in incident if a.resolved_at is not None]
        last = max([*(row.created_at for row in rows), *ended])
        again = alert.acknowledged_until is not None and last < alert.acknowledged_until
        if again or (every is not None and self.now - last >= every):
            yield self._tell(alert, receiver, Reason.REPEAT, seq=self._next(alert, receiver))

    def _over(self, receiver: str, over: list[Alert], incident: list[Alert]) -> Iterable[Notification]:
        """Only who heard of an alert hears that it is over; the highest speaks for those that end with it."""
        ending = [
            a
            for a in over
            if any(row.status != "inhibited" for row in self._rows(a, receiver, FIRES))
            and not self._rows(a, receiver, ENDS)
        ]
        still = tuple(a.level for a in incident if a.state == "firing")
        for alert in ending:
            reason = Reason.EXPIRED if alert.reason == "period_ended" else Reason.RESOLVED
            speaks = alert is ending[0] and not _come_true(alert)
            yield self._tell(alert, receiver, reason, others=still, status="pending" if speaks else "inhibited")

    def _heard(self, alert: Alert, receiver: str) -> list[Told]:
        """What it was told of the alert and still holds: a message that spoke of others too ends with its own alert."""
        return [row for row in self._rows(alert, receiver, FIRES) if row.status != "grouped" or self._leads(row)]

    def _leads(self, row: Told) -> bool:
        leader = self.book.alerts.get(row.leader or "")
        return leader is not None and leader.state == "firing"

    def _next(self, alert: Alert, receiver: str) -> int:
        return max((row.seq for row in self._rows(alert, receiver, FIRES)), default=-1) + 1

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
        step: str | None = None,
    ) -> Notification:
        finding = self.found.get(alert.id)
        shown = (
            replace(alert, evidence=finding.evidence, drivers=finding.drivers or alert.drivers) if finding else alert
        )
        told = notification(shown, self.rules.get(alert.rule), receiver, reason, self.now, seq=seq, step=step)
        return replace(told, others=others, status=status)


def notification(
    alert: Alert,
    rule: RuleInfo | None,
    receiver: str,
    reason: Reason,
    now: datetime,
    *,
    seq: int = 0,
    step: str | None = None,
) -> Notification:
    """One thing to tell one receiver of an alert. `step`: of which escalation, so that each step is told once."""
    what = step or ("over" if reason in ENDS else "fired")
    return Notification(
        key=f"{alert.id}:{what}:{seq}:{receiver}",
        receiver=receiver,
        reason=reason,
        thread="/".join(thread(alert)),
        created_at=now,
        alert=alert,
        rule=rule,
        seq=seq,
    )


def held(alert: Alert, now: datetime) -> bool:
    """Whether nobody has to be told more of it for now: somebody looks after it, or wants to hear nothing of it."""
    return alert.silenced or alert.acknowledged(now) or alert.snoozed(now)


def climbing(incident: Iterable[Alert], now: datetime) -> Iterator[tuple[Alert, list[tuple[str, str]]]]:
    """What climbs, after the steps that are due, and for each of these its name and the receiver.

    `incident` from the highest level down: a lower level waits on an escalation that a higher one climbs.
    """
    above: set[str] = set()
    for alert in incident:
        if alert.state != "firing" or not alert.climbs:
            continue
        still = held(alert, now) or _come_true(alert)
        moved = [one.climbed(now, held=still or one.escalation.name in above) for one in alert.climbs]
        above |= {one.escalation.name for one in alert.climbs}
        yield (
            replace(alert, climbs=tuple(climb for climb, _ in moved)),
            [
                (f"{climb.escalation.name}.{number}", receiver)
                for climb, steps in moved
                for number, step in steps
                for receiver in step.to
            ],
        )


def _come_true(alert: Alert) -> bool:
    """A forecast of what has been reached since: the level itself speaks."""
    return alert.kind == "forecast" and alert.inhibited
