"""Starlette routes over functions that `app` hands in: the web reads, and evaluates nothing."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from budgetbot.core.model import Json
from budgetbot.errors import BudgetbotError
from budgetbot.web.metrics import CONTENT_TYPE

Read: TypeAlias = Callable[[Mapping[str, str]], Json]
"""Query parameters to the JSON that commands print. Raises ValueError for words that are not understood."""


@dataclass(frozen=True, slots=True)
class Api:
    """What can be asked over HTTP. `ready`: what is wrong, a line each; empty where all is well. `policy`: the hash of
    the one in force. `metrics`: all of them, in the text format of Prometheus. `role`: of
    this process among those that share the work, where it shares any.
    """

    reads: Mapping[str, Read]
    ready: Callable[[], list[str]]
    policy: Callable[[], str] = lambda: ""
    metrics: Callable[[], bytes] = lambda: b""
    role: Callable[[], str] | None = None


class PlainJson(JSONResponse):
    """JSON as the commands print it; NaN is refused."""

    def render(self, content: object) -> bytes:
        """UTF-8 JSON."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def web_app(api: Api, token: SecretStr | None, signed: Sequence[Route] = ()) -> Starlette:
    """The app. `token` protects everything but /healthz, /readyz, and what is `signed` instead."""

    def healthz(_: Request) -> Response:
        return PlainJson({"status": "ok"})

    async def readyz(_: Request) -> Response:
        wrong = await run_in_threadpool(api.ready)
        said = {"status": "unready" if wrong else "ok", "wrong": wrong, "policy": api.policy()}
        if api.role is not None:
            said["role"] = api.role()
        return PlainJson(said, 503 if wrong else 200)

    async def metrics(request: Request) -> Response:
        if not _allowed(request, token):
            return _unauthorised()
        return Response(await run_in_threadpool(api.metrics), headers={"content-type": CONTENT_TYPE})

    async def read(request: Request) -> Response:
        if not _allowed(request, token):
            return _unauthorised()
        answer = api.reads.get(request.path_params["what"])
        if answer is None:
            return PlainJson({"error": f"no such thing; one of {', '.join(api.reads)}"}, 404)
        try:
            return PlainJson(await run_in_threadpool(answer, dict(request.query_params)))
        except (ValueError, BudgetbotError) as error:
            return PlainJson({"error": str(error)}, 400)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/api/v1/{what}", read),
            *signed,
        ]
    )


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _unauthorised() -> Response:
    return PlainJson({"error": "send Authorization: Bearer BUDGETBOT_WEB_TOKEN"}, 401, _CHALLENGE)


def _allowed(request: Request, token: SecretStr | None) -> bool:
    if token is None:
        return True
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.get_secret_value().encode())
