"""What the database says while things go wrong, and at the end."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from benchmarks.faults.receivers import Arrival, Door
from benchmarks.faults.verdict import OPEN, Ended, Records, Row
from budgetbot.store import Store, open_store
from budgetbot.store.tables import alert, attempt, job, lease, outbox

_T = TypeVar("_T")


class Claim(NamedTuple):
    """A row that is being sent by a process."""

    pid: int
    key: str
    receiver: str
    alert: str

    @property
    def mail(self) -> str:
        """What a mail of it is called."""
        return f"<{_digest(self.key)}@example.com>"


class Lease(NamedTuple):
    """Who leads, and how often that changed."""

    pid: int
    token: int


class Watch:
    """Reads beside the processes; None where the database does not answer."""

    def __init__(self, url: str) -> None:
        self._store: Store = open_store(url)
        self._url = url

    def close(self) -> None:
        """Let go of connections."""
        self._store.close()

    def _ask(self, question: Callable[[Connection], _T]) -> _T | None:
        try:
            with self._store._database.read() as connection:
                return question(connection)
        except DBAPIError:
            return None

    def claims(self) -> list[Claim] | None:
        """What is being sent now."""
        c = outbox.c
        wanted = select(c.sender, c.key, c.receiver, c.alert_id).where(c.status == "sending")
        rows = self._ask(lambda connection: connection.execute(wanted).all())
        return None if rows is None else [Claim(_pid(row.sender), row.key, row.receiver, row.alert_id) for row in rows]

    def lease(self) -> Lease | None:
        """Who leads."""
        row = self._ask(lambda connection: connection.execute(select(lease)).one_or_none())
        return Lease(_pid(row.owner), row.token) if row is not None else None

    def done(self, name: str) -> datetime | None:
        """When a job was last done, by the clock of the history."""
        return self._ask(
            lambda connection: connection.execute(select(job.c.done_at).where(job.c.name == name)).scalar()
        )

    def waiting(self) -> int | None:
        """How many rows are not settled."""
        wanted = select(func.count()).where(outbox.c.status.in_(OPEN))
        return self._ask(lambda connection: connection.execute(wanted).scalar_one())

    def writing(self, pid: int) -> bool | None:
        """Whether a process is amid a transaction."""
        if self._store.shared:
            wanted = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND state <> 'idle'")
            found = self._ask(lambda connection: connection.execute(wanted, {"name": f"worker-{pid}"}).scalar_one())
            return None if found is None else found > 0
        with closing(sqlite3.connect(self._url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)) as file:
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            file.execute("ROLLBACK")
        return False

    def records(self, door: Door) -> Records:
        """Everything that the verdict looks at; mails by the key of what they tell."""
        with self._store._database.read() as connection:
            tries: dict[int, list[str]] = defaultdict(list)
            for one in connection.execute(select(attempt).order_by(attempt.c.id)):
                tries[one.delivery_id].append(f"{one.outcome}: {one.error}" if one.error else one.outcome)
            kept = connection.execute(select(outbox)).all()
            alerts = connection.execute(select(alert)).all()
        rows = {row.key: Row(row.id, row.receiver, row.thread, row.status, tuple(tries[row.id])) for row in kept}
        mails = {_digest(key): key for key in rows}

        def named(one: Arrival) -> Arrival:
            return one._replace(key=mails.get(one.key[1:].partition("@")[0], one.key))

        unanswered = {named(one): times for one, times in door.unanswered.items()}
        ended = {row.id: Ended(row.kind, row.state, row.reason) for row in alerts}
        return Records([named(one) for one in door.arrivals], rows, ended, unanswered)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:32]


def _pid(name: str | None) -> int:
    return int(name.split("|")[1]) if name else 0
