"""One call to Slack, and what its failure means. Never tried again here: a second post would be a second message.

https://docs.slack.dev/apis/web-api
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any, cast
from urllib.error import URLError

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from budgetbot.errors import DeliveryError, Fault
from budgetbot.notifiers.fault import answered, unanswered

PERMANENT = frozenset({
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive", "invalid_auth", "not_authed",
    "account_inactive", "token_revoked", "missing_scope", "restricted_action", "invalid_blocks",
    "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text", "cant_update_message",
    "message_not_found", "plan_upgrade_required", "users_not_found",
})  # fmt: skip
_FIXES = {
    "channel_not_found": "name an existing channel, and invite the bot where it is private",
    "not_in_channel": "invite the bot to the channel",
    "is_archived": "name a channel that is not archived",
    "missing_scope": "add the scope to the app and install it again",
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked"), "set a valid bot token in SLACK_BOT_TOKEN"
    ),
}
_CREDENTIAL = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope"})
_NEVER_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_PAGES = 100


class SlackError(DeliveryError):
    """Slack did not do it. `error` is its own word for why, "" where it gave none."""

    def __init__(
        self,
        message: str,
        error: str = "",
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        fault: Fault = "other",
    ) -> None:
        super().__init__(message, permanent=permanent, unknown=unknown, retry_after=retry_after, fault=fault)
        self.error = error


class SlackApi:
    """Calls of one bot token."""

    def __init__(self, token: SecretStr, base_url: str, timeout: float) -> None:
        base_url = base_url if base_url.endswith("/") else f"{base_url}/"
        secret = token.get_secret_value()
        self._client = WebClient(secret, base_url=base_url, timeout=cast(int, timeout), retry_handlers=[])

    def call(
        self, method: str, *, json: Mapping[str, Any] | None = None, params: Mapping[str, Any] | None = None
    ) -> SlackResponse:
        """The answer, surely ok. Raises SlackError; `unknown` is only meant for methods that post."""
        try:
            return self._client.api_call(
                method, json=dict(json) if json else None, params=dict(params) if params else None
            )
        except SlackApiError as error:
            raise _refused(method, error.response) from None
        except URLError as error:
            sent = not isinstance(error.reason, _NEVER_SENT)
            what = f"Slack {method}: cannot connect ({_kind(error.reason)})"
            raise SlackError(what, unknown=sent, fault=unanswered(error.reason)) from None
        except (OSError, HTTPException, SlackClientError, ValueError, AttributeError) as error:
            what = f"Slack {method}: no usable answer ({_kind(error)})"
            raise SlackError(what, unknown=True, fault=unanswered(error)) from None

    def pages(self, method: str, key: str, params: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:
        """Every item of a paged answer. Raises SlackError, also where the pages do not end."""
        cursor = ""
        for _ in range(_PAGES):
            answer = self.call(method, params={**params, **({"cursor": cursor} if cursor else {})})
            yield from answer.get(key) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise SlackError(f"Slack {method}: more than {_PAGES} pages", permanent=True)


def scopes(answer: SlackResponse) -> frozenset[str]:
    """What the token may do."""
    listed = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes", "")
    return frozenset(scope.strip() for scope in listed.split(",") if scope.strip())


def _refused(method: str, answer: SlackResponse | Mapping[str, Any]) -> SlackError:
    status = answer.status_code if isinstance(answer, SlackResponse) else 200
    headers = answer.headers if isinstance(answer, SlackResponse) else {}
    body = answer.data if isinstance(answer, SlackResponse) else answer
    error = str(body.get("error", "")) if isinstance(body, Mapping) else ""
    if status == 429:
        wait = _retry_after(headers)
        return SlackError(f"Slack {method}: too many requests", "ratelimited", retry_after=wait, fault="rate_limited")
    if status >= 500:
        return SlackError(f"Slack {method}: HTTP {status}", unknown=True, fault="server_error")
    if not re.fullmatch(r"[a-z0-9_]{1,60}", error):  # not Slack's answer: a proxy's page, or nothing readable
        what = f"Slack {method}: HTTP {status} without a readable answer"
        return SlackError(what, unknown=True, fault=answered(status))
    fix = f"; {_FIXES[error]}" if error in _FIXES else ""
    kind: Fault = "auth_error" if error in _CREDENTIAL else "client_error"
    return SlackError(f"Slack {method}: {error}{fix}", error, permanent=error in PERMANENT, fault=kind)


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    value = str({name.lower(): value for name, value in headers.items()}.get("retry-after", ""))
    return float(value) if re.fullmatch(r"\d{1,6}", value) else None


def _kind(error: object) -> str:
    return type(error).__name__
