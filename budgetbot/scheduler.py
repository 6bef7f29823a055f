"""What runs when, and who leads. APScheduler is only the clock: everything that is owed stands in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from budgetbot.audit import audit, vitals
from budgetbot.current import Current
from budgetbot.cycle import Parts, digest_is_due, drill_is_due, escalate, evaluate, failing, pull_all, send
from budgetbot.errors import BudgetbotError, LeaseLost
from budgetbot.heartbeat import Heartbeat
from budgetbot.lead import Lead
from budgetbot.logs import fault
from budgetbot.pulling import Stopped

TICK = timedelta(seconds=5)  # how often the outbox and digests are looked at
PATIENCE = timedelta(seconds=3)  # how long an end waits for what is under way
_log = structlog.get_logger(__name__)
Clock: TypeAlias = Callable[[], datetime]


class Scheduler:
    """The jobs of `budgetbot run`: a full turn each interval, the outbox and digests every few seconds.

    All but sending is the leader's. Who stands by sends what it can claim; who neither leads nor stands by, nothing.
    `heartbeat` is told how each turn went.
    """

    def __init__(
        self,
        current: Current,
        lead: Lead,
        clock: Clock,
        interval: timedelta,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # the lease alone does without

        self.current = current
        self.lead = lead
        self.clock = clock
        lead.taken = self._begin
        self._heartbeat = heartbeat or Heartbeat(None)
        self._stopping = threading.Event()
        self._reading, self._telling = threading.Lock(), threading.Lock()
        self._failing: frozenset[str] = frozenset()  # the receivers that failed at the last evaluation
        self._allowed: frozenset[str] = frozenset()  # the allowances that it went by
        self._jobs = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._jobs.add_job(self.turn, "interval", seconds=interval.total_seconds(), next_run_time=clock())
        self._jobs.add_job(self.tick, "interval", seconds=TICK.total_seconds())

    def start(self) -> None:
        """Begin; the first turn starts at once."""
        self._jobs.start()

    def stop(self) -> bool:
        """End what is running at the next safe place. False where something waits for others: it may be cut off."""
        self._stopping.set()
        self._jobs.shutdown(wait=False)
        until = time.monotonic() + PATIENCE.total_seconds()
        for lock in (self._reading, self._telling):
            if not lock.acquire(timeout=max(0.0, until - time.monotonic())):
                return False
            lock.release()
        return True

    def soon(self) -> None:
        """A turn for the parts that were offered: at once, or right after the one that is running."""
        self._jobs.add_job(self._take_up)

    def nudge(self) -> None:
        """Send at once what somebody's deed left in the outbox, and evaluate where it moved a limit."""
        if not self._stopping.is_set():
            self._jobs.add_job(self.tick, id="nudge", replace_existing=True)

    def _begin(self) -> None:
        """As the new leader, do at once what the one before may have left."""
        self._jobs.add_job(self.tick)
        self._jobs.add_job(self.turn)

    def _take_up(self) -> None:
        with self._reading:
            if self.current.offered is not None:
                self._turn()

    def turn(self) -> None:
        """One full turn, by the parts that were offered last. What fails is logged and tried again next time."""
        with self._reading:
            self._turn()

    def _turn(self) -> None:
        with _logged("the turn failed; it is tried again", lambda told: self._heartbeat.tell([told])):
            if self._stopping.is_set():
                return
            self.current.adopt()
            if not self.lead.confirm():
                return
            with self.current.use() as parts:
                with self.lead.fenced():
                    failed = pull_all(parts, self.clock(), self._progress)
                with self._telling:
                    self._progress()
                    with self.lead.fenced():
                        decided = self._evaluate(parts, self.clock())
                    delivered = send(parts, self.clock, go_on=self._going_on)
                self._heartbeat.tell([*failed, *unhealthy(parts, self.clock())])
            for line in (*failed, *delivered.errors):
                _log.error("failed", what=line)
            _log.info("turn", decided=decided, sent=delivered.sent, failed=len(failed) + len(delivered.errors))

    def tick(self) -> None:
        """Escalate and send what is due; write digests whose time has come; tell of receivers that fail, or work again.

        No provider that is silent holds it up.
        """
        with self._telling, _logged("the outbox could not be worked; it is tried again"), self.current.use() as parts:
            if self._stopping.is_set():
                return
            leads = self.lead.confirm()
            if leads:
                with suppress(LeaseLost), self.lead.fenced():
                    if self._is_due(parts, self.clock()):
                        self._evaluate(parts, self.clock())
                    escalate(parts, self.clock())
            if leads or self.lead.stands_by:
                send(parts, self.clock, leads=self.lead.leads, go_on=self._going_on)

    def _is_due(self, parts: Parts, now: datetime) -> bool:
        """Whether an evaluation cannot wait for the next turn: of a receiver, or a limit that was moved, others are to
        hear at once.
        """
        moved = failing(parts, now) != self._failing or allowed(parts, now) != self._allowed
        return moved or digest_is_due(parts, now) or drill_is_due(parts, now)

    def _evaluate(self, parts: Parts, now: datetime) -> int:
        # before: an evaluation that fails is not tried again at every tick
        self._failing, self._allowed = failing(parts, now), allowed(parts, now)
        return evaluate(parts, now)

    def _going_on(self) -> bool:
        """Whether nobody asked to stop, and the lease was not lost for good."""
        return not self._stopping.is_set() and (self.lead.leads or self.lead.stands_by)

    def _progress(self, *_: object) -> None:
        if self._stopping.is_set() or not self.lead.leads:
            raise Stopped


def allowed(parts: Parts, now: datetime) -> frozenset[str]:
    """What people allowed in chat and is in force now; it may be another process that they asked."""
    known = parts.store.allowances.all()
    return frozenset(one.id for one in known if one.standing == "granted" and one.since <= now < one.end)


def unhealthy(parts: Parts, now: datetime) -> list[str]:
    """What is not as it should be after a turn, a line each; who made it leads."""
    return audit(replace(vitals(parts.store, parts.source_names, now), led=True), now)


@contextmanager
def _logged(what: str, failed: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """A job's failure is told, and left behind. Words that nobody wrote for a log may hold a secret: only ours are."""
    try:
        yield
    except (Stopped, LeaseLost):
        pass
    except Exception as error:
        told = str(error) if isinstance(error, BudgetbotError) else fault(error)
        _log.error(what, error=told)
        failed(told)
