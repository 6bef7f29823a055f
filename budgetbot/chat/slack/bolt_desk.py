"""What every command and click needs, and threads that a slow one may block without stalling the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from budgetbot.chat.slack.handlers import Handlers
from budgetbot.chat.slack.handover import Handover
from budgetbot.chat.slack.installation import Installation
from budgetbot.chat.slack.response_url import ResponseUrl
from budgetbot.errors import BudgetbotError
from budgetbot.logs import fault
from budgetbot.notifiers.slack_api import SlackApi
from budgetbot.notifiers.slack_native import NativeCharts

THREADS = 16
SORRY = "That did not work, and it was not your doing. It is in the log; try again in a minute."
UNSURE = "Slack does not say which workspace this is, so I cannot answer; try again in a minute."
WORKING = "Working on it; the answer comes here."
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds after which Slack is answered, done or not; it waits three. `again`: before a second try to tell more."""

    command: float = 2.0
    click: float = 2.5
    again: float = 1.0


class Workers:
    """Threads, and what they have still to do."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self._pending: set[Future[None]] = set()

    def do(self, work: Callable[[], None]) -> None:
        """Do it soon; what fails is in the log, without words that are not ours."""
        future = self._pool.submit(_guarded, work)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)

    def handed(self, work: Callable[[Handover[T]], None], until: float) -> T | None:
        """What `work` gives before the moment `until` of time.monotonic(); None where it is late."""
        handover: Handover[T] = Handover()
        self.do(lambda: work(handover))
        return handover.take(until - time.monotonic())

    def close(self, seconds: float) -> bool:
        """Take nothing more. False where something is not done within this time."""
        self._pool.shutdown(wait=False)
        return not wait(list(self._pending), seconds).not_done


def _guarded(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        told = str(error) if isinstance(error, BudgetbotError) else fault(error)
        _log.error("something asked in Slack failed", error=told)


@dataclass(frozen=True, slots=True)
class Desk:
    """`nudge`: deliver at once what a click left in the outbox. `base_url`: of Slack's API."""

    handlers: Handlers
    api: SlackApi
    base_url: str
    installation: Installation
    clock: Callable[[], datetime]
    nudge: Callable[[], None] = lambda: None
    pace: Pace = Pace()
    charts: NativeCharts = field(default_factory=NativeCharts)
    asking: Workers = field(default_factory=lambda: Workers("slack-asking"))
    clicking: Workers = field(default_factory=lambda: Workers("slack-clicking"))

    def reply(self, url: str) -> ResponseUrl:
        """Where more can be said later."""
        return ResponseUrl(url, self.base_url, self.charts, self.clock, self.pace.again)
