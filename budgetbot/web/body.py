"""The raw body of a request, as it was signed: limited in size and in time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from budgetbot.web.http import PlainJson

LIMIT = 1_000_000  # bytes


async def body_of(request: Request, seconds: float) -> bytes | Response:
    """The body, or the answer to one that is too long, or does not arrive within this time."""
    try:
        body = await asyncio.wait_for(_read(request), seconds)
    except (TimeoutError, ClientDisconnect):
        return PlainJson({"error": "the body did not arrive"}, 503)
    if body is None:
        return PlainJson({"error": f"the body is longer than {LIMIT} bytes"}, 413)
    return body


async def _read(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return None
    return bytes(body)
