"""The shelf of receivers: one kind a file. `send` does the I/O, `message` is pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from budgetbot.core.model import Json, Notification


class Notifier(Protocol):
    """One configured receiver."""

    name: str
    kind: str

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """Deliver, and return where it went (channel and ts, Message-ID ...): kept, and handed back as `parent`
        with the next notification of the same thread. Returning means the receiver confirmed.

        Raises DeliveryError: `unknown` where it may have been accepted, `permanent` where trying again is pointless.
        """
        ...

    def find(self, notification: Notification) -> Mapping[str, Json] | None:
        """After an unknown outcome: where the notification arrived, None where it surely did not.

        Raises DeliveryError where the receiver cannot be asked.
        """
        ...

    def check(self) -> list[str]:
        """What is wrong with credential, scope or address, each with its fix; empty where all is well."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
