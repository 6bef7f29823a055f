"""Socket Mode: Slack is called, instead of calling us. https://docs.slack.dev/apis/events-api/using-socket-mode"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from socket import SHUT_RDWR

import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.request import SocketModeRequest

from budgetbot.chat.slack.bolt_app import BoltChat, silent

THREADS = 32
_PAUSE, _LONGEST = 1.0, 30.0  # seconds between two tries to connect
_TIMEOUT = 10  # seconds
_OVERLAP = 0.5  # seconds that a connection which Slack replaces goes on
_log = structlog.get_logger(__name__)


class SlackSocket:
    """One connection, opened again whenever it ends. Slack being down keeps nothing else from running."""

    def __init__(
        self, chat: BoltChat, app_token: SecretStr, base_url: str, *, ping: float = 10.0, pause: float = _PAUSE
    ) -> None:
        self._pause = pause
        self._over = threading.Event()
        web = WebClient(base_url=base_url, timeout=_TIMEOUT, retry_handlers=[])
        self._handler = _Handler(chat, app_token.get_secret_value(), web, ping)
        self._thread = threading.Thread(target=self._connect, name="slack-socket", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack has said hello, and nothing ended it since."""
        return self._handler.greeted and self._handler.client.is_connected()

    def start(self) -> None:
        """Begin to connect, and return at once."""
        self._thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Take nothing more; what the library holds on to longer than this ends with the process."""
        self._over.set()
        closing = threading.Thread(target=self._handler.end, name="slack-socket-end", daemon=True)
        closing.start()
        closing.join(seconds)

    def _connect(self) -> None:
        pause = self._pause
        while not self._over.is_set():
            try:
                self._handler.client.connect()
            except Exception as error:  # whatever it is, Slack may be there again in a moment
                _log.warning("Slack: Socket Mode is not connected; it is tried again", error=_told(error))
            else:
                return  # from here on the library sees to it
            self._over.wait(pause)
            pause = min(2 * pause, _LONGEST)


class _Handler(SocketModeHandler):
    """Bolt's own, but for what is checked first."""

    def __init__(self, chat: BoltChat, app_token: str, web: WebClient, ping: float) -> None:
        super().__init__(chat.app, app_token, logger=silent(), web_client=web, ping_interval=ping, concurrency=THREADS)
        self.greeted = False
        self._chat = chat
        self.client.on_message_listeners.append(self._heard)
        self.client.on_error_listeners.append(self._failed)
        self.client.on_close_listeners.append(self._closed)

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """One envelope; what is not understood stays without an answer, as Slack wants it."""
        began = time.time()
        response = self._chat.take(req.payload, time.monotonic())
        try:
            send_response(client, req, response, began)
        except Exception as error:  # the connection went meanwhile: what was asked for is done all the same
            _log.warning("Slack: an answer did not go out", error=type(error).__name__)

    def end(self) -> None:
        """Close; who waits for a next message, for up to three seconds, is woken."""
        client = self.client
        client.auto_reconnect_enabled = False
        client.closed = True
        client.message_queue.put(None)
        _wake(client.current_session)
        client.close()

    def _heard(self, message: str) -> None:
        if not self.greeted and '"hello"' in message[:200]:
            self.greeted = True
            _log.info("Slack: connected by Socket Mode")
        elif '"disconnect"' in message[:200]:  # the library opens another, but reads it only when this one has ended
            threading.Timer(_OVERLAP, _wake, [self.client.current_session]).start()

    def _failed(self, error: Exception) -> None:
        self._lost(type(error).__name__)

    def _closed(self, code: int, reason: str | None = None) -> None:
        self._lost(f"closed, {code}")

    def _lost(self, why: str) -> None:
        if self.greeted and not self.client.closed:
            _log.warning("Slack: Socket Mode is interrupted; it is connected again", error=why)
        self.greeted = False


def _wake(session: Connection | None) -> None:
    """Who reads the connection stops waiting for more, as where Slack had closed it."""
    sock = session.sock if session is not None else None
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(SHUT_RDWR)


def _told(error: Exception) -> str:
    """Slack's own word for it, or the kind of failure; never a text that may hold an address with a ticket."""
    if isinstance(error, SlackApiError) and isinstance(error.response.get("error"), str):
        return f"{error.response['error'][:60]}; see to SLACK_APP_TOKEN (scope connections:write)"
    return type(getattr(error, "reason", error)).__name__
