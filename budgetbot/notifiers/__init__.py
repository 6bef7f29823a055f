"""The shelf of receivers: one kind a file. `send` does the I/O, the messages are pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel

from budgetbot.core.model import Json, Notification
from budgetbot.errors import UsageError
from budgetbot.notifiers.options import ConsoleOptions, EmailOptions, SlackOptions
from budgetbot.settings import Settings

KINDS: dict[str, type[BaseModel]] = {"console": ConsoleOptions, "slack": SlackOptions, "email": EmailOptions}
"""What a policy may write after a receiver's name, by kind."""


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

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """After an unknown outcome, with the same `parent`: where the notification arrived, as `send` would have
        said it; None where it surely did not.

        Raises DeliveryError where the receiver cannot be asked: `unknown` where it may be asked later.
        """
        ...

    def check(self) -> list[str]:
        """What is wrong with credential, scope or address, each with its fix; empty where all is well."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def build(name: str, kind: str, options: BaseModel, settings: Settings) -> Notifier:
    """The receiver that a policy names. Its client library is only loaded here. Raises UsageError for other kinds."""
    if kind == "console":
        from budgetbot.notifiers.console import ConsoleNotifier

        return ConsoleNotifier(name)
    if isinstance(options, SlackOptions):
        from budgetbot.notifiers.slack import SlackNotifier

        return SlackNotifier(name, settings.slack_bot_token, options.channel, settings.slack_api_url)
    if isinstance(options, EmailOptions):
        from budgetbot.notifiers.email import EmailNotifier

        return EmailNotifier(name, settings.smtp_url, settings.email_from, options.to)
    raise UsageError(f"receiver {name}: there is no kind {kind}; write one of {', '.join(KINDS)}")
