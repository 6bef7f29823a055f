"""Each combination of dimensions gets a number, once and for ever; facts refer to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from budgetbot.core.model import DIMENSIONS, Series
from budgetbot.store.columns import storable
from budgetbot.store.database import Database, chunks, insert
from budgetbot.store.tables import series as table

_COLUMNS = (table.c.id, *(table.c[name] for name in DIMENSIONS))
_MANY = 2000


class SeriesBook:
    """Numbers and their series, remembered: rows never change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[Series, int] = {}
        self._series: dict[int, Series] = {}

    def ids(self, wanted: Iterable[Series]) -> dict[Series, int]:
        """The number of each series; new ones are written, in a transaction of their own."""
        new = list(dict.fromkeys(one for one in wanted if one not in self._ids))
        if new:
            digests = {one: _digest(one) for one in new}
            with self._database.read() as connection:
                known = _known(connection, list(digests.values()))
            missing = {digest: one for one, digest in digests.items() if digest not in known}
            if missing:
                known |= self._write(missing)
            self._ids |= {one: known[digest] for one, digest in digests.items()}
        return self._ids

    def _write(self, missing: dict[str, Series]) -> dict[str, int]:
        rows = [{"digest": digest, **one._asdict()} for digest, one in missing.items()]
        with self._database.write() as connection:
            connection.execute(insert(connection, table).on_conflict_do_nothing(index_elements=["digest"]), rows)
            return _known(connection, list(missing))

    def series(self, connection: Connection, ids: Sequence[int]) -> list[Series]:
        """The series with these numbers, in their order."""
        missing = [id for id in ids if id not in self._series]
        if len(missing) > _MANY:
            self._remember(connection.execute(select(*_COLUMNS)))
        else:
            for some in chunks(missing):
                self._remember(connection.execute(select(*_COLUMNS).where(table.c.id.in_(some))))
        return [self._series[id] for id in ids]

    def all(self, connection: Connection) -> list[Series]:
        """Every series that was ever seen, by number."""
        return self.series(connection, list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars()))

    def _remember(self, rows: Iterable[Any]) -> None:
        self._series |= {row[0]: Series(*row[1:]) for row in rows}


def _known(connection: Connection, digests: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(digests):
        rows = connection.execute(select(table.c.digest, table.c.id).where(table.c.digest.in_(some)))
        found |= {row.digest: row.id for row in rows}
    return found


def _digest(series: Series) -> str:
    """Of what the database will hold, so that two spellings that it cannot tell apart are one series."""
    content = json.dumps([None if value is None else storable(value) for value in series])
    return hashlib.sha256(content.encode()).hexdigest()
