"""Alerts as they stand, what became of them, and the rules that were seen. Kept for ever, with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.lifecycle import acknowledged_until
from budgetbot.core.model import Alert, Json, Notification, Reason, Severity, Told
from budgetbot.errors import UsageError
from budgetbot.store import codec
from budgetbot.store.database import Database, chunks, upsert
from budgetbot.store.outbox import enqueue
from budgetbot.store.tables import alert as table
from budgetbot.store.tables import alert_event, outbox, rule

_OPEN = table.c.state.in_(("pending", "firing"))
_BY_PEOPLE = ("acknowledged_by", "acknowledged_at", "acknowledged_until", "snoozed_until")
"""Only acknowledge() and snooze() write these: a cycle may hold a copy from before."""


class Alerts:
    """Reads and writes alerts; decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> list[Alert]:
        """Pending and firing ones."""
        return self._select(_OPEN)

    def climbing(self) -> list[Alert]:
        """Firing ones that go up an escalation."""
        return self._select(table.c.state == "firing", table.c.climbs != "[]")

    def counts(self) -> dict[tuple[str, str], int]:
        """How many open ones there are, by state and severity."""
        key = table.c.state, table.c.severity
        with self._database.read() as connection:
            rows = connection.execute(select(*key, func.count()).where(_OPEN).group_by(*key)).all()
        return {(row[0], row[1]): row[2] for row in rows}

    def recent(self, since: datetime) -> list[Alert]:
        """Open ones, and those resolved at `since` or later."""
        return self._select(_OPEN | (table.c.resolved_at >= since))

    def known(self, since: datetime) -> list[Alert]:
        """What a decision has to know: recent ones, all of periods that end at `since` or later, and of those without
        an end what was resolved by hand, and the whole incident while one of its levels is open."""
        incidents = select(table.c.period).where(_OPEN, table.c.end.is_(None))
        endless = and_(table.c.end.is_(None), or_(table.c.reason == "manual", table.c.period.in_(incidents)))
        return self._select(or_(_OPEN, table.c.resolved_at >= since, table.c.end >= since, endless))

    def all(self) -> list[Alert]:
        """Every alert there ever was."""
        return self._select()

    def get(self, id_prefix: str) -> Alert:
        """The alert whose id begins so. Raises UsageError where there is none, or more than one."""
        found = self._select(table.c.id.startswith(id_prefix, autoescape=True)) if id_prefix else []
        if len(found) == 1:
            return found[0]
        shown = ascii(id_prefix[:20])
        if not found:
            raise UsageError(f"there is no alert {shown}; `budgetbot alerts --all` lists them")
        ids = ", ".join(alert.id for alert in found[:5])
        raise UsageError(f"{shown} begins more than one alert's id ({ids}); write more of it")

    def has(self, id_prefix: str) -> bool:
        """Whether some alert's id begins so; what is shorter than three letters is no id."""
        return len(id_prefix) >= 3 and bool(self._select(table.c.id.startswith(id_prefix, autoescape=True)))

    def _select(self, *where: ColumnElement[bool]) -> list[Alert]:
        wanted = select(table).where(*where).order_by(table.c.active_since, table.c.id)
        with self._database.read() as connection:
            return [_alert(row._asdict()) for row in connection.execute(wanted)]

    def events(self, id: str) -> list[dict[str, Json]]:
        """What became of one alert, step by step, oldest first: at, from, to, reason, detail."""
        c = alert_event.c
        with self._database.read() as connection:
            rows = connection.execute(select(alert_event).where(c.alert_id == id).order_by(c.id)).all()
        return [
            {
                "at": iso(row.at),
                "from": row.from_state,
                "to": row.to_state,
                "reason": row.reason,
                "detail": codec.load(row.detail),
            }
            for row in rows
        ]

    def told(self, alert_ids: Sequence[str]) -> list[Told]:
        """What receivers were told of these alerts, or will be, oldest first."""
        c = outbox.c
        columns = select(c.alert_id, c.receiver, c.reason, c.seq, c.status, c.created_at, c.leader, c.id)
        with self._database.read() as connection:
            rows = [row for ids in chunks(alert_ids) for row in connection.execute(columns.where(c.alert_id.in_(ids)))]
        rows.sort(key=lambda row: row.id)
        return [Told(row.alert_id, row.receiver, Reason(row.reason), *row[3:7]) for row in rows]

    def record(
        self,
        alerts: Sequence[Alert],
        notifications: Sequence[Notification],
        now: datetime,
        *,
        dropped: Sequence[str] = (),
        seen: Mapping[str, tuple[str, datetime]] | None = None,
        policy_hash: str = "",
    ) -> int:
        """What was decided, in one transaction; how many notifications are new (a key exists only once).

        `dropped`: pending alerts that went away. `seen`: the rules of the policy; None leaves what is known of them.
        """
        with self._database.write() as connection:
            self._upsert(connection, alerts, now)
            _drop(connection, dropped)
            if seen is not None:
                _save_rules(connection, seen, policy_hash)
            return enqueue(connection, notifications)

    def _upsert(self, connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
        before: dict[str, Any] = {}
        for ids in chunks([alert.id for alert in alerts]):
            wanted = select(table.c.id, table.c.state, table.c.reason).where(table.c.id.in_(ids)).with_for_update()
            before |= {row.id: row for row in connection.execute(wanted)}
        for alert in alerts:
            was = before.get(alert.id)
            if was is not None and was.state == "resolved" != alert.state:
                continue  # resolved by hand since the cycle read it; a new crossing would be a new episode
            upsert(connection, table, [_row(alert)], keep=_BY_PEOPLE)
            if was is None or (was.state, was.reason) != (alert.state, alert.reason):
                _event(connection, alert, was.state if was else None, alert.reason, now, alert.evidence)

    def drop(self, ids: Sequence[str]) -> None:
        """Forget pending alerts that went away before they fired; others stay."""
        with self._database.write() as connection:
            _drop(connection, ids)

    def acknowledge(self, id: str, by: str, now: datetime, *, event: str | None = None) -> Alert:
        """Somebody looks after it: no repeats, no escalation. The first to say so stays, until it has come to its end.

        `event`: the id of what a receiver told, which counts once however often it is delivered. Raises UsageError.
        """
        until = acknowledged_until(self.get(id), now)
        values = {"acknowledged_by": by, "acknowledged_at": now, "acknowledged_until": until}
        nobody = table.c.acknowledged_at.is_(None) | (table.c.acknowledged_until <= now)
        detail = {"by": by, "until": iso_or_none(until)}
        return self._by_hand(id, now, "acknowledged", values, detail, nobody, event=event)

    def unacknowledge(self, id: str, by: str, now: datetime, *, event: str | None = None) -> Alert:
        """Nobody looks after it any more, whoever did: its acknowledgement has come to its end. Raises UsageError."""
        values = {"acknowledged_by": None, "acknowledged_until": now}
        until = table.c.acknowledged_until
        somebody = and_(table.c.acknowledged_at.is_not(None), or_(until.is_(None), until > now))
        return self._by_hand(id, now, "unacknowledged", values, {"by": by}, somebody, event=event)

    def snooze(self, id: str, until: datetime, now: datetime) -> Alert:
        """Quiet until then. Raises UsageError."""
        if until <= now:
            raise UsageError(f"{iso(until)} is over; name a later end for the snooze")
        return self._by_hand(id, now, "snoozed", {"snoozed_until": until}, {"until": iso(until)})

    def resolve(self, id: str, by: str, now: datetime, *, event: str | None = None) -> Alert:
        """Ended by hand. Raises UsageError."""
        values = {"state": "resolved", "reason": "manual", "resolved_at": now}
        return self._by_hand(id, now, "manual", values, {"by": by}, event=event)

    def _by_hand(
        self,
        id: str,
        now: datetime,
        what: str,
        values: Mapping[str, Any],
        detail: Mapping[str, Any],
        *where: ColumnElement[bool],
        event: str | None = None,
    ) -> Alert:
        alert = self.get(id)
        heard = {} if event is None else {"event": event}
        changed = update(table).where(table.c.id == alert.id, _OPEN, *where).values(values)
        with self._database.write() as connection:
            if event is not None and _heard(connection, alert.id, event):
                return self._one(connection, alert.id)
            done = connection.execute(changed).rowcount == 1
            after = self._one(connection, alert.id)
            if done:
                _event(connection, after, alert.state, what, now, {**detail, **heard})
            elif heard and after.state != "resolved":  # kept, so that the same event can do nothing later either
                _event(connection, after, alert.state, "known already", now, {"by": detail["by"], **heard})
        if not done and after.state == "resolved":
            raise UsageError(f"alert {alert.id} is resolved already; `budgetbot alerts` lists the open ones")
        return after

    @staticmethod
    def _one(connection: Connection, id: str) -> Alert:
        return _alert(connection.execute(select(table).where(table.c.id == id)).one()._asdict())

    def rules(self) -> dict[str, tuple[str, datetime]]:
        """The rules of the last step: name to identity and the moment from which it is known."""
        with self._database.read() as connection:
            return {row.name: (row.identity, row.since) for row in connection.execute(select(rule))}


def _save_rules(connection: Connection, seen: Mapping[str, tuple[str, datetime]], policy_hash: str) -> None:
    connection.execute(delete(rule).where(rule.c.name.not_in(list(seen))))
    rows = [
        {"name": name, "identity": identity, "since": since, "policy_hash": policy_hash}
        for name, (identity, since) in seen.items()
    ]
    upsert(connection, rule, rows)


def _drop(connection: Connection, ids: Iterable[str]) -> None:
    for some in chunks(list(ids)):
        connection.execute(delete(table).where(table.c.id.in_(some), table.c.state == "pending"))


def _event(
    connection: Connection, alert: Alert, was: str | None, reason: str | None, now: datetime, detail: Mapping[str, Any]
) -> None:
    row = {"alert_id": alert.id, "at": now, "from_state": was, "to_state": alert.state, "reason": reason}
    connection.execute(alert_event.insert().values(**row, detail=codec.dump(dict(detail))))


def _heard(connection: Connection, id: str, event: str) -> bool:
    """Whether this event was told of this alert before; until the transaction ends, nobody else tells of it."""
    connection.execute(select(table.c.id).where(table.c.id == id).with_for_update()).all()
    details = connection.scalars(select(alert_event.c.detail).where(alert_event.c.alert_id == id))
    return any(codec.load(detail).get("event") == event for detail in details)


def _row(alert: Alert) -> dict[str, Any]:
    values = {field.name: getattr(alert, field.name) for field in fields(alert)}
    structured = {
        "scope": codec.dump(codec.scope_rows(alert.scope)),
        "drivers": codec.dump(codec.driver_rows(alert.drivers)),
        "evidence": codec.dump(dict(alert.evidence)),
        "labels": codec.dump(dict(alert.labels)),
        "climbs": codec.dump(codec.climb_rows(alert.climbs)),
        "severity": alert.severity.value,
    }
    return values | structured | dict.fromkeys(_BY_PEOPLE)


def _alert(row: Mapping[str, Any]) -> Alert:
    structured = {
        "scope": codec.scope_of(codec.load(row["scope"])),
        "drivers": codec.drivers_of(codec.load(row["drivers"])),
        "evidence": codec.load(row["evidence"]),
        "labels": codec.load(row["labels"]),
        "climbs": codec.climbs_of(codec.load(row["climbs"])),
        "severity": Severity(row["severity"]),
    }
    return Alert(**{**row, **structured})
