"""Slack as a place to ask and to act: what of it the settings turn on, over HTTP, by Socket Mode, or both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import structlog
from pydantic import SecretStr

from budgetbot.chat.slack.handlers import Handlers
from budgetbot.chat.slack.people import People
from budgetbot.notifiers.slack_api import SlackApi
from budgetbot.settings import Settings

if TYPE_CHECKING:
    from starlette.routing import Route

    from budgetbot.chat.slack.bolt_app import BoltChat
    from budgetbot.chat.slack.socket import SlackSocket

TIMEOUT = 2.5  # seconds: a window opens within three of the click, or never
MakeHandlers: TypeAlias = Callable[[People], Handlers]
_log = structlog.get_logger(__name__)


class Talk:
    """What `run` starts and ends. `routes`: where Slack posts."""

    def __init__(self, chat: BoltChat, socket: SlackSocket | None) -> None:
        from budgetbot.web import slack

        self._chat = chat
        self._socket = socket
        self.routes: list[Route] = slack.routes(chat if chat.over_http else None)

    def start(self) -> None:
        """Begin to listen; a Slack that is down holds nothing up."""
        if self._socket is not None:
            self._socket.start()

    def stop(self) -> bool:
        """Take nothing more. False where something asked for is not done: it may be cut off."""
        if self._socket is not None:
            self._socket.stop()
        return self._chat.close()


def talk_of(
    settings: Settings, handlers: MakeHandlers, clock: Callable[[], datetime], nudge: Callable[[], None]
) -> Talk | None:
    """The same by the settings; None where they turn nothing on. `nudge`: deliver now what a click left to be told."""
    token, signing, app = (
        _set(one) for one in (settings.slack_bot_token, settings.slack_signing_secret, settings.slack_app_token)
    )
    if token is None or (signing is None and app is None):
        if signing is not None or app is not None:
            _log.warning("nobody can ask in Slack: SLACK_BOT_TOKEN is not set")
        return None
    from budgetbot.chat.slack.bolt_app import BoltChat  # who does without Slack does not wait for its framework
    from budgetbot.chat.slack.bolt_desk import Desk
    from budgetbot.chat.slack.installation import Installation

    api = SlackApi(token, settings.slack_api_url, TIMEOUT)
    people = People(api)
    base_url = settings.slack_api_url.rstrip("/") + "/"
    chat = BoltChat(Desk(handlers(people), api, base_url, Installation(api, people), clock, nudge), signing)
    if app is None:
        return Talk(chat, None)
    from budgetbot.chat.slack.socket import SlackSocket

    return Talk(chat, SlackSocket(chat, app, base_url))


def _set(secret: SecretStr | None) -> SecretStr | None:
    return secret if secret is not None and secret.get_secret_value().strip() else None
