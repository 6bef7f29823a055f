"""Alerts as they stand, what became of them, and the rules that were seen. Kept for ever, with evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select

from budgetbot.core.instant import iso
from budgetbot.core.model import Alert, Json, Kind
from budgetbot.core.notification import Notification, Reason, Told
from budgetbot.errors import UsageError
from budgetbot.store import codec
from budgetbot.store.alert_rows import BY_PEOPLE, OPEN, alert_of, note, row_of
from budgetbot.store.by_hand import Act, Done, acknowledging, do, releasing, resolving, saying, snoozing
from budgetbot.store.database import Database, chunks, upsert
from budgetbot.store.deeds import pass_on
from budgetbot.store.outbox import enqueue
from budgetbot.store.tables import alert as table
from budgetbot.store.tables import alert_event, outbox, rule


class Alerts:
    """Reads and writes alerts; decides nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: Kind | None = None) -> list[Alert]:
        """Pending and firing ones, of one kind where it is named."""
        return self._select(OPEN, *([] if kind is None else [table.c.kind == kind]))

    def climbing(self) -> list[Alert]:
        """Firing ones that go up an escalation."""
        return self._select(table.c.state == "firing", table.c.climbs != "[]")

    def counts(self) -> dict[tuple[str, str], int]:
        """How many open ones there are, by state and severity."""
        key = table.c.state, table.c.severity
        with self._database.read() as connection:
            rows = connection.execute(select(*key, func.count()).where(OPEN).group_by(*key)).all()
        return {(row[0], row[1]): row[2] for row in rows}

    def recent(self, since: datetime) -> list[Alert]:
        """Open ones, and those resolved at `since` or later."""
        return self._select(OPEN | (table.c.resolved_at >= since))

    def known(self, since: datetime) -> list[Alert]:
        """What a decision has to know: recent ones, all of periods that end at `since` or later, and of those without
        an end what was resolved by hand, and the whole incident while one of its levels is open."""
        incidents = select(table.c.period).where(OPEN, table.c.end.is_(None))
        endless = and_(table.c.end.is_(None), or_(table.c.reason == "manual", table.c.period.in_(incidents)))
        return self._select(or_(OPEN, table.c.resolved_at >= since, table.c.end >= since, endless))

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
            return [alert_of(row._asdict()) for row in connection.execute(wanted)]

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
        for ids in chunks(sorted(alert.id for alert in alerts)):
            wanted = select(table.c.id, table.c.state, table.c.reason).where(table.c.id.in_(ids))
            wanted = wanted.order_by(table.c.id).with_for_update()
            before |= {row.id: row for row in connection.execute(wanted)}
        for alert in alerts:
            was = before.get(alert.id)
            if was is not None and was.state == "resolved" != alert.state:
                continue  # resolved by hand since the cycle read it; a new crossing would be a new episode
            upsert(connection, table, [row_of(alert)], keep=BY_PEOPLE)
            if was is None or (was.state, was.reason) != (alert.state, alert.reason):
                note(connection, alert, was.state if was else None, alert.reason, now, alert.evidence)

    def drop(self, ids: Sequence[str]) -> None:
        """Forget pending alerts that went away before they fired; others stay."""
        with self._database.write() as connection:
            _drop(connection, ids)

    def acknowledge(self, id: str, by: str, now: datetime, *, event: str | None = None, only: bool = False) -> Done:
        """Somebody looks after it: no repeats, no escalation. The first to say so stays, until it has come to its end.

        It holds for all that its message spoke of, unless `only` this one is meant. `event`: the id of what a receiver
        told, which counts once however often it is delivered. Raises UsageError.
        """
        return self._by_hand(id, acknowledging(by, now), now, event, only)

    def unacknowledge(self, id: str, by: str, now: datetime, *, event: str | None = None, only: bool = False) -> Done:
        """Nobody looks after it any more, whoever did: its acknowledgement has come to its end. Raises UsageError."""
        return self._by_hand(id, releasing(by, now), now, event, only)

    def snooze(
        self,
        id: str,
        until: datetime,
        now: datetime,
        *,
        by: str | None = None,
        reason: str | None = None,
        only: bool = False,
    ) -> Done:
        """Quiet until then. Raises UsageError."""
        if until <= now:
            raise UsageError(f"{iso(until)} is over; name a later end for the snooze")
        return self._by_hand(id, snoozing(until, by, reason), now, None, only)

    def decline(self, id: str, by: str, to: tuple[str, ...], now: datetime) -> Done:
        """It is not theirs: nobody looks after it any more, and `to` is told at once. Raises UsageError."""
        alert = self.get(id)
        with self._database.write() as connection:
            if alert.acknowledged(now):
                do(connection, alert.id, releasing(by, now), now, event=None, only=True)
            done = do(connection, alert.id, saying("not_mine", {"by": by, "to": list(to)}), now, event=None, only=True)
            pass_on(connection, done.alert, to, done.number or 0, now)
            return done

    def resolve(self, id: str, by: str, now: datetime, *, event: str | None = None, only: bool = False) -> Done:
        """Ended by hand. Raises UsageError."""
        return self._by_hand(id, resolving(by, now), now, event, only)

    def _by_hand(self, id: str, act: Act, now: datetime, event: str | None, only: bool) -> Done:
        alert = self.get(id)
        with self._database.write() as connection:
            return do(connection, alert.id, act, now, event=event, only=only)

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
