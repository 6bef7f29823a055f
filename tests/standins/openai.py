"""A strict stand-in for the OpenAI organization API: real HTTP on loopback, every rule checked, faults on demand."""

from __future__ import annotations

import calendar
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.openai_rules import ENDPOINTS, SECONDS, Asked, Refused, checked

KEY = "sk-admin-stand-in-0123456789"
DIMENSIONS = {
    "project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "line_item", "size", "source",
    "context_level", "vector_store_id",
}  # fmt: skip


class Seen(NamedTuple):
    """One request that came in."""

    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]

    def all(self, name: str) -> list[str]:
        """Every value of an array parameter, in either spelling."""
        return [value for key, value in self.params if key in (name, f"{name}[]")]

    def one(self, name: str) -> str | None:
        """The value of a parameter."""
        return next(iter(self.all(name)), None)


@dataclass
class Fault:
    """What one request meets instead of an answer. `edit` changes the right answer instead of replacing it.

    `short`: the body ends before its Content-Length. `hang`: seconds of silence. `on`: only paths that hold this text.
    """

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    short: bool = False
    hang: float = 0.0
    edit: Callable[[dict[str, Any]], None] | None = None
    on: str = ""


def error(status: int, message: str, **rest: str | None) -> Fault:
    """A fault in OpenAI's error shape."""
    said = {"message": message, "type": rest.get("type"), "param": rest.get("param"), "code": rest.get("code")}
    return Fault(status, json.dumps({"error": said}))


