"""Where Slack posts commands, clicks and events: read, checked, and handed to threads of their own.

https://docs.slack.dev/interactivity
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from budgetbot.web.body import body_of
from budgetbot.web.http import PlainJson

COMMANDS, INTERACTIONS = "/slack/commands", "/slack/interactions"  # events come to the second, too
THREADS = 16  # for commands, and as many for all else: those that wait for a slow command hold up no click
READ_SECONDS = 1.5
_SIGNED = ("x-slack-request-timestamp", "x-slack-signature")


class Chat(Protocol):
    """What answers."""

    def signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack sent this just now; header names are lower case."""
        ...

    def answer(self, body: bytes, arrived: float) -> tuple[int, str, Mapping[str, str]]:
        """Status, body and headers; `arrived`: when, by time.monotonic()."""
        ...


def routes(chat: Chat | None) -> list[Route]:
    """Where Slack posts; nothing without somebody who answers."""
    if chat is None:
        return []
    asking, clicking = (ThreadPoolExecutor(THREADS, thread_name_prefix=f"slack-{n}") for n in ("http", "http-clicks"))
    return [_route(COMMANDS, chat, asking), _route(INTERACTIONS, chat, clicking)]


def _route(path: str, chat: Chat, pool: ThreadPoolExecutor) -> Route:
    async def take(request: Request) -> Response:
        arrived = time.monotonic()
        body = await body_of(request, READ_SECONDS)
        if isinstance(body, Response):
            return body
        if _is_ssl_check(body):
            return Response()
        if not chat.signed(body, {name: ",".join(request.headers.getlist(name)) for name in _SIGNED}):
            return PlainJson({"error": "no signature fits; check SLACK_SIGNING_SECRET and the clock"}, 401)
        status, said, headers = await asyncio.get_running_loop().run_in_executor(pool, chat.answer, body, arrived)
        return Response(said, status, dict(headers))

    return Route(path, take, methods=["POST"])


def _is_ssl_check(body: bytes) -> bool:
    """Slack looks now and then whether the certificate is fine, and does not sign that."""
    if len(body) > 1000 or b"ssl_check" not in body:
        return False
    return dict(parse_qsl(body.decode("utf-8", "replace"))).get("ssl_check") == "1"
