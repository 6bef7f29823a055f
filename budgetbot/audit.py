"""What is not healthy of the bot's own work: for /readyz, the heartbeat and `doctor`.

Everybody may read the lines, so they hold names of sources, receivers and escalations, and nothing that others wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from budgetbot.core.model import Alert, Watermark
from budgetbot.core.summary import is_undelivered
from budgetbot.core.text import utc
from budgetbot.store import Store, Waiting
from budgetbot.store.leases import SCHEDULER
from budgetbot.store.schema import Standing

UNREAD = timedelta(hours=6)  # so long no report may go without being read
STUCK = timedelta(minutes=15)  # so long nothing may wait in the outbox
OVERDUE = timedelta(minutes=5)  # so late no step of an escalation may be
_SCHEMA: dict[Standing, str] = {
    "empty": "the database has no tables; run `budgetbot db upgrade`",
    "behind": "the database has the tables of an older version; run `budgetbot db upgrade`",
    "ahead": "the database was upgraded by a newer version; install that one, and restart",
}


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the database says of the work. `marks`: of the sources that are configured; `climbing`: open alerts on
    their way up escalations; `failing`: those about receivers; `holder`: of the scheduler's lease, and until when;
    `led`: whether that is not over.
    """

    marks: Sequence[Watermark] = ()
    waiting: Sequence[Waiting] = ()
    climbing: Sequence[Alert] = ()
    failing: Sequence[Alert] = ()
    schema: Standing = "current"
    holder: tuple[str, datetime] | None = None
    led: bool = False


def vitals(store: Store, sources: frozenset[str], now: datetime) -> Vitals:
    """Read in a few small queries; of the tables of another version, only which one it is."""
    schema = store.standing()
    if schema != "current":
        return Vitals(schema=schema)
    return Vitals(
        marks=[mark for mark in store.ledger.watermarks() if mark.source in sources],
        waiting=store.backlog.waiting(now),
        climbing=store.alerts.climbing(),
        failing=[alert for alert in store.alerts.open("delivery") if is_undelivered(alert)],
        holder=store.leases.holder(SCHEDULER),
        led=store.leases.held(SCHEDULER),
    )


def audit(found: Vitals, now: datetime) -> list[str]:
    """What is wrong, a line each with its fix; empty where all is well."""
    if found.schema != "current":
        return [_SCHEMA[found.schema]]
    return [
        *(f"{last_read(mark)}; `budgetbot doctor` says why" for mark in unread(found, now)),
        *(f"{undelivered(one)}; `budgetbot doctor` says why" for one in stuck(found, now)),
        *(f"receiver {name} does not confirm; `budgetbot doctor` says why" for name in silent(found, now)),
        *(overdue(found, now)),
        *([] if found.led else ["no scheduler holds the lease; start `budgetbot run`"]),
    ]


def unread(found: Vitals, now: datetime) -> list[Watermark]:
    """Reports that were not read for long."""
    return [mark for mark in found.marks if now - (mark.pulled_at or mark.since) > UNREAD]


def last_read(mark: Watermark) -> str:
    """How fresh a report is."""
    return f"{mark.source}: {mark.report} was last read {utc(mark.pulled_at) or 'never'}"


def stuck(found: Vitals, now: datetime) -> list[Waiting]:
    """Receivers for which something waits for too long."""
    return [one for one in found.waiting if now - one.since > STUCK]


def silent(found: Vitals, now: datetime) -> list[str]:
    """Other receivers that there is an alert about. All owners are one, as everywhere here."""
    stopped = {one.receiver for one in stuck(found, now)}
    return sorted({str(alert.scope.ids["receiver"]).partition(":")[0] for alert in found.failing} - stopped)


def undelivered(one: Waiting) -> str:
    """What waits for one receiver."""
    return f"receiver {one.receiver}: {one.count} not delivered, the oldest since {utc(one.since)}"


def overdue(found: Vitals, now: datetime) -> list[str]:
    """Escalations whose next step should have been taken, and that nothing holds up."""
    fix = "look in the log for what stops the scheduler, and restart it"
    return [
        f"escalation {climb.escalation.name}: alert {alert.id} should have gone on at {utc(climb.next_at)}; {fix}"
        for alert in found.climbing
        for climb in alert.climbs
        if climb.held_since is None and climb.next_at is not None and now - climb.next_at > OVERDUE
    ]
