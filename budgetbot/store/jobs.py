"""When each job was last done, kept over restarts, and what it left for others to read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import select

from budgetbot.core.model import Json
from budgetbot.store import codec
from budgetbot.store.database import Database, upsert
from budgetbot.store.tables import job as table

Job: TypeAlias = Literal["pull", "evaluate", "deliver", "digest"]


class Jobs:
    """A row per job, from its first success on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def done(self, job: Job, now: datetime, left: Json = None) -> None:
        """It came to its end without a failure; what it left before is forgotten."""
        with self._database.write() as connection:
            upsert(connection, table, [{"name": job, "done_at": now, "left": codec.dump(left)}])

    def last(self) -> dict[str, datetime]:
        """When each was last done, by its name; without those that never were."""
        with self._database.read() as connection:
            return {row.name: row.done_at for row in connection.execute(select(table.c.name, table.c.done_at))}

    def left(self, job: Job) -> Json:
        """What it left; None where there is nothing."""
        with self._database.read() as connection:
            text = connection.execute(select(table.c.left).where(table.c.name == job)).scalar()
        found: Json = codec.load(text) if text else None
        return found
