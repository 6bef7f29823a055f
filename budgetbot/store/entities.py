"""Names of projects, keys and users; what is gone keeps its last name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update

from budgetbot.core.model import NAMED, Entity
from budgetbot.store.database import Database, insert
from budgetbot.store.tables import entity as table
from budgetbot.store.tables import series

DELETED = "deleted"


class Entities:
    """Who is who, per source."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entities(self) -> list[Entity]:
        """All of them, deleted ones included."""
        columns = [table.c[name] for name in Entity._fields]
        with self._database.read() as connection:
            return [Entity(*row) for row in connection.execute(select(*columns).order_by(*table.primary_key))]

    def save_entities(self, source: str, entities: Iterable[Entity], now: datetime) -> None:
        """A complete listing. Of the kinds that occur in it, those that are no longer listed are marked deleted."""
        rows = [{**one._asdict(), "source": source, "listed_at": now} for one in entities]
        if not rows:
            return
        with self._database.write() as connection:
            covered = table.c.source == source, table.c.kind.in_({row["kind"] for row in rows})
            connection.execute(update(table).where(*covered).values(status=DELETED))
            statement = insert(connection, table)
            key = [column.name for column in table.primary_key]
            written = {name: statement.excluded[name] for name in ("status", "owner", "parent", "listed_at")}
            name = func.coalesce(statement.excluded.name, table.c.name)
            connection.execute(
                statement.on_conflict_do_update(index_elements=key, set_={**written, "name": name}), rows
            )

    def unnamed(self, source: str) -> str:
        """A digest of the ids that occur in spend or usage and have no name; empty where all have one."""
        missing: list[str] = []
        with self._database.read() as connection:
            for kind in sorted(NAMED):
                id = series.c[kind]
                named = select(table.c.id).where(table.c.source == source, table.c.kind == kind, table.c.id == id)
                wanted = select(id).where(series.c.source == source, id.is_not(None), ~named.exists()).distinct()
                missing += [f"{kind}={one}" for one in connection.execute(wanted).scalars()]
        return hashlib.sha256("\n".join(sorted(missing)).encode()).hexdigest() if missing else ""
