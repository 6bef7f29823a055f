"""An answer after the acknowledgement, at the address that Slack gave with what it answers.

https://docs.slack.dev/interactivity/handling-user-interaction: five answers within thirty minutes, without a token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.parse import urlsplit

import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from budgetbot.chat.answer import Answer
from budgetbot.core.model import Json
from budgetbot.notifiers.slack_native import NativeCharts, has_chart, without_charts

USES = 5
LASTS = timedelta(minutes=30)
_TIMEOUT = 5  # seconds
_log = structlog.get_logger(__name__)


def message(answer: Answer) -> dict[str, Json]:
    """An answer as Slack takes it, in an acknowledgement too."""
    said: dict[str, Json] = {"response_type": "in_channel" if answer.public else "ephemeral", "text": answer.text}
    return {**said, "blocks": list(answer.blocks)} if answer.blocks else said


def is_slacks(url: str, api: str) -> bool:
    """Whether an address is Slack's: nothing is ever posted elsewhere, whatever a payload says."""
    try:
        found, base = urlsplit(url), urlsplit(api)
        host = found.hostname or ""
        if (found.scheme, host) == (base.scheme, base.hostname):
            return True
        return found.scheme == "https" and found.port in (None, 443) and host.endswith((".slack.com", ".slack-gov.com"))
    except ValueError:
        return False


class ResponseUrl:
    """The address that came with one command or click. `pause`: seconds before the one second try."""

    def __init__(self, url: str, api: str, charts: NativeCharts, clock: Callable[[], datetime], pause: float) -> None:
        self._url = url if url and is_slacks(url, api) else ""
        self._charts = charts
        self._clock = clock
        self._pause = pause
        self._until = clock() + LASTS
        self._left = USES
        self._lock = threading.Lock()

    @property
    def usable(self) -> bool:
        """Whether anything can be sent there still."""
        return bool(self._url) and self._left > 0 and self._clock() < self._until

    def send(self, answer: Answer) -> bool:
        """Whether Slack took it. A chart that it refuses is left out, here and for a day everywhere."""
        if has_chart(answer.blocks) and not self._charts.native(self._clock()):
            answer = replace(answer, blocks=without_charts(answer.blocks))
        refused = self._post(answer)
        if refused == "invalid_blocks" and has_chart(answer.blocks):
            self._charts.refused(self._clock())
            refused = self._post(replace(answer, blocks=without_charts(answer.blocks)))
        if refused:
            _log.warning("an answer did not reach Slack", error=refused)
        return not refused

    def _post(self, answer: Answer) -> str:
        """What is wrong, "" for nothing. What surely did not arrive is tried once more."""
        body = {**message(answer), "replace_original": False, "unfurl_links": False, "unfurl_media": False}
        refused, again = self._once(body)
        if again and self.usable:
            time.sleep(self._pause)
            refused, _ = self._once(body)
        return refused

    def _once(self, body: Mapping[str, Json]) -> tuple[str, bool]:
        with self._lock:
            if not self.usable:
                return "the time or the number of answers is used up", False
            self._left -= 1
        try:
            client = WebhookClient(self._url, timeout=_TIMEOUT, retry_handlers=[])
            found = client.send_dict(dict(body))
        except ConnectionRefusedError:
            return "connection refused", True
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            reason = getattr(error, "reason", error)
            return f"no answer ({type(reason).__name__})", isinstance(reason, ConnectionRefusedError)
        if "invalid_blocks" in found.body:
            return "invalid_blocks", False
        if found.status_code == 200 and '"ok":false' not in found.body.replace(" ", ""):
            return "", False
        return f"HTTP {found.status_code}", found.status_code == 429 or found.status_code >= 500
