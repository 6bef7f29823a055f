"""Whoever owns what an alert is about, by e-mail where SMTP is set, else as a direct message in Slack.

A direct message to an e-mail address needs the scopes users:read and users:read.email.
https://docs.slack.dev/reference/methods/users.lookupByEmail
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.text import clean
from budgetbot.errors import DeliveryError
from budgetbot.notifiers import Notifier, interactive
from budgetbot.settings import Settings

_ADDRESS = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,255}")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,30}")
_UNSET = "set SMTP_URL and EMAIL_FROM, or SLACK_BOT_TOKEN, so that owners can be told"


class OwnerNotifier:
    """Every owner: who it is stands behind the colon of the notification's receiver, "owner:lead@example.com"."""

    kind = "owner"
    shows_deeds = True

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._known: dict[str, Notifier] = {}

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        """As e-mail or Slack does. Raises DeliveryError, `permanent` where the owner is nobody who can be told."""
        owner = self._owner(notification)
        if notification.reason is Reason.CHANGED and not owner.shows_deeds:
            return {"shown": False}
        return owner.send(notification, parent)

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """As e-mail or Slack does."""
        return self._owner(notification).find(notification, parent)

    def check(self) -> list[str]:
        """Whether either way is open."""
        return [] if self._settings.smtp_url or self._settings.slack_bot_token else [_UNSET]

    def close(self) -> None:
        """Let go of connections."""
        for notifier in self._known.values():
            with suppress(DeliveryError):
                notifier.close()

    def _owner(self, notification: Notification) -> Notifier:
        who = notification.receiver.partition(":")[2]
        known = self._known.get(who)
        if known is None:
            known = self._known[who] = self._built(notification.receiver, who)
        return known

    def _built(self, name: str, who: str) -> Notifier:
        settings, member = self._settings, _MEMBER.fullmatch(who) is not None
        if not member and not _ADDRESS.fullmatch(who):
            said = f"the owner {clean(who, 60)} is no e-mail address and no Slack member id (U...)"
            raise DeliveryError(f"{said}; correct the label", permanent=True)
        if settings.smtp_url and not member:
            from budgetbot.notifiers.email import EmailNotifier

            return EmailNotifier(name, settings.smtp_url, settings.email_from, [who])
        if settings.slack_bot_token is None:
            raise DeliveryError(f"the owner {clean(who, 60)} cannot be told; {_UNSET}", permanent=True)
        from budgetbot.notifiers.slack import SlackNotifier

        channel = who if member else self._member(who)
        token, clicks = settings.slack_bot_token, interactive(settings)
        return SlackNotifier(name, token, channel, settings.slack_api_url, interactive=clicks)

    def _member(self, address: str) -> str:
        from budgetbot.notifiers.slack_api import SlackApi

        assert self._settings.slack_bot_token is not None  # noqa: S101
        api = SlackApi(self._settings.slack_bot_token, self._settings.slack_api_url, 10)
        found = api.call("users.lookupByEmail", params={"email": address}).get("user")
        return str(found.get("id")) if isinstance(found, Mapping) else ""
