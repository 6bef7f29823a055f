"""Receivers that do what a script says, and the outbox that feeds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.delivery import Delivered, deliver
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import Notifier
from budgetbot.process import new_name
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.store.samples import NOW

Step = DeliveryError | Exception | None
SECRET = "sk-admin-0123456789"


class Scripted:
    """Confirms, unless its script says otherwise. `asked` and `tried` are the keys it saw; `has` what arrived."""

    kind = "scripted"
    shows_deeds = False

    def __init__(self, name: str, script: Sequence[Step] = (), answers: Sequence[Step | str] = ()) -> None:
        self.name = name
        self.script = list(script)
        self.answers = list(answers)
        self.tried: list[str] = []
        self.asked: list[str] = []
        self.parents: list[Mapping[str, Json] | None] = []

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        self.tried.append(notification.key)
        self.parents.append(parent)
        outcome = self.script.pop(0) if self.script else None
        if outcome is not None:
            raise outcome
        return {"ts": notification.key}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        self.asked.append(notification.key)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return {"ts": answer} if answer else None

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


def failed(**how: Any) -> DeliveryError:
    return DeliveryError("HTTP 503", **how)


class Post:
    """An outbox with scripted receivers, and a clock that nobody waits for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock(NOW)
        self.sender = new_name()

    def queue(self, *notifications: Notification) -> None:
        self.store.alerts.record([], notifications, NOW)

    def work(self, *receivers: Notifier, patience: timedelta = timedelta(0)) -> Delivered:
        known = {receiver.name: receiver for receiver in receivers}
        return deliver(self.store.outbox, known, self.sender, self.clock, patience, self.clock.sleep)

    def rows(self) -> list[dict[str, Json]]:
        return list(reversed(self.store.outbox.deliveries()))

    def states(self) -> list[Json]:
        return [row["status"] for row in self.rows()]
