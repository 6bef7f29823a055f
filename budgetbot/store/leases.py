"""Who does a job when several processes could: one row a job, with a token that rises with every holder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from budgetbot.errors import LeaseLost
from budgetbot.store.database import Database, ServerClock, insert, server_time
from budgetbot.store.tables import lease

SCHEDULER = "scheduler"
"""The job of `budgetbot run`, and of the commands that do its work once."""


class Leases:
    """Leases with fencing tokens, timed by the database's clock: those of the machines that share it may differ."""

    def __init__(self, database: Database, clock: ServerClock = server_time) -> None:
        self._database = database
        self._clock = clock

    def acquire(self, job: str, owner: str, ttl: timedelta, dead: Callable[[str], bool]) -> int | None:
        """The fencing token, or None while somebody else holds the job: neither expired nor `dead(owner)`."""
        with self._database.read() as connection:
            now = self._clock(connection)
            seen = connection.execute(select(lease).where(lease.c.job == job)).one_or_none()
        if seen is None:
            return self._first(job, owner, ttl)
        if seen.owner is not None and seen.expires_at > now and not dead(seen.owner):
            return None
        return self._next(seen, owner, ttl)

    def _first(self, job: str, owner: str, ttl: timedelta) -> int | None:
        with self._database.write(guarded=False) as connection:
            expires_at = self._clock(connection) + ttl
            row = insert(connection, lease).values(job=job, owner=owner, token=1, expires_at=expires_at)
            return connection.execute(row.on_conflict_do_nothing().returning(lease.c.token)).scalar()

    def _next(self, seen: Any, owner: str, ttl: timedelta) -> int | None:
        """After `seen`, unless somebody was faster. Waits until nothing is being written with the token before."""
        mine = lease.c.job == seen.job
        unchanged = lease.c.token == seen.token, lease.c.expires_at == seen.expires_at
        with self._database.write(guarded=False) as connection:
            if connection.execute(select(lease.c.token).where(mine, *unchanged).with_for_update()).scalar() is None:
                return None
            token: int = seen.token + 1
            values = {"owner": owner, "token": token, "expires_at": self._clock(connection) + ttl}
            connection.execute(update(lease).where(mine).values(values))
            return token

    def renew(self, job: str, token: int, ttl: timedelta) -> bool:
        """Hold it longer. False where the lease was lost to somebody else, or released."""
        mine = update(lease).where(lease.c.job == job, lease.c.token == token, lease.c.owner.is_not(None))
        with self._database.write(guarded=False) as connection:
            return connection.execute(mine.values(expires_at=self._clock(connection) + ttl)).rowcount == 1

    @contextmanager
    def fence(self, job: str, token: int) -> Iterator[None]:
        """In the block, whatever this thread writes is written only while this token is the last one given.

        It is looked up inside the same transaction, and no other is given before that has ended. Raises LeaseLost.
        """
        mine = select(lease.c.token).where(lease.c.job == job, lease.c.token == token, lease.c.owner.is_not(None))
        held = mine.with_for_update(read=True, key_share=True)  # lets the holder renew, but nobody take over

        def check(connection: Connection) -> None:
            if connection.execute(held).scalar() is None:
                raise LeaseLost

        with self._database.guarded(check):
            yield

    def release(self, job: str, token: int) -> None:
        """Give it back, where it is still held with this token."""
        mine = update(lease).where(lease.c.job == job, lease.c.token == token)
        with self._database.write(guarded=False) as connection:
            connection.execute(mine.values(owner=None))

    def held(self, job: str) -> bool:
        """Whether somebody holds the job just now."""
        with self._database.read() as connection:
            until = connection.execute(select(lease.c.expires_at).where(lease.c.job == job, lease.c.owner.is_not(None)))
            expires_at = until.scalar()
            return expires_at is not None and expires_at > self._clock(connection)

    def holder(self, job: str) -> tuple[str, datetime] | None:
        """Who holds the job and until when, expired or not; None where it was released or never held."""
        with self._database.read() as connection:
            row = connection.execute(select(lease).where(lease.c.job == job)).one_or_none()
        return (row.owner, row.expires_at) if row is not None and row.owner is not None else None