class OpenAIStandIn:
    """`rows`: report -> bucket start -> results at their finest; `lists`: path -> objects; `now` ends what is known.

    `arrays`: the spellings it accepts; `ignored_arrays`: those it passes over in silence. `absent`: paths it lacks.
    `ungrouped_by`: groupings it refuses. `skip_empty`: leave out buckets without results.
    """

    def __init__(self, now: int) -> None:
        self.now = now
        self.rows: dict[str, dict[int, list[dict[str, Any]]]] = {}
        self.lists: dict[str, list[dict[str, Any]]] = {"/organization/projects": [], "/organization/users": []}
        self.arrays = {"brackets", "bare"}
        self.ignored_arrays: set[str] = set()
        self.absent: set[str] = set()
        self.ungrouped_by: set[str] = set()
        self.refused_list_params: set[str] = set()
        self.page_size: int | None = None
        self.skip_empty = False
        self.faults: deque[Fault] = deque()
        self.requests: list[Seen] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.standin = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, seen: Seen) -> dict[str, Any]:
        """The right answer, or Refused."""
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            given = seen.headers.get("authorization", "")
            raise Refused(401, f"Incorrect API key provided: {given}.", None, "invalid_api_key")
        if seen.path in self.absent:
            raise Refused(404, f"Invalid URL (GET /v1{seen.path})")
        if seen.path in ENDPOINTS:
            return self._buckets(seen)
        if seen.path in self.lists:
            return self._list(seen)
        raise Refused(404, f"Invalid URL (GET /v1{seen.path})")

    def _buckets(self, seen: Seen) -> dict[str, Any]:
        heard = [
            (name, value) for name, value in seen.params
            if not ("[]" in name and "brackets" in self.ignored_arrays)
            and not (name == "group_by" and "bare" in self.ignored_arrays)
        ]  # fmt: skip
        asked = checked(seen.path, heard, self.arrays)
        for name in asked.group_by:
            if name in self.ungrouped_by:
                raise Refused(400, f"Invalid value: '{name}' in group_by.", "group_by", "invalid_value")
        start = self._after_cursor(asked, heard)
        seconds, end = SECONDS[asked.width], asked.end or self.now
        edges = list(range(start, start + 1)) + list(range(start - start % seconds + seconds, end, seconds))
        size = min(asked.limit, self.page_size or asked.limit)
        page, rest = edges[:size], edges[size:]
        buckets = [self._bucket(seen.path, asked, edge) for edge in page]
        return {
            "object": "page",
            "data": [bucket for bucket in buckets if bucket["results"] or not self.skip_empty],
            "has_more": bool(rest),
            "next_page": f"page_{_digest(heard)}_{rest[0]}" if rest else None,
        }

    def _after_cursor(self, asked: Asked, heard: list[tuple[str, str]]) -> int:
        if asked.page is None:
            return asked.start
        _, _, token = asked.page.partition("_")
        digest, _, start = token.partition("_")
        if digest != _digest(heard) or not start.isdecimal():
            raise Refused(400, "The page token belongs to another query.", "page", "invalid_request_error")
        return int(start)

    def _bucket(self, path: str, asked: Asked, start: int) -> dict[str, Any]:
        seconds = SECONDS[asked.width]
        edge = start - start % seconds
        known = self.rows.get(path.rsplit("/", 1)[1], {})
        rows = [row for at, rows in known.items() if edge <= at < edge + seconds for row in rows]
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in rows:
            groups.setdefault(tuple(row.get(name) for name in asked.group_by), []).append(row)
        results = [_merged(ENDPOINTS[path].object, asked.group_by, group) for group in groups.values()]
        return {"object": "bucket", "start_time": start, "end_time": edge + seconds, "results": results}

    def _list(self, seen: Seen) -> dict[str, Any]:
        params = dict(seen.params)
        allowed = {"limit", "after"} | (
            {"include_archived"} if seen.path.endswith("projects")
            else {"owner_project_access"} if seen.path.endswith("api_keys") else set()
        )  # fmt: skip
        for name in params:
            if name not in allowed or name in self.refused_list_params:
                raise Refused(400, f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        limit = int(params.get("limit", "20"))
        if not 1 <= limit <= 100:
            raise Refused(400, "limit is not within 1 and 100.", "limit")
        items = self.lists[seen.path]
        if seen.path.endswith("projects") and params.get("include_archived") != "true":
            items = [item for item in items if item.get("status") != "archived"]
        ids = [item["id"] for item in items]
        first = ids.index(params["after"]) + 1 if "after" in params else 0
        page = items[first : first + min(limit, self.page_size or limit)]
        last = page[-1]["id"] if page else None
        more = first + len(page) < len(items)
        return {"object": "list", "data": page, "first_id": ids[0] if ids else None, "last_id": last, "has_more": more}


def _digest(params: list[tuple[str, str]]) -> str:
    query = json.dumps([pair for pair in params if pair[0] != "page"])
    return hashlib.sha256(query.encode()).hexdigest()[:12]


def _merged(object: str, group_by: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {"object": object}
    for row in rows:
        for name, value in row.items():
            if name in DIMENSIONS:
                result[name] = value if name in group_by else None
            elif name == "amount" and len(rows) > 1:
                before = Decimal(result["amount"]["value"]) if "amount" in result else Decimal(0)
                result[name] = {**value, "value": str(before + Decimal(str(value["value"])))}
            elif isinstance(value, int) and not isinstance(value, bool):
                result[name] = result.get(name, 0) + value
            else:
                result[name] = value
    return result


class _Server(ThreadingHTTPServer):
    standin: OpenAIStandIn
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the test; everything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        standin = self.server.standin
        url = urlsplit(self.path)
        path = unquote(url.path).removeprefix("/v1")
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(path, parse_qsl(url.query, keep_blank_values=True), headers)
        standin.requests.append(seen)
        fault = self._fault(path)
        if fault is not None and fault.edit is None:
            standin.stopping.wait(fault.hang)
            body = fault.body if isinstance(fault.body, bytes) else fault.body.encode()
            self._send(fault.status, body, fault.headers, len(body) + 50 * fault.short)
            return
        try:
            status, answer = 200, standin.answer(seen)
        except Refused as refused:
            status, answer = refused.status, refused.body
        if fault is not None and fault.edit is not None:
            fault.edit(answer)
        body = json.dumps(answer).encode()
        self._send(status, body, {}, len(body))

    def _fault(self, path: str) -> Fault | None:
        faults = self.server.standin.faults
        if faults and faults[0].on in path:
            return faults.popleft()
        return None

    def _send(self, status: int, body: bytes, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "x-request-id": "req_1", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(body)


def at(text: str) -> int:
    """Unix seconds of a UTC time such as "2026-01-05" or "2026-01-05T13:00"."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M" if "T" in text else "%Y-%m-%d"))
