"""What people did about an alert, told to those who heard of it: written with the deed, in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from budgetbot.core.instant import iso
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import FIRES, Notification, Reason
from budgetbot.store import codec
from budgetbot.store.outbox import enqueue
from budgetbot.store.tables import outbox

_ON_ITS_WAY = ("pending", "unknown", "sending", "sent", "grouped")
_LASTING = frozenset({"ts", "dedup_key", "alias"})  # what is kept of a message that can still be changed


def tell(connection: Connection, alert: Alert, what: str, detail: Mapping[str, Any], number: int, now: datetime) -> int:
    """A notification for each receiver that heard of it, in the same thread. `number`: of the event that it tells.

    Not for one that is known to show none; who turns out to show none later leaves it unsent. How many there are.
    """
    deed: dict[str, Json] = {**detail, "what": what, "at": iso(now), "alert": alert.id}
    heard = _heard(connection, alert.id, lasting=True)
    return enqueue(connection, [_changed(one, alert, deed, number, now) for one in heard])


def pass_on(connection: Connection, alert: Alert, to: tuple[str, ...], number: int, now: datetime) -> int:
    """Tell receivers of it at once, whoever heard of it before. How many are told that were not."""
    heard = list(_heard(connection, alert.id))
    if not heard:
        return 0
    known = {one.receiver for one in heard}
    told = replace(heard[0], alert=alert, reason=Reason.ESCALATED, created_at=now, others=(), together=(), more=0)
    return enqueue(
        connection,
        [replace(told, key=f"{alert.id}:passed:{number}:{name}", receiver=name) for name in to if name not in known],
    )


def _heard(connection: Connection, id: str, *, lasting: bool = False) -> Iterator[Notification]:
    """The latest message of each receiver that speaks of the alert, also where that of another one does."""
    for row in _latest(connection, id).values():
        spoke = _latest(connection, row.leader or "").get(row.receiver) if row.status == "grouped" else row
        if spoke is not None and not (lasting and _gone(spoke)):
            yield codec.notification_of(spoke.payload)


def _gone(row: Row[Any]) -> bool:
    """Whether it was sent to where nothing is changed afterwards, such as a screen or a mailbox."""
    return row.ref is not None and not _LASTING & codec.load(row.ref).keys()


def _latest(connection: Connection, id: str) -> dict[str, Row[Any]]:
    c = outbox.c
    heard = c.alert_id == id, c.reason.in_([one.value for one in FIRES]), c.status.in_(_ON_ITS_WAY)
    return {row.receiver: row for row in connection.execute(select(outbox).where(*heard).order_by(c.id))}


def _changed(told: Notification, alert: Alert, deed: Mapping[str, Json], number: int, now: datetime) -> Notification:
    speaks = told.alert is not None and told.alert.id == alert.id
    if told.alert is not None:  # what was told last knows more than what was kept when it fired
        alert = replace(alert, evidence=told.alert.evidence, drivers=told.alert.drivers)
    return replace(
        told,
        key=f"{alert.id}:changed:{number}:{told.receiver}",
        reason=Reason.CHANGED,
        created_at=now,
        alert=alert if speaks else told.alert,
        status="pending",
        deed=deed,
    )
