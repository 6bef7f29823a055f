"""The shelf of receivers: one kind a file. `send` does the I/O, the messages are pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.errors import UsageError
from budgetbot.notifiers.options import (
    AppriseOptions,
    ConsoleOptions,
    DiscordOptions,
    EmailOptions,
    NtfyOptions,
    OpsgenieOptions,
    PagerDutyOptions,
    SlackOptions,
    TeamsOptions,
    WebhookOptions,
)
from budgetbot.settings import Settings, secret

KINDS: dict[str, type[BaseModel]] = {
    "console": ConsoleOptions,
    "slack": SlackOptions,
    "email": EmailOptions,
    "pagerduty": PagerDutyOptions,
    "opsgenie": OpsgenieOptions,
    "webhook": WebhookOptions,
    "teams": TeamsOptions,
    "discord": DiscordOptions,
    "ntfy": NtfyOptions,
    "apprise": AppriseOptions,
}
"""What a policy may write after a receiver's name, by kind."""
_NEEDS: dict[str, tuple[str, ...]] = {
    "slack": ("SLACK_BOT_TOKEN",),
    "email": ("SMTP_URL", "EMAIL_FROM"),
    "pagerduty": ("PAGERDUTY_ROUTING_KEY",),
    "opsgenie": ("OPSGENIE_API_KEY",),
}


class Notifier(Protocol):
    """One configured receiver. `shows_deeds`: whether it has a place for what people did about an alert."""

    name: str
    kind: str
    shows_deeds: bool

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

        token, clicks = settings.slack_bot_token, interactive(settings)
        return SlackNotifier(name, token, options.channel, settings.slack_api_url, interactive=clicks)
    if isinstance(options, EmailOptions):
        from budgetbot.notifiers.email import EmailNotifier

        return EmailNotifier(name, settings.smtp_url, settings.email_from, options.to)
    if isinstance(options, PagerDutyOptions):
        from budgetbot.notifiers.pagerduty import PagerDutyNotifier

        key = secret(options.key_env) if options.key_env else settings.pagerduty_routing_key
        return PagerDutyNotifier(name, key, options, settings.pagerduty_events_url, settings.budgetbot_install)
    if isinstance(options, OpsgenieOptions):
        from budgetbot.notifiers.opsgenie import OpsgenieNotifier

        key = secret(options.key_env) if options.key_env else settings.opsgenie_api_key
        return OpsgenieNotifier(name, key, options, settings.opsgenie_api_url, settings.budgetbot_install)
    if isinstance(options, WebhookOptions):
        from budgetbot.notifiers.webhook import WebhookNotifier

        url = secret(options.url_env) if options.url_env else None
        signing = secret(options.secret_env) if options.secret_env else None
        return WebhookNotifier(name, options, url, signing)
    if isinstance(options, AppriseOptions):
        from budgetbot.notifiers.apprise import AppriseNotifier

        return AppriseNotifier(name, kind, options.url_env, secret(options.url_env))
    raise UsageError(f"receiver {name}: there is no kind {kind}; write one of {', '.join(KINDS)}")


def interactive(settings: Settings) -> bool:
    """Whether Slack tells us who clicks a button: signed over HTTP, or over Socket Mode."""
    return bool(settings.slack_signing_secret or settings.slack_app_token)


def missing(kind: str, settings: Settings, options: BaseModel | None = None) -> list[str]:
    """The variables that a kind of receiver cannot do without and that are not set; its options may name others."""
    named = {field: getattr(options, field, None) for field in ("key_env", "url_env", "secret_env")}
    absent = [variable for variable in named.values() if variable and secret(variable) is None]
    usual = () if named["key_env"] else _NEEDS.get(kind, ())
    return absent + [variable for variable in usual if not getattr(settings, variable.lower())]
