"""Everything that is told, with the row that says why. Sent means that the receiver confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from budgetbot.core.instant import iso_or_none
from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import Fault
from budgetbot.store import codec
from budgetbot.store.attempts import Tried, note
from budgetbot.store.backlog import OPEN as _OPEN
from budgetbot.store.backlog import count_failure
from budgetbot.store.database import Database, ServerClock, insert, server_time
from budgetbot.store.tables import outbox

CLAIM = timedelta(seconds=60)
"""How long a row is its sender's, by the database's clock, unless it is held on to."""
_WAITING = ("pending", "unknown")
_earlier = outbox.alias("earlier")
_grouped = outbox.alias("grouped")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification that waits for its receiver. `status` "unknown": the receiver is asked before it is sent."""

    id: int
    key: str
    notification: Notification
    attempts: int
    status: str
    next_at: datetime
    last_error: str | None = None


class Outbox:
    """The rows, each claimed by one sender at a time, in strict order per incident and receiver."""

    def __init__(self, database: Database, clock: ServerClock = server_time) -> None:
        self._database = database
        self._clock = clock
        self._claims: dict[int, tuple[str, datetime]] = {}

    def due(self, now: datetime, limit: int = 100, *, but: Collection[str] = ()) -> list[Delivery]:
        """What may be sent now, oldest first. A row waits while an earlier one of its thread and receiver does.

        `but`: receivers that are left out, by their names in the policy: of owners all.
        """
        wanted = select(outbox).where(_head(), outbox.c.next_at <= now).order_by(outbox.c.id).limit(limit)
        for name in but:
            mine = (outbox.c.receiver == name) | outbox.c.receiver.startswith(f"{name}:", autoescape=True)
            wanted = wanted.where(~mine)
        with self._database.read() as connection:
            return [_delivery(row) for row in connection.execute(wanted)]

    def next_due(self) -> datetime | None:
        """When the next row may be sent that nothing holds up; None where nothing waits."""
        with self._database.read() as connection:
            return connection.execute(select(func.min(outbox.c.next_at)).where(_head())).scalar()

    def unsent(self, now: datetime) -> int:
        """How many rows are due, whatever they wait for, and not sent."""
        wanted = select(func.count()).where(outbox.c.status.in_(_OPEN), outbox.c.next_at <= now)
        with self._database.read() as connection:
            return connection.execute(wanted).scalar_one()

    def claim(self, id: int, sender: str, now: datetime, ttl: timedelta = CLAIM) -> bool:
        """Take a row for sending; True for exactly one of all who try, and only for what may be sent now."""
        free = select(outbox.c.id).where(outbox.c.id == id, _head(), outbox.c.next_at <= now).correlate(None)
        free = free.with_for_update(skip_locked=True)
        values = {"status": "sending", "sender": sender, "attempts": outbox.c.attempts + 1}
        taken = update(outbox).where(outbox.c.id.in_(free)).values(values)
        with self._database.write(guarded=False) as connection:
            won = connection.execute(taken.values(claimed_until=self._clock(connection) + ttl)).rowcount == 1
        if won:
            self._claims[id] = sender, now
        return won

    def hold(self, id: int, ttl: timedelta = CLAIM) -> bool:
        """Keep a claim for longer. False where it ran out, and somebody noticed."""
        mine = outbox.c.id == id, outbox.c.status == "sending", outbox.c.sender == self._sender(id)
        with self._database.write(guarded=False) as connection:
            until = self._clock(connection) + ttl
            return connection.execute(update(outbox).where(*mine).values(claimed_until=until)).rowcount == 1

    def abandoned(self, dead: Callable[[str], bool]) -> int:
        """Rows whose sender never came back: their outcome is unknown from now on. How many.

        Their claims ran out, or the sender is `dead`; who sends them next asks the receiver first.
        """
        c = outbox.c
        with self._database.read() as connection:
            now = self._clock(connection)
            rows = connection.execute(select(c.id, c.sender, c.claimed_until).where(c.status == "sending")).all()
        left = [row for row in rows if row.claimed_until <= now or dead(row.sender)]
        return sum(self._left_behind(row, now) for row in left)

    def _left_behind(self, seen: Any, now: datetime) -> bool:
        unchanged = outbox.c.sender == seen.sender, outbox.c.claimed_until == seen.claimed_until
        still = outbox.c.id == seen.id, outbox.c.status == "sending", *unchanged
        with self._database.write(guarded=False) as connection:
            left = connection.execute(update(outbox).where(*still).values(status="unknown")).rowcount == 1
            if left:
                note(connection, seen.id, now, "unknown", "the sender ended, or stood still, before it had an answer")
            return left

    def _sender(self, id: int) -> str | None:
        return self._claims.get(id, (None,))[0]

    def sent(self, id: int, ref: Mapping[str, object], now: datetime, *, found: bool = False) -> None:
        """The receiver confirmed; `found`: when it was asked. Taken at its word even where the claim was lost."""
        _, began = self._claims.pop(id, (None, now))
        done = {"status": "sent", "sent_at": now, "ref": codec.dump(dict(ref)), "last_error": None, "next_at": None}
        news = update(outbox).where(outbox.c.id == id, outbox.c.status != "sent").values(done)
        with self._database.write(guarded=False) as connection:
            if connection.execute(news).rowcount:
                note(connection, id, began, "found" if found else "sent")

    def retry(self, id: int, next_at: datetime, error: str, unknown: bool, fault: Fault = "other") -> None:
        """Not confirmed: try again at `next_at`; `unknown` where it may have arrived all the same."""
        status = "unknown" if unknown else "pending"
        values = {"status": status, "next_at": next_at, "last_error": error}
        self._finish(id, values, fault, "unknown" if unknown else "failed")

    def postpone(self, receiver: str, until: datetime) -> None:
        """Nothing that waits for this receiver is due before."""
        c = outbox.c
        early = c.receiver == receiver, c.status.in_(_WAITING), c.next_at < until
        with self._database.write(guarded=False) as connection:
            connection.execute(update(outbox).where(*early).values(next_at=until))

    def dead(self, id: int, error: str, now: datetime, fault: Fault = "other", *, tried: bool = True) -> None:
        """Given up; `tried`: because the receiver did not confirm, and not for want of a receiver."""
        self._finish(id, {"status": "dead", "next_at": None, "last_error": error}, fault, "dead" if tried else None)

    def noop(self, id: int, why: str) -> None:
        """There is nothing to tell any more."""
        self._finish(id, {"status": "noop", "next_at": None, "last_error": why})

    def _finish(
        self, id: int, values: Mapping[str, Any], fault: Fault | None = None, tried: Tried | None = None
    ) -> None:
        """Only for the claim that is still held: a sender that came late must not undo what its successor did."""
        sender, began = self._claims.pop(id, (None, None))
        mine = update(outbox).where(outbox.c.id == id, outbox.c.status == "sending", outbox.c.sender == sender)
        with self._database.write(guarded=False) as connection:
            if not connection.execute(mine.values(values)).rowcount:
                return
            if fault is not None:
                count_failure(connection, outbox.c.id == id, fault)
            if tried is not None and began is not None:
                note(connection, id, began, tried, values["last_error"])

    def parent(self, thread: str, receiver: str) -> Mapping[str, Json] | None:
        """Where the first notification of this thread went at this receiver, else the first message that spoke of it
        too; None where none was sent."""
        c, group = outbox.c, _grouped.c
        sent = select(c.ref).where(c.receiver == receiver, c.status == "sent").order_by(c.id).limit(1)
        leaders = select(group.leader).where(
            group.thread == _digest(thread), group.receiver == receiver, group.status == "grouped"
        )
        with self._database.read() as connection:
            ref = connection.execute(sent.where(c.thread == _digest(thread))).scalar()
            if ref is None:
                ref = connection.execute(sent.where(c.alert_id.in_(leaders))).scalar()
        return codec.load(ref) if ref is not None else None

    def deliveries(self, limit: int = 100, alert_id: str | None = None, id: int | None = None) -> list[dict[str, Json]]:
        """The newest rows first, in the shape of the JSON contract; every one of a single alert where one is named,
        or the one of an id. Without what people did where a receiver has no place for that."""
        unshown = (outbox.c.reason == "changed") & (outbox.c.status == "noop")
        wanted = select(outbox).where(~unshown).order_by(outbox.c.id.desc())
        wanted = wanted.limit(limit) if alert_id is None else wanted.where(outbox.c.alert_id == alert_id)
        wanted = wanted if id is None else wanted.where(outbox.c.id == id)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return [
            {
                "id": row.id,
                "alert": row.alert_id,
                "receiver": row.receiver,
                "reason": row.reason,
                "status": row.status,
                "attempts": row.attempts,
                "next_at": iso_or_none(row.next_at),
                "sent_at": iso_or_none(row.sent_at),
                "last_error": row.last_error,
            }
            for row in rows
        ]


