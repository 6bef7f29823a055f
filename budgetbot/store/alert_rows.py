"""Alerts and their events as rows of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from budgetbot.core.model import Alert, Severity
from budgetbot.store import codec
from budgetbot.store.database import chunks
from budgetbot.store.tables import alert as table
from budgetbot.store.tables import alert_event

OPEN = table.c.state.in_(("pending", "firing"))
BY_PEOPLE = ("acknowledged_by", "acknowledged_at", "acknowledged_until", "snoozed_until")
"""What only people write: a cycle may hold a copy from before."""


def row_of(alert: Alert) -> dict[str, Any]:
    """A row without what people write."""
    values = {field.name: getattr(alert, field.name) for field in fields(alert)}
    structured = {
        "scope": codec.dump(codec.scope_rows(alert.scope)),
        "drivers": codec.dump(codec.driver_rows(alert.drivers)),
        "evidence": codec.dump(dict(alert.evidence)),
        "labels": codec.dump(dict(alert.labels)),
        "climbs": codec.dump(codec.climb_rows(alert.climbs)),
        "severity": alert.severity.value,
    }
    return values | structured | dict.fromkeys(BY_PEOPLE)


def alert_of(row: Mapping[str, Any]) -> Alert:
    """The alert of a row."""
    structured = {
        "scope": codec.scope_of(codec.load(row["scope"])),
        "drivers": codec.drivers_of(codec.load(row["drivers"])),
        "evidence": codec.load(row["evidence"]),
        "labels": codec.load(row["labels"]),
        "climbs": codec.climbs_of(codec.load(row["climbs"])),
        "severity": Severity(row["severity"]),
    }
    return Alert(**{**row, **structured})


def locked(connection: Connection, ids: Sequence[str]) -> dict[str, Alert]:
    """Alerts that nobody else changes until the transaction ends; taken in order of their ids, so that two who take
    several never wait for each other."""
    found: dict[str, Alert] = {}
    for some in chunks(sorted(ids)):
        wanted = select(table).where(table.c.id.in_(some)).order_by(table.c.id).with_for_update()
        found |= {row.id: alert_of(row._asdict()) for row in connection.execute(wanted)}
    return found


def note(
    connection: Connection, alert: Alert, was: str | None, reason: str | None, now: datetime, detail: Mapping[str, Any]
) -> int:
    """One more thing that became of an alert; its number."""
    row = {"alert_id": alert.id, "at": now, "from_state": was, "to_state": alert.state, "reason": reason}
    added = alert_event.insert().values(**row, detail=codec.dump(dict(detail)))
    number: int = connection.execute(added.returning(alert_event.c.id)).scalar_one()
    return number
