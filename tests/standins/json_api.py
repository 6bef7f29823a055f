"""The common half of the strict stand-ins: real HTTP on loopback, every request kept, faults on demand."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.openai import Fault, Seen


class Wrong(Exception):
    """The request breaks a rule; `body` is the answer."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


class JsonApi:
    """One API. `faults` are met by the next requests, one each; `answer` gives the right answer, or raises Wrong."""

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.requests: list[Seen] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, seen: Seen) -> Any:
        """The right answer, or Wrong."""
        raise NotImplementedError


def digest(params: list[tuple[str, str]]) -> str:
    """What a cursor is bound to: the whole query but itself."""
    query = json.dumps([pair for pair in params if pair[0] != "page"])
    return hashlib.sha256(query.encode()).hexdigest()[:12]


class _Server(ThreadingHTTPServer):
    api: JsonApi
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
        api, url = self.server.api, urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(unquote(url.path), parse_qsl(url.query, keep_blank_values=True), headers)
        api.requests.append(seen)
        fault = api.faults.popleft() if api.faults and api.faults[0].on in seen.path else None
        if fault is not None and fault.edit is None:
            self._send(
                fault.status, fault.body if isinstance(fault.body, bytes) else fault.body.encode(), fault.headers
            )
            return
        try:
            status, answer = 200, api.answer(seen)
        except Wrong as wrong:
            status, answer = wrong.status, wrong.body
        if fault is not None and fault.edit is not None:
            fault.edit(answer)
        self._send(status, json.dumps(answer).encode(), {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
