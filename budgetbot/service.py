"""`budgetbot run`: scheduler and web app in one process, ended by SIGTERM without losing anything."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
import uvicorn

from budgetbot.app import Queries, api_following
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError
from budgetbot.heartbeat import Heartbeat
from budgetbot.lead import Lead
from budgetbot.reloading import Reloader
from budgetbot.scheduler import Scheduler
from budgetbot.settings import Settings
from budgetbot.talking import MakeHandlers, talk_of
from budgetbot.web import pagerduty, web_app

_log = structlog.get_logger(__name__)


def serve(
    current: Current,
    lead: Lead,
    settings: Settings,
    clock: Callable[[], datetime],
    queries: Callable[[], Queries],
    *,
    follows: bool = True,
    handlers: MakeHandlers | None = None,
) -> bool:
    """Run until SIGTERM or SIGINT; what is under way is brought to a safe place first.

    `follows`: whether changed policy files take effect, also on SIGHUP (which ends the process until then).
    `handlers`: what answers in Slack, where the settings turn that on.
    False where something is under way still, such as a request that a provider does not answer: it may be cut off.
    Raises UsageError where the port is taken, the heartbeat's address is none, or the lease was lost to another
    and this one does not stand by.
    """
    heartbeat = Heartbeat(settings.budgetbot_heartbeat_url)
    listening = _listen(settings.budgetbot_http_host, settings.budgetbot_http_port)
    scheduler = Scheduler(current, lead, clock, settings.budgetbot_pull_interval, heartbeat)
    talk = talk_of(settings, handlers, clock, scheduler.nudge) if handlers else None
    signed = pagerduty.routes(
        settings.pagerduty_webhook_secret, current.parts.store.alerts, clock, settings.budgetbot_install
    )
    signed += talk.routes if talk else []
    app = web_app(replace(api_following(queries), role=lambda: lead.role), settings.budgetbot_web_token, signed)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    lost = threading.Event()

    def leave(*_: object) -> None:
        server.should_exit = True

    def give_way() -> None:
        if not lead.stands_by:
            lost.set()
            leave()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)  # uvicorn has its own while it serves, and raises the signal again at its end
    lead.lost = give_way
    reloader = Reloader(settings, current, scheduler.soon)
    if follows:
        signal.signal(signal.SIGHUP, lambda *_: reloader.reread())
        reloader.start()
    _tell_of_start(current.parts, listening, lead.role)
    scheduler.start()
    if talk:
        talk.start()
    try:
        server.run(sockets=[listening])
    finally:
        told = talk.stop() if talk else True
        over = scheduler.stop() and told
        reloader.stop()
        listening.close()
        _log.info("stopped")
    if lost.is_set():
        raise UsageError("the lease was lost to another process, so this one ends; run only one of them")
    return over


def _tell_of_start(parts: Parts, listening: socket.socket, role: str) -> None:
    host, port = listening.getsockname()[:2]
    _log.info("started", sources=[s.name for s in parts.sources], listening=f"http://{host}:{port}", role=role)
    _log.info("policy", hash=parts.policy.hash)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot listen on {host}:{port} ({reason}); set BUDGETBOT_HTTP_PORT to a free port") from None
