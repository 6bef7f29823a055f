"""What strict stand-ins of providers share: real HTTP on loopback, faults on demand, what was asked."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.openai import Fault, Seen


class Refused(Exception):
    """An error answer, as the provider words it."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class ProviderStandIn:
    """A provider under `root`. What answers is `answer`, which raises Refused where the real one refuses."""

    def __init__(self, root: str = "") -> None:
        self.faults: deque[Fault] = deque()
        self.requests: list[Seen] = []
        self._root = root
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.standin = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{self._root}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of every request for a path, in order."""
        return [dict(seen.params) for seen in self.requests if seen.path == path]

    def answer(self, seen: Seen) -> Any:
        """The right answer, or Refused."""
        raise NotImplementedError

    def respond(self, target: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer to one request, a scripted fault instead of it or in it."""
        url = urlsplit(target)
        path = unquote(url.path).removeprefix(self._root)
        seen = Seen(path, parse_qsl(url.query, keep_blank_values=True), headers)
        self.requests.append(seen)
        fault = self.faults.popleft() if self.faults and self.faults[0].on in path else None
        if fault is not None and fault.edit is None:
            return fault.status, fault.body.encode() if isinstance(fault.body, str) else fault.body, fault.headers
        try:
            status, body = 200, self.answer(seen)
        except Refused as refused:
            status, body = refused.status, refused.body
        if fault is not None and fault.edit is not None:
            fault.edit(body)
        return status, json.dumps(body).encode(), {}


class _Server(ThreadingHTTPServer):
    standin: ProviderStandIn
    daemon_threads = False
    block_on_close = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        given = {name.lower(): value for name, value in self.headers.items()}
        status, body, headers = self.server.standin.respond(self.path, given)
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