def enqueue(connection: Connection, notifications: Iterable[Notification]) -> int:
    """Add a row for each notification whose key is new, inside the caller's transaction. How many were."""
    new = 0
    for one in notifications:
        row = {
            "key": one.key,
            "alert_id": one.alert.id if one.alert else None,
            "receiver": one.receiver,
            "reason": one.reason.value,
            "thread": _digest(one.thread),
            "seq": one.seq,
            "status": one.status,
            "leader": one.leader,
            "attempts": 0,
            "next_at": one.created_at if one.status == "pending" else None,
            "created_at": one.created_at,
            "payload": codec.notification_text(one),
        }
        added = insert(connection, outbox).values(row).on_conflict_do_nothing(index_elements=["key"])
        new += connection.execute(added.returning(outbox.c.id)).scalar() is not None
    return new


def _head() -> ColumnElement[bool]:
    """Waiting, and nothing earlier of the same thread and receiver is open, nor a message that spoke of it too."""
    waits = (
        _earlier.c.receiver == outbox.c.receiver,
        _earlier.c.id < outbox.c.id,
        _earlier.c.status.in_(_OPEN),
    )
    led = and_(
        _grouped.c.thread == outbox.c.thread,
        _grouped.c.receiver == outbox.c.receiver,
        _grouped.c.status == "grouped",
        _grouped.c.leader == _earlier.c.alert_id,
    )
    own = select(_earlier.c.id).where(_earlier.c.thread == outbox.c.thread, *waits)
    shared = select(_earlier.c.id).where(led, *waits)
    return outbox.c.status.in_(_WAITING) & ~own.exists() & ~shared.exists()


def _delivery(row: Any) -> Delivery:
    notification = codec.notification_of(row.payload)
    return Delivery(row.id, row.key, notification, row.attempts, row.status, row.next_at, row.last_error)


def _digest(thread: str) -> str:
    return hashlib.sha256(thread.encode("utf-8", "surrogatepass")).hexdigest()
