"""What people do to an alert. Where its message speaks of others too, it is done to those as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.lifecycle import acknowledged_until
from budgetbot.core.model import Alert
from budgetbot.errors import UsageError
from budgetbot.store import codec
from budgetbot.store.alert_rows import OPEN, locked, note
from budgetbot.store.deeds import tell
from budgetbot.store.tables import alert as table
from budgetbot.store.tables import alert_event, outbox


class Done(NamedTuple):
    """The alert as it is now, and the ids of the others for which it holds too: open ones of the same message.

    `number`: of the event that was kept; None where nothing changed.
    """

    alert: Alert
    others: tuple[str, ...] = ()
    number: int | None = None


class _Changed(NamedTuple):
    alert: Alert
    number: int


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: the new values of an alert, and what its event tells; `fits`: where it changes anything."""

    what: str
    values: Callable[[Alert], dict[str, Any]]
    detail: Callable[[Alert], dict[str, Any]]
    fits: Callable[[Alert], bool] = lambda alert: True


def acknowledging(by: str, now: datetime) -> Act:
    """The first to say so stays, until it has come to its end."""

    def values(alert: Alert) -> dict[str, Any]:
        until = acknowledged_until(alert, now)
        return {"acknowledged_by": by, "acknowledged_at": now, "acknowledged_until": until}

    def detail(alert: Alert) -> dict[str, Any]:
        return {"by": by, "until": iso_or_none(acknowledged_until(alert, now))}

    return Act("acknowledged", values, detail, lambda alert: not alert.acknowledged(now))


def releasing(by: str, now: datetime) -> Act:
    """Whoever looked after it, nobody does any more."""
    values = {"acknowledged_by": None, "acknowledged_until": now}
    return Act("unacknowledged", lambda _: values, lambda _: {"by": by}, lambda alert: alert.acknowledged(now))


def snoozing(until: datetime, by: str | None = None, reason: str | None = None) -> Act:
    """Quiet until then."""
    said = {"by": by, "reason": reason}
    detail = {"until": iso(until), **{name: text for name, text in said.items() if text}}
    return Act("snoozed", lambda _: {"snoozed_until": until}, lambda _: detail)


def saying(what: str, detail: Mapping[str, Any]) -> Act:
    """Nothing becomes of the alert itself; it is kept that somebody did this."""
    return Act(what, lambda _: {}, lambda _: dict(detail))


def resolving(by: str, now: datetime) -> Act:
    """Ended."""
    values = {"state": "resolved", "reason": "manual", "resolved_at": now}
    return Act("manual", lambda _: values, lambda _: {"by": by})


def do(connection: Connection, id: str, act: Act, now: datetime, *, event: str | None, only: bool) -> Done:
    """Do it. `event` counts once, however often it is told; `only`: to this alert alone. Raises UsageError."""
    others = [] if only else _grouped(connection, id)
    alerts = locked(connection, [id, *others])
    first, heard = alerts.pop(id, None), {} if event is None else {"event": event}
    if first is None:
        raise UsageError(f"there is no alert {id} any more; `budgetbot alerts` lists the open ones")
    if event is not None and _heard(connection, id, event):
        return Done(first)
    if first.state == "resolved":
        raise UsageError(f"alert {id} is resolved already; `budgetbot alerts` lists the open ones")
    changed = _change(connection, first, act, now, heard)
    if changed is not None and act.what != "manual":  # an end is told by the next evaluation, which knows the levels
        tell(connection, changed.alert, act.what, act.detail(first), changed.number, now)
    if changed is None and heard:  # kept, so that the same event can do nothing later either
        note(connection, first, first.state, "known already", now, {"by": act.detail(first)["by"], **heard})
    beside = [alert for alert in alerts.values() if alert.state != "resolved"]
    for alert in beside:
        _change(connection, alert, act, now, {"message_of": id, **heard})
    return Done(changed.alert if changed else first, tuple(alert.id for alert in beside), changed and changed.number)


def _grouped(connection: Connection, id: str) -> list[str]:
    """The open alerts for which this one spoke, at any receiver."""
    told = select(outbox.c.id).where(
        outbox.c.alert_id == table.c.id, outbox.c.status == "grouped", outbox.c.leader == id
    )
    return list(connection.scalars(select(table.c.id).where(OPEN, told.exists(), table.c.id != id)))


def _change(connection: Connection, alert: Alert, act: Act, now: datetime, more: Mapping[str, Any]) -> _Changed | None:
    """The alert after it, and the number of its event; None where nothing changes."""
    if not act.fits(alert):
        return None
    values = act.values(alert)
    if values:
        connection.execute(update(table).where(table.c.id == alert.id).values(values))
    after = replace(alert, **values)
    return _Changed(after, note(connection, after, alert.state, act.what, now, {**act.detail(alert), **more}))


def _heard(connection: Connection, id: str, event: str) -> bool:
    """Whether this event was told of this alert before."""
    details = connection.scalars(select(alert_event.c.detail).where(alert_event.c.alert_id == id))
    return any(codec.load(detail).get("event") == event for detail in details)
