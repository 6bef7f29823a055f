"""The engine's memory in a real database, with strict receivers; any statement may be the last one of a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, event, select

from budgetbot.core.decide import Decision
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.delivery import deliver
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import Notifier
from budgetbot.policy.step import Seen, State
from budgetbot.process import new_name
from budgetbot.store import Store, codec, open_store
from budgetbot.store.tables import outbox
from tests.core.engine.memory import Deed, Peril
from tests.core.engine.plan import RECEIVERS
from tests.standins.clock import Clock
from tests.standins.recorder import Crash

_PATIENCE = timedelta(hours=1)


class Death(BaseException):
    """The process ends here: nothing that it might still do about it is done."""


class Fuse:
    """Lets a process die at its n-th statement from now; `commits`: at the latest when it commits."""

    def __init__(self, engine: Engine) -> None:
        self._left: int | None = None
        self._commits = False
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._commit)

    def burn(self, left: int | None, *, commits: bool = False) -> None:
        """From now on; None puts it out."""
        self._left, self._commits = left, commits

    def _statement(self, *_: object) -> None:
        if self._left is None:
            return
        if self._left == 0:
            self._die()
        self._left -= 1

    def _commit(self, _: Connection) -> None:
        if self._commits:
            self._die()

    def _die(self) -> None:
        self.burn(None)
        raise Death


class Inbox:
    """Shows everything that it accepts, twice if it must; it can be asked what it has. `befalls`: what goes wrong."""

    kind = "inbox"
    shows_deeds = False

    def __init__(self, name: str, befalls: Callable[[], str | None]) -> None:
        self.name = name
        self.shown: Counter[str] = Counter()
        self._befalls = befalls

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Accept it; what happens then is another matter."""
        what = self._befalls()
        if what == "refused":
            raise DeliveryError("HTTP 503")
        self.shown[notification.key] += 1
        if what == "accepted":
            raise Death
        if what == "lost":
            raise DeliveryError("no answer", unknown=True)
        return {"key": notification.key}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Whether it is there."""
        return {"key": notification.key} if self.shown[notification.key] else None

    def check(self) -> list[str]:
        """Nothing is ever wrong."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class Stored:
    """Alerts and notifications in a database, behind one process after another."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._notifications: dict[str, Notification] = {}
        self._perils: list[str | None] = []
        self._inboxes = [Inbox(name, self._befalls) for name in RECEIVERS]
        self._begin()

    def _begin(self) -> None:
        self._store: Store = open_store(self._url)
        self._engine: Engine = self._store._database.engine
        self._fuse = Fuse(self._engine)
        self._name = new_name()

    def _befalls(self) -> str | None:
        return self._perils.pop(0) if self._perils else None

    @property
    def alerts(self) -> dict[str, Alert]:
        """All there ever were."""
        return {alert.id: alert for alert in self._store.alerts.all()}

    @property
    def rows(self) -> dict[str, Notification]:
        """All that were decided, as they were then; not what people did, which is told with the deed."""
        decided = select(outbox.c.key, outbox.c.payload).where(outbox.c.reason != Reason.CHANGED.value)
        with self._engine.connect() as connection:
            for key, payload in connection.execute(decided.order_by(outbox.c.id)):
                if key not in self._notifications:
                    self._notifications[key] = codec.notification_of(payload)
        return dict(self._notifications)

    def state(self, since: datetime) -> State:
        """What a step looks at."""
        alerts = self._store.alerts.known(since)
        return State(alerts, self._store.alerts.told([alert.id for alert in alerts]), self._store.alerts.rules())

    def climbing(self) -> list[Alert]:
        """What a look at the escalations alone is about."""
        return self._store.alerts.climbing()

    def keep(self, decision: Decision, seen: Seen | None, now: datetime, peril: Peril | None = None) -> None:
        """Record and deliver. Raises Crash."""
        what, n = peril or ("", 0)
        try:
            self._fuse.burn(n if what == "record" else None, commits=what == "record")
            self._store.alerts.record(
                decision.alerts, decision.notifications, now, dropped=decision.dropped, seen=seen, policy_hash="one"
            )
            self._fuse.burn(n if what == "deliver" else None)
            self._perils = [None] * n + [what] if what in ("accepted", "lost", "refused") else []
            self._deliver(now)
        except Death:
            raise Crash from None
        self._fuse.burn(None)
        self._check_that_everything_arrived()

    def _deliver(self, now: datetime) -> None:
        clock = Clock(now)
        known: dict[str, Notifier] = {inbox.name: inbox for inbox in self._inboxes}
        deliver(self._store.outbox, known, self._name, clock, _PATIENCE, clock.sleep)

    def _check_that_everything_arrived(self) -> None:
        """Once, and nowhere but where it was meant to go."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(outbox.c.key, outbox.c.receiver, outbox.c.status, outbox.c.reason)).all()
        sent = {(row.receiver, row.key) for row in rows if row.status == "sent"}
        assert {row.status for row in rows if row.reason != Reason.CHANGED.value} <= {"sent", "grouped", "inhibited"}
        assert {row.status for row in rows if row.reason == Reason.CHANGED.value} <= {"pending", "noop"}
        shown = {(inbox.name, key): times for inbox in self._inboxes for key, times in inbox.shown.items()}
        assert shown == dict.fromkeys(sent, 1)

    def act(
        self, deed: Deed, id: str, now: datetime, until: datetime, *, only: bool, peril: Peril | None = None
    ) -> None:
        """What a person does. Raises Crash."""
        alerts = self._store.alerts
        self._fuse.burn(peril.n if peril else None, commits=peril is not None)
        try:
            if deed == "acknowledge":
                alerts.acknowledge(id, "anna", now, only=only)
            elif deed == "unacknowledge":
                alerts.unacknowledge(id, "anna", now, only=only)
            elif deed == "snooze":
                alerts.snooze(id, until, now, only=only)
            else:
                alerts.resolve(id, "anna", now, only=only)
        except Death:
            raise Crash from None
        finally:
            self._fuse.burn(None)

    def revive(self) -> None:
        """Another process takes over after a crash."""
        self.close()
        self._begin()

    def close(self) -> None:
        """Let go of the database."""
        self._fuse.burn(None)
        self._store.close()
