"""What strict stand-ins of receivers share: real HTTP on loopback, every request kept, faults on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self


@dataclass
class Fault:
    """What one request meets instead of an answer. `accept`: the work is done all the same.

    `hang`: silence; `reset`: the connection breaks. Otherwise status, headers and body as they stand.
    """

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    reset: bool = False
    accept: bool = False


class Seen(NamedTuple):
    """One request that came in; `body` is raw."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, which must be UTF-8."""
        return json.loads(self.body.decode("utf-8"))


class Refused(Exception):
    """An error answer."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


class PostStandIn:
    """`faults` are met by the next requests, one each; `answer` gives status and body, or raises Refused."""

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.requests: list[Seen] = []
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.standin = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, seen: Seen) -> tuple[int, Any]:
        """Status and JSON of the right answer, or Refused."""
        raise NotImplementedError

    def take(self, seen: Seen) -> tuple[Fault | None, int, bytes]:
        """What goes wrong, if anything; else the answer."""
        self.requests.append(seen)
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and not fault.accept:
            return fault, 0, b""
        try:
            status, body = self.answer(seen)
        except Refused as refused:
            status, body = refused.status, refused.body
        return fault, status, b"" if body is None else json.dumps(body).encode()

    def wait(self) -> None:
        """Until the test is over."""
        self._over.wait(5)


class _Server(ThreadingHTTPServer):
    standin: PostStandIn
    daemon_threads = False
    block_on_close = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = self.rfile.read(int(headers.get("content-length") or 0))
        fault, status, body = self.server.standin.take(Seen(self.command, self.path, headers, content))
        if fault is None:
            self._reply(status, body, {})
        elif fault.hang or fault.reset:
            if fault.hang:
                self.server.standin.wait()
            self._break()
        else:
            self._reply(fault.status, fault.body, fault.headers)

    def _break(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # the client may have left first
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        with suppress(OSError):  # the client may have left first
            self.end_headers()
            self.wfile.write(body)
