"""How the outbox stands: what waits, what was given up, and how often receivers did not confirm."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from budgetbot.errors import Fault
from budgetbot.store.database import Database, chunks, insert
from budgetbot.store.tables import delivery_failure as failure
from budgetbot.store.tables import outbox

OPEN = ("pending", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was due for one receiver and is not settled: how much, since when the oldest, and why that one failed."""

    receiver: str
    count: int
    since: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """What was given up for one receiver: how much, and why the newest."""

    receiver: str
    count: int
    error: str | None


class Backlog:
    """Reads; the outbox writes. All owners are one receiver, "owner": who they are is nobody's business here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, now: datetime) -> list[Waiting]:
        """Everything unsettled, by receiver. Grouped here: grouped by SQLite, all that was ever sent would be read."""
        c = outbox.c
        wanted = select(c.created_at, c.id, c.receiver).where(c.status.in_(OPEN), c.created_at <= now)
        with self._database.read() as connection:
            rows = [(row[0], row[1], of(row[2])) for row in connection.execute(wanted)]
            oldest = {name: (since, id) for since, id, name in sorted(rows, reverse=True)}
            errors = _errors(connection, [id for _, id in oldest.values()])
        counts = Counter(name for _, _, name in rows)
        return [Waiting(name, counts[name], since, errors[id]) for name, (since, id) in sorted(oldest.items())]

    def dead(self, since: datetime) -> list[DeadLetters]:
        """What was given up of all that was written from then on, by receiver."""
        c = outbox.c
        columns = c.receiver, func.count(), func.max(c.id)
        wanted = select(*columns).where(c.status == "dead", c.created_at >= since).group_by(c.receiver)
        found: dict[str, DeadLetters] = {}
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(func.max(c.id).desc())).all()
            errors = _errors(connection, [row[2] for row in rows])
        for row in rows:  # from the newest on
            name = of(row[0])
            first = found.get(name, DeadLetters(name, 0, errors[row[2]]))
            found[name] = replace(first, count=first.count + row[1])
        return [found[name] for name in sorted(found)]

    def settled(self) -> dict[tuple[str, str, str], int]:
        """How many notifications came to an end, by receiver, reason and status. Each count only rises."""
        c = outbox.c
        key = c.receiver, c.reason, c.status
        wanted = select(*key, func.count()).group_by(*key)
        found: Counter[tuple[str, str, str]] = Counter()
        with self._database.read() as connection:
            for receiver, reason, status, count in connection.execute(wanted):
                if status not in OPEN:
                    found[of(receiver), reason, status] += count
        return found

    def failures(self) -> dict[tuple[str, str], int]:
        """How many tries a receiver did not confirm, by receiver and kind of failure. Each count only rises."""
        with self._database.read() as connection:
            return {(row.receiver, row.fault): row.times for row in connection.execute(select(failure))}


def of(receiver: str) -> str:
    """The receiver as a policy names it: names have no colon, "owner:lead@example.com" does."""
    return receiver.partition(":")[0]


def count_failure(connection: Connection, which: ColumnElement[bool], fault: Fault) -> None:
    """One more for the receiver of this row, inside the caller's transaction."""
    receiver = connection.execute(select(outbox.c.receiver).where(which)).scalar_one()
    row = insert(connection, failure).values(receiver=of(receiver), fault=fault, times=1)
    counted = row.on_conflict_do_update(index_elements=["receiver", "fault"], set_={"times": failure.c.times + 1})
    connection.execute(counted)


def _errors(connection: Connection, ids: list[int]) -> dict[int, str | None]:
    wanted = select(outbox.c.id, outbox.c.last_error)
    rows = (row for some in chunks(ids) for row in connection.execute(wanted.where(outbox.c.id.in_(some))))
    return {row.id: row.last_error for row in rows}
