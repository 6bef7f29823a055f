"""What comes from Slack, over HTTP or Socket Mode, takes one way from here: checked, and told apart by slack-bolt.

https://docs.slack.dev/tools/bolt-python
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from pydantic import SecretStr
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient

from budgetbot.chat.slack.bolt_clicks import ClickListener, SubmissionListener
from budgetbot.chat.slack.bolt_commands import CommandListener, HomeListener
from budgetbot.chat.slack.bolt_desk import Desk
from budgetbot.chat.slack.payload import payload_of, told
from budgetbot.chat.slack.signature import signed
from budgetbot.logs import fault

PATIENCE = 2.0  # seconds that an end waits for what is under way
_log = structlog.get_logger(__name__)


class BoltChat:
    """Both transports end here. What Slack sends never makes it fail; whoever sends nonsense hears so."""

    def __init__(self, desk: Desk, signing_secret: SecretStr | None = None) -> None:
        self._desk = desk
        self._secret = signing_secret.get_secret_value().strip() if signing_secret else ""
        self.app = _app(desk)

    @property
    def over_http(self) -> bool:
        """Whether requests can be checked."""
        return bool(self._secret)

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time."""
        return self._desk.clock

    def signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack sent this just now. Header names are lower case."""
        return signed(self._secret, body, headers, self._desk.clock())

    def answer(self, body: bytes, arrived: float) -> tuple[int, str, Mapping[str, str]]:
        """Status, body and headers for a request that was signed, within the three seconds that Slack waits.

        `arrived`: when, by time.monotonic().
        """
        try:
            payload = payload_of(body)
        except ValueError:
            payload = None
        found = self.take(payload, arrived)
        return found.status, found.body, {name: values[0] for name, values in found.headers.items()}

    def take(self, payload: object, arrived: float) -> BoltResponse:
        """The same for a payload; 400 for nonsense."""
        try:
            if not isinstance(payload, dict):
                raise ValueError("not an object")
            context = {"told": told(payload), "arrived": arrived}
            # over HTTP bolt would take a form with the word "payload" in it for an empty one
            return self.app.dispatch(BoltRequest(mode="socket_mode", body=payload, context=context))
        except Exception as error:  # listeners do not raise: it is the library that stumbles over what it is given
            _log.warning("a request of Slack's was not understood", error=fault(error))
            return BoltResponse(status=400, body={"error": "not as Slack tells it"})

    def close(self, seconds: float = PATIENCE) -> bool:
        """Take nothing more; False where something is not done within this time."""
        until = time.monotonic() + seconds
        over = [workers.close(until - time.monotonic()) for workers in (self._desk.asking, self._desk.clicking)]
        return all(over)


def _app(desk: Desk) -> App:
    """Everything that looks into requests, or asks Slack before it answers, is off: that is done here, in time."""
    app = App(
        name="budgetbot",
        logger=silent(),
        client=WebClient(base_url=desk.base_url, retry_handlers=[]),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None),
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.command(re.compile("^/"))(CommandListener(desk))
    app.action(re.compile("^(alert|allowance):"))(ClickListener(desk))
    app.view(re.compile("^(snooze|planned|raise)$"))(SubmissionListener(desk))
    app.event("app_home_opened")(HomeListener(desk))
    app.error(_unhandled)
    return app


def _unhandled(error: Exception) -> BoltResponse:
    """What is none of ours is acknowledged, and nothing happens."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    _log.error("a request of Slack's was not understood", error=fault(error))
    return BoltResponse(status=400, body="")


def silent() -> logging.Logger:
    """Slack's libraries write what people said into their logs; what matters is logged here."""
    logger = logging.Logger("slack", logging.CRITICAL + 1)
    logger.addHandler(logging.NullHandler())
    return logger
