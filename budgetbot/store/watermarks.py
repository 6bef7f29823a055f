"""How far each report of each source is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from budgetbot.core.model import Watermark
from budgetbot.store.changes import whole_hour
from budgetbot.store.database import Database, insert, upsert
from budgetbot.store.tables import watermark as table
from budgetbot.store.tables import watermark_past

_ERROR_LENGTH = 500


class Watermarks:
    """A row per report, from its first try on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def watermarks(self) -> list[Watermark]:
        """All of them, by source and report."""
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.source, table.c.report))
            return [Watermark(**row._mapping) for row in rows]

    def walk_done(self, source: str, report: str, complete_to: datetime, now: datetime) -> None:
        """A complete walk: everything before `complete_to` is known. It never moves backwards.

        How far it was is kept by the hour.
        """
        with self._database.write() as connection:
            before = _row(connection, source, report, now)
            furthest = max(complete_to, before.complete_to or complete_to)
            values = {"complete_to": furthest, "pulled_at": now, "error": None, "failures": 0}
            connection.execute(update(table).where(*_is(source, report)).values(values))
            upsert(connection, watermark_past, [_past(source, report, furthest, now)])

    def walk_failed(self, source: str, report: str, error: str, now: datetime) -> None:
        """A walk that was not finished: how far the report is known stays as it was."""
        with self._database.write() as connection:
            before = _row(connection, source, report, now)
            values = {"error": error[:_ERROR_LENGTH], "failures": before.failures + 1}
            connection.execute(update(table).where(*_is(source, report)).values(values))


def _row(connection: Connection, source: str, report: str, now: datetime) -> Any:
    first = insert(connection, table).values(source=source, report=report, since=now, failures=0)
    connection.execute(first.on_conflict_do_nothing())
    return connection.execute(select(table).where(*_is(source, report)).with_for_update()).one()


def _past(source: str, report: str, complete_to: datetime, now: datetime) -> dict[str, object]:
    known = {"pulled_at": now, "complete_to": complete_to}
    return {"source": source, "report": report, "mark": whole_hour(now), **known}


def _is(source: str, report: str) -> tuple[Any, ...]:
    return table.c.source == source, table.c.report == report
