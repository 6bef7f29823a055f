"""What people allowed in chat, kept for ever: each with the alert it answers, in one transaction with its story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from budgetbot.core.allowance import Allowance, Standing
from budgetbot.core.instant import iso
from budgetbot.errors import UsageError
from budgetbot.store import codec
from budgetbot.store.by_hand import do, saying
from budgetbot.store.database import Database, serialise
from budgetbot.store.tables import allowance as table

_FIELDS = tuple(field.name for field in fields(Allowance))


class Allowances:
    """Reads and writes them; who may do what is decided elsewhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, allowance: Allowance, now: datetime) -> Allowance:
        """Keep it, granted or waiting for a second person, and tell it in the thread of its alert.

        The same id twice is the first one. Raises UsageError where its alert is over.
        """
        with self._database.write() as connection:
            serialise(connection, f"budgetbot allowance {allowance.id}")
            known = _found(connection, allowance.id)
            if known is not None:
                return known
            connection.execute(table.insert().values(_row(allowance)))
            self._tell(connection, allowance, "asked" if allowance.standing == "asked" else "granted", now)
        return allowance

    def decide(self, id: str, by: str, now: datetime, *, grant: bool) -> Allowance:
        """What a second person says. Raises UsageError: unknown, decided before, over, or the same person."""
        with self._database.write() as connection:
            known = self._locked(connection, id)
            if known.standing != "asked":
                raise UsageError(f"{known.decided_by or known.asked_by} has decided on it already: {known.standing}")
            if known.asked_by == by:
                raise UsageError("a second person has to decide on it; you asked for it yourself")
            if known.until <= now:
                raise UsageError(f"it was asked for until {iso(known.until)}, which is over; ask anew")
            standing: Standing = "granted" if grant else "refused"
            after = replace(known, standing=standing, decided_by=by, decided_at=now)
            self._put(connection, after)
            self._tell(connection, after, standing, now)
        return after

    def end(self, id: str, by: str, now: datetime) -> Allowance:
        """Over before its time; a second time changes nothing. Raises UsageError where there is none."""
        with self._database.write() as connection:
            known = self._locked(connection, id)
            if known.ended_at is not None or known.end <= now:
                return known
            after = replace(known, ended_at=now)
            self._put(connection, after)
            self._tell(connection, after, "ended", now, by=by)
        return after

    def get(self, id: str) -> Allowance:
        """The one of this id. Raises UsageError where there is none."""
        with self._database.read() as connection:
            return _known(connection, id)

    def all(self) -> list[Allowance]:
        """Every one there ever was, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.asked_at, table.c.id)).all()
        return [_allowance(row._asdict()) for row in rows]

    def _locked(self, connection: Connection, id: str) -> Allowance:
        connection.execute(select(table.c.id).where(table.c.id == id).with_for_update())
        return _known(connection, id)

    def _put(self, connection: Connection, one: Allowance) -> None:
        connection.execute(update(table).where(table.c.id == one.id).values(_row(one)))

    def _tell(self, connection: Connection, one: Allowance, what: str, now: datetime, by: str | None = None) -> None:
        """In the story of its alert; one that is over already is left alone, unless it is only now asked for."""
        if one.alert_id is None:
            return
        detail = {
            "allowance": one.id,
            "kind": one.kind,
            "rule": one.rule,
            "amount": str(one.amount),
            "currency": one.currency,
            "since": iso(one.since),
            "until": iso(one.end),
            "reason": one.reason,
            "asked_by": one.asked_by,
            "by": by or one.by,
        }
        try:
            do(connection, one.alert_id, saying(f"{one.kind}_{what}", detail), now, event=None, only=True)
        except UsageError:
            if what in {"asked", "granted"} and one.decided_at is None:
                raise


def _found(connection: Connection, id: str) -> Allowance | None:
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    return None if row is None else _allowance(row._asdict())


def _known(connection: Connection, id: str) -> Allowance:
    found = _found(connection, id)
    if found is None:
        raise UsageError(f"there is no allowance {id[:20]!a}")
    return found


def _row(one: Allowance) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _FIELDS}
    return values | {"of": codec.dump(codec.scope_rows(one.of))}


def _allowance(row: Mapping[str, Any]) -> Allowance:
    return Allowance(**{**row, "of": codec.scope_of(codec.load(row["of"]))})
