"""What the engine's world remembers between two turns, and the ways in which a turn can come to grief."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from hypothesis import strategies as st

from budgetbot.core.decide import Decision
from budgetbot.core.lifecycle import acknowledged_until
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification
from budgetbot.policy.step import Seen, State
from tests.standins.recorder import Crash, Recorder

Deed: TypeAlias = Literal["acknowledge", "unacknowledge", "snooze", "resolve"]
DEEDS: tuple[Deed, ...] = ("acknowledge", "acknowledge", "unacknowledge", "snooze", "resolve")


class Peril(NamedTuple):
    """Where a turn breaks off: at the n-th statement of its record or of its deliveries, or when the n-th message was
    accepted. "lost": the answer to it is; "refused": it is, and taken when it comes again.
    """

    what: Literal["record", "deliver", "accepted", "lost", "refused"]
    n: int


PERILS = st.none() | st.builds(
    Peril, st.sampled_from(["record", "deliver", "accepted", "lost", "refused"]), st.integers(0, 12)
)


class Memory(Protocol):
    """Alerts by id and notifications by key, as they were decided."""

    @property
    def alerts(self) -> Mapping[str, Alert]: ...

    @property
    def rows(self) -> Mapping[str, Notification]: ...

    def state(self, since: datetime) -> State:
        """What a step looks at."""
        ...

    def climbing(self) -> list[Alert]:
        """What a look at the escalations alone is about."""
        ...

    def keep(self, decision: Decision, seen: Seen | None, now: datetime, peril: Peril | None = None) -> None:
        """Record and deliver. Raises Crash."""
        ...

    def act(
        self, deed: Deed, id: str, now: datetime, until: datetime, *, only: bool, peril: Peril | None = None
    ) -> None:
        """What a person does; `until`: the end of a snooze. Raises Crash."""
        ...

    def revive(self) -> None:
        """Another process takes over after a crash."""
        ...


class Plain(Recorder):
    """In this process alone."""

    def climbing(self) -> list[Alert]:
        """What a look at the escalations alone is about."""
        return [alert for alert in self.alerts.values() if alert.state == "firing" and alert.climbs]

    def keep(self, decision: Decision, seen: Seen | None, now: datetime, peril: Peril | None = None) -> None:
        """Record. Raises Crash."""
        self.record(decision, seen, crash=peril is not None and peril.what == "record")
        if peril is not None:
            raise Crash

    def act(
        self, deed: Deed, id: str, now: datetime, until: datetime, *, only: bool, peril: Peril | None = None
    ) -> None:
        """What a person does. Raises Crash."""
        if peril is not None:
            raise Crash
        for one in [id, *(() if only else spoken_for(self.rows.values(), id))]:
            alert = self.alerts.get(one)
            if alert is None or alert.state == "resolved":
                continue
            if facts := _facts(deed, alert, now, until):
                self.change(alert, **facts)

    def revive(self) -> None:
        """Nothing is lost."""


def _facts(deed: Deed, alert: Alert, now: datetime, until: datetime) -> dict[str, Any]:
    if deed == "acknowledge" and not alert.acknowledged(now):
        end = acknowledged_until(alert, now)
        return {"acknowledged_by": "anna", "acknowledged_at": now, "acknowledged_until": end}
    if deed == "unacknowledge" and alert.acknowledged(now):
        return {"acknowledged_by": None, "acknowledged_until": now}
    if deed == "snooze":
        return {"snoozed_until": until}
    return {"state": "resolved", "reason": "manual", "resolved_at": now} if deed == "resolve" else {}


def spoken_for(rows: Iterable[Notification], id: str) -> set[str]:
    """The alerts for which this one spoke."""
    grouped = (row.alert for row in rows if row.status == "grouped" and row.leader == id)
    return {alert.id for alert in grouped if alert is not None and alert.id != id}
