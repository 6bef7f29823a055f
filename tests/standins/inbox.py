"""A receiver that keeps what it was told."""

from __future__ import annotations

from collections.abc import Mapping

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.notifiers.wording import Message, message


class Inbox:
    """Takes everything at once."""

    kind = "inbox"
    shows_deeds = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[Notification] = []

    @property
    def messages(self) -> list[Message]:
        """What it was told, in words."""
        return [message(notification) for notification in self.told]

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Keep it."""
        self.told.append(notification)
        return {}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Nothing is ever in doubt."""
        return None

    def check(self) -> list[str]:
        """It always works."""
        return []

    def close(self) -> None:
        """Nothing to let go of."""
