"""Every try to deliver something, and what receivers do not get as far as these tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy import Connection, case, func, insert, literal, select

from budgetbot.core.history import Letters
from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.text import clean
from budgetbot.store.backlog import OPEN
from budgetbot.store.database import Database, chunks
from budgetbot.store.tables import attempt, outbox

Tried: TypeAlias = Literal["sent", "found", "failed", "unknown", "dead"]
"""How a try ended: confirmed at once; confirmed when asked; not confirmed; who knows; given up."""
_CONFIRMED = ("sent", "found")
_ERROR = 200
_later = attempt.alias("later")


class Attempts:
    """Reads; the outbox writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def log(self, ids: Sequence[int]) -> dict[int, list[dict[str, Json]]]:
        """The tries of these deliveries, oldest first: at, outcome, error."""
        found: dict[int, list[dict[str, Json]]] = {id: [] for id in ids}
        with self._database.read() as connection:
            for some in chunks(ids):
                wanted = select(attempt).where(attempt.c.delivery_id.in_(some)).order_by(attempt.c.id)
                for row in connection.execute(wanted):
                    told: dict[str, Json] = {"at": iso(row.at), "outcome": row.outcome, "error": row.error}
                    found[row.delivery_id].append(told)
        return found

    def letters(self, now: datetime, drills: Mapping[str, timedelta] | None = None) -> list[Letters]:
        """The receivers for which something was given up since they last confirmed, or is waiting; owners one by one.

        `drills`: the ids of drills, and how soon each has to be confirmed. What nobody has tried to send yet is not
        held against its receiver.
        """
        with self._database.snapshot() as connection:
            found = {letters.receiver: letters for letters in _dead(connection)}
            for receiver, waiting in _waiting(connection, now, drills or {}).items():
                dead = found.get(receiver, Letters(receiver))
                error = dead.last_error or waiting.last_error
                found[receiver] = waiting._replace(dead=dead.dead, since=dead.since, last_error=error)
        return [found[name] for name in sorted(found)]


def note(connection: Connection, delivery: int, at: datetime, outcome: Tried, error: str | None = None) -> None:
    """One more try, inside the caller's transaction. `at`: when it began. The error may be anybody's words."""
    c, told = attempt.c, clean(error, _ERROR) if error else None
    said = (literal(value, column.type) for value, column in ((at, c.at), (outcome, c.outcome), (told, c.error)))
    wanted = select(outbox.c.id, outbox.c.receiver, *said).where(outbox.c.id == delivery)
    connection.execute(insert(attempt).from_select([c.delivery_id, c.receiver, c.at, c.outcome, c.error], wanted))


def _dead(connection: Connection) -> list[Letters]:
    """What was given up and nothing was confirmed after."""
    c = attempt.c
    confirmed = select(_later.c.id).where(
        _later.c.receiver == c.receiver, _later.c.outcome.in_(_CONFIRMED), _later.c.id > c.id
    )
    columns = c.receiver, func.count(), func.min(c.at), func.max(c.id)
    wanted = select(*columns).where(c.outcome == "dead", ~confirmed.exists()).group_by(c.receiver)
    rows = connection.execute(wanted).all()
    last = select(c.id, c.error).where(c.id.in_([row[3] for row in rows]))
    errors = {row.id: row.error for row in connection.execute(last)}
    return [Letters(row[0], row[1], row[2], last_error=errors[row[3]]) for row in rows]


def _waiting(connection: Connection, now: datetime, drills: Mapping[str, timedelta]) -> dict[str, Letters]:
    c = outbox.c
    tried = c.attempts > 0
    columns = c.receiver, func.count(), func.min(case((tried, c.created_at))), func.min(case((tried, c.id)))
    open_ones = c.status.in_(OPEN), c.created_at <= now
    rows = connection.execute(select(*columns).where(*open_ones).group_by(c.receiver)).all()
    oldest = select(c.id, c.last_error).where(c.id.in_([row[3] for row in rows if row[3] is not None]))
    errors = {row.id: row.last_error for row in connection.execute(oldest)}
    found = {row[0]: Letters(row[0], 0, None, row[1], row[2], errors.get(row[3])) for row in rows}
    drilled = select(c.receiver, c.alert_id, c.created_at).where(*open_ones, tried, c.alert_id.in_(list(drills)))
    for row in connection.execute(drilled):
        due, known = row.created_at + drills[row.alert_id], found[row.receiver].drill_due
        found[row.receiver] = found[row.receiver]._replace(drill_due=min(due, known or due))
    return found
