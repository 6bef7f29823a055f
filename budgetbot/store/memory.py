"""Small notes that a source keeps for itself between two runs."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from sqlalchemy import ColumnElement, delete, func, select

from budgetbot.store.database import Database, upsert
from budgetbot.store.tables import memory as table


class Memory(MutableMapping[str, str]):
    """One source's notes, read and written through to the database."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source
        self._mine: ColumnElement[bool] = table.c.source == source

    def __getitem__(self, key: str) -> str:
        with self._database.read() as connection:
            value: str | None = connection.execute(select(table.c.value).where(self._mine, table.c.key == key)).scalar()
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: str) -> None:
        with self._database.write() as connection:
            upsert(connection, table, [{"source": self._source, "key": key, "value": value}])

    def __delitem__(self, key: str) -> None:
        with self._database.write() as connection:
            if not connection.execute(delete(table).where(self._mine, table.c.key == key)).rowcount:
                raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        with self._database.read() as connection:
            keys = connection.execute(select(table.c.key).where(self._mine).order_by(table.c.key)).scalars().all()
        return iter(keys)

    def __len__(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(table).where(self._mine)).scalar_one()
