"""A strict Slack: a real HTTP server that refuses what Slack refuses, and fails as it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from tests.standins.slack_workspace import APP_TOKEN, TOKEN, Body, Workspace, no

__all__ = ["ALL_SCOPES", "APP_TOKEN", "CHAT_SCOPES", "TOKEN", "FakeSlack", "Fault"]

ALL_SCOPES = "chat:write,channels:history,groups:history,channels:read,groups:read"
CHAT_SCOPES = f"{ALL_SCOPES},commands,files:write,users:read,users:read.email,usergroups:read"


@dataclass
class Fault:
    """What goes wrong with the next call of `method`. `accept`: Slack does the work all the same."""

    method: str
    status: int = 200
    error: str = "internal_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    drop: bool = False
    hang: bool = False
    accept: bool = False


class FakeSlack(Workspace):
    """`messages` is everything that was posted, `calls` everything that was asked (method, body)."""

    def __init__(self, scopes: str = ALL_SCOPES, page: int = 200) -> None:
        super().__init__(scopes, page)
        self.calls: list[tuple[str, Body]] = []
        self.one_a_second = False
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.files.address = self.responses.address = self.url.removesuffix("/api/")
        self.add_channel("C0GENERAL", "general")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def __enter__(self) -> FakeSlack:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self.socket.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, method: str, **how: Any) -> None:
        """The next call of `method` fails so; several are used up in order."""
        self._faults.append(Fault(method, **how))

    def posted(self, method: str = "chat.postMessage") -> list[Body]:
        """The bodies of all calls of a method."""
        return [body for called, body in self.calls if called == method]

    def take(self, method: str, body: Body, token: str) -> tuple[Fault | None, Body]:
        """What goes wrong, if anything, and what the workspace says; counts the call."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.method == method), self._too_fast(method, body))
            self.calls.append((method, body))
            if fault in self._faults:
                self._faults.remove(fault)
            if fault and not fault.accept:
                return fault, no(fault.error)
            return fault, self.answer(method, body, token)

    def respond(self, id: str, body: Body, token: str) -> tuple[int, Body]:
        """What comes to a response_url; it can be made to fail as "response_url"."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.method == "response_url"), None)
            if fault is not None:
                self._faults.remove(fault)
                return fault.status, no(fault.error)
            self.responses.charts = self.charts
            return self.responses.take(id, body, token)

    def _too_fast(self, method: str, body: Body) -> Fault | None:
        """With `one_a_second`, a channel takes one message and then no more: tests do not wait for the next second."""
        channel = self.channel(str(body.get("channel")))
        full = channel and any(message["channel"] == channel["id"] for message in self.messages)
        if self.one_a_second and method == "chat.postMessage" and full:
            return Fault(method, status=429, error="ratelimited", headers={"Retry-After": "1"})
        return None

    def wait(self) -> None:
        """Until nobody is interested any more."""
        self._stop.wait(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, slack: FakeSlack) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slack = slack


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        slack, (_, place, rest) = self.server.slack, self.path.split("/", 2)
        if place == "upload":
            self._reply(*slack.files.take(rest, self._raw()), {})
        elif place == "response":
            status, answer = slack.respond(rest, self._body(), self.headers.get("Authorization", ""))
            self._reply(status, json.dumps(answer), {})
        else:
            self._call()

    def _call(self) -> None:
        slack, method = self.server.slack, self.path.removeprefix("/api/").partition("?")[0]
        fault, answer = slack.take(method, self._body(), self.headers.get("Authorization", ""))
        if fault is None:
            self._reply(200, json.dumps(answer), {"x-oauth-scopes": slack.scopes})
        elif fault.drop or fault.hang:
            if fault.hang:
                slack.wait()
            self.close_connection = True
            with suppress(OSError):  # the client may have left first
                self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._reply(fault.status, json.dumps(answer) if fault.text is None else fault.text, fault.headers)

    def _body(self) -> Body:
        raw = self._raw().decode()
        if raw and self.headers.get("Content-Type", "").startswith("application/json"):
            parsed: Body = json.loads(raw)
            return parsed
        return dict(parse_qsl(raw, keep_blank_values=True))

    def _raw(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _reply(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        with suppress(OSError):  # the client may have left first
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
