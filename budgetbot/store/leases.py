"""Who does a job when several processes could: one row a job, with a token that rises with every holder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from budgetbot.store.database import Database, insert
from budgetbot.store.tables import lease

SCHEDULER = "scheduler"
"""The job of `budgetbot run`, and of the commands that do its work once."""


class Leases:
    """Leases with fencing tokens. What a former holder still does can be told by its lower token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, job: str, owner: str, now: datetime, ttl: timedelta, dead: Callable[[str], bool]) -> int | None:
        """The fencing token, or None while somebody else holds the job: neither expired nor `dead(owner)`."""
        with self._database.read() as connection:
            seen = connection.execute(select(lease).where(lease.c.job == job)).one_or_none()
        if seen is None:
            return self._first(job, owner, now + ttl)
        if seen.owner is not None and seen.expires_at > now and not dead(seen.owner):
            return None
        taken = (
            update(lease)
            .where(lease.c.job == job, lease.c.token == seen.token, lease.c.expires_at == seen.expires_at)
            .values(owner=owner, token=seen.token + 1, expires_at=now + ttl)
        )
        with self._database.write() as connection:
            return seen.token + 1 if connection.execute(taken).rowcount == 1 else None

    def _first(self, job: str, owner: str, expires_at: datetime) -> int | None:
        with self._database.write() as connection:
            row = insert(connection, lease).values(job=job, owner=owner, token=1, expires_at=expires_at)
            return connection.execute(row.on_conflict_do_nothing().returning(lease.c.token)).scalar()

    def renew(self, job: str, token: int, now: datetime, ttl: timedelta) -> bool:
        """Hold it longer. False where the lease was lost to somebody else, or released."""
        mine = update(lease).where(lease.c.job == job, lease.c.token == token, lease.c.owner.is_not(None))
        with self._database.write() as connection:
            return connection.execute(mine.values(expires_at=now + ttl)).rowcount == 1

    def release(self, job: str, token: int) -> None:
        """Give it back, where it is still held with this token."""
        mine = update(lease).where(lease.c.job == job, lease.c.token == token)
        with self._database.write() as connection:
            connection.execute(mine.values(owner=None))

    def holder(self, job: str) -> tuple[str, datetime] | None:
        """Who holds the job and until when, expired or not; None where it was released or never held."""
        with self._database.read() as connection:
            row = connection.execute(select(lease).where(lease.c.job == job)).one_or_none()
        return (row.owner, row.expires_at) if row is not None and row.owner is not None else None
