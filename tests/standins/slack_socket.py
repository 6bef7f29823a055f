"""Slack's side of Socket Mode: a small server of RFC 6455, one thread for each connection."""

from __future__ import annotations

import base64
import hashlib
import json
import queue
import socket
import struct
import threading
import uuid
from contextlib import suppress
from typing import Any

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class SocketMode:
    """`links`: the open connections. Each envelope goes to one of them."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.opened = 0
        self.tickets: set[str] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    def url(self) -> str:
        """An address with a ticket that works once."""
        if not self.started:
            self._thread.start()
        ticket = uuid.uuid4().hex
        self.tickets.add(ticket)
        return f"ws://127.0.0.1:{self._listening.getsockname()[1]}/link/?ticket={ticket}&app_id=A1"

    def send(self, kind: str, payload: Any, seconds: float = 3.0) -> dict[str, Any] | None:
        """What one of the connections acknowledged with; None where it did not in time."""
        link = self.links[-1]
        envelope = {"type": kind, "envelope_id": uuid.uuid4().hex, "payload": payload}
        answers: queue.Queue[dict[str, Any]] = queue.Queue()
        link.waiting[envelope["envelope_id"]] = answers
        link.tell({**envelope, "accepts_response_payload": kind != "events_api"})
        try:
            return answers.get(timeout=seconds)
        except queue.Empty:
            return None

    def refresh(self) -> None:
        """Tell all that they have to connect anew."""
        for link in list(self.links):
            link.tell({"type": "disconnect", "reason": "refresh_requested"})

    def cut(self) -> None:
        """Drop all connections without a word."""
        for link in list(self.links):
            link.end()

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listening.accept()[0]
            except OSError:
                return
            threading.Thread(target=Link, args=(self, connection), daemon=True).start()


class Link:
    """One connection, from its handshake to its end."""

    def __init__(self, mode: SocketMode, connection: socket.socket) -> None:
        self.waiting: dict[str, queue.Queue[dict[str, Any]]] = {}
        self._mode = mode
        self._connection = connection
        self._lock = threading.Lock()
        with connection, suppress(OSError, ConnectionError):
            if self._greet():
                try:
                    self._listen()
                finally:
                    mode.links.remove(self)

    def tell(self, message: object) -> None:
        self._frame(_TEXT, json.dumps(message).encode())

    def end(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _greet(self) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._some(1)
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        ticket = lines[0].partition("ticket=")[2].partition("&")[0]
        if ticket not in self._mode.tickets:
            self._connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            return False
        self._mode.tickets.remove(ticket)
        key = hashlib.sha1((headers["sec-websocket-key"] + _MAGIC).encode()).digest()  # noqa: S324  # as RFC 6455 says
        accept = base64.b64encode(key).decode()
        self._connection.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.tell({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
        self._mode.opened += 1
        self._mode.links.append(self)
        return True

    def _listen(self) -> None:
        while True:
            first, second = self._some(2)
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(self._some(2 if length == 126 else 8), "big")
            mask = self._some(4) if second & 0x80 else b"\0\0\0\0"
            data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(self._some(length)))
            kind = first & 0x0F
            if kind == _PING:
                self._frame(_PONG, data)
            elif kind == _CLOSE:
                return
            elif kind == _TEXT:
                told = json.loads(data)
                if (waits := self.waiting.pop(told["envelope_id"], None)) is not None:
                    waits.put(told.get("payload") or {})

    def _frame(self, kind: int, data: bytes) -> None:
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
        if len(data) > 0xFFFF:
            size = b"\x7f" + struct.pack("!Q", len(data))
        with self._lock, suppress(OSError):
            self._connection.sendall(bytes([0x80 | kind]) + size + data)

    def _some(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            more = self._connection.recv(count - len(found))
            if not more:
                raise ConnectionError
            found += more
        return found
