"""`budgetbot run`: scheduler and web app in one process, ended by SIGTERM without losing anything."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime

import structlog
import uvicorn

from budgetbot.app import Queries, api_of
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError
from budgetbot.scheduler import Scheduler
from budgetbot.settings import Settings
from budgetbot.web import web_app

_log = structlog.get_logger(__name__)


def serve(parts: Parts, token: int, settings: Settings, clock: Callable[[], datetime]) -> bool:
    """Run until SIGTERM or SIGINT; what is under way is brought to a safe place first.

    False where something is under way still, such as a request that a provider does not answer: it may be cut off.
    Raises UsageError where the port is taken, or the lease was lost to another process.
    """
    listening = _listen(settings.budgetbot_http_host, settings.budgetbot_http_port)
    app = web_app(api_of(Queries(parts, clock)), settings.budgetbot_web_token)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    lost = threading.Event()

    def leave(*_: object) -> None:
        server.should_exit = True

    def give_way() -> None:
        lost.set()
        leave()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)  # uvicorn has its own while it serves, and raises the signal again at its end
    scheduler = Scheduler(parts, token, clock, settings.budgetbot_pull_interval, give_way)
    host, port = listening.getsockname()[:2]
    _log.info("started", sources=[s.name for s in parts.sources], listening=f"http://{host}:{port}")
    scheduler.start()
    try:
        server.run(sockets=[listening])
    finally:
        over = scheduler.stop()
        listening.close()
        _log.info("stopped")
    if lost.is_set():
        raise UsageError("the lease was lost to another process, so this one ends; run only one of them")
    return over


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot listen on {host}:{port} ({reason}); set BUDGETBOT_HTTP_PORT to a free port") from None
