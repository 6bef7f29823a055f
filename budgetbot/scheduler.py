"""What runs when, under which lease. APScheduler is only the clock: everything that is owed stands in the database."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import structlog

from budgetbot.audit import audit, vitals
from budgetbot.current import Current
from budgetbot.cycle import Parts, digest_is_due, escalate, evaluate, pull_all, send
from budgetbot.errors import BudgetbotError, UsageError
from budgetbot.heartbeat import Heartbeat
from budgetbot.logs import fault
from budgetbot.pulling import Stopped
from budgetbot.store import Store
from budgetbot.store.leases import SCHEDULER

JOB = SCHEDULER
TTL = timedelta(seconds=15)
TICK = timedelta(seconds=5)  # how often the outbox and digests are looked at
PATIENCE = timedelta(seconds=3)  # how long an end waits for what is under way
_log = structlog.get_logger(__name__)
Clock: TypeAlias = Callable[[], datetime]


class LeaseHeld(UsageError):
    """Another process does the work."""


def owner_name() -> str:
    """This process: host, pid, when the pid began, and a nonce."""
    return f"{socket.gethostname()}|{os.getpid()}|{_began(os.getpid())}|{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether the owner surely is a process of this machine that has ended; False where that cannot be known."""
    parts = owner.split("|")
    if len(parts) != 4 or parts[0] != socket.gethostname() or not parts[1].isdigit():
        return False
    pid = int(parts[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return pid == os.getpid() or _began(pid) != parts[2]


def _began(pid: int) -> str:
    """When a process began, in clock ticks since boot, so that a reused pid is not taken for its predecessor."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return "?"


@contextmanager
def lease(store: Store, clock: Clock) -> Iterator[int]:
    """Hold the scheduler's lease, renewing it in the background; its fencing token. Raises LeaseHeld."""
    token = store.leases.acquire(JOB, owner_name(), clock(), TTL, is_dead)
    if token is None:
        holder = store.leases.holder(JOB)
        who = holder[0].split("|")[:2] if holder else ["another process"]
        raise LeaseHeld(
            f"another scheduler holds the lease (process {' '.join(reversed(who))}); stop it, or wait {TTL.seconds} s "
            "after it died"
        )
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(store, token, clock, over), name="lease", daemon=True)
    keeper.start()
    try:
        yield token
    finally:
        over.set()
        keeper.join()
        store.leases.release(JOB, token)


def _keep(store: Store, token: int, clock: Clock, over: threading.Event) -> None:
    while not over.wait(TTL.total_seconds() / 3):
        try:
            if not store.leases.renew(JOB, token, clock(), TTL):
                _log.error("the lease was lost to another process")
                return
        except Exception as error:  # a busy database must not end the keeper; the lease outlives two failures
            _log.warning("the lease could not be renewed", error=type(error).__name__)


class Scheduler:
    """The jobs of `budgetbot run`: a full turn each interval, the outbox and digests every few seconds.

    `lost` is called when the lease is found to be somebody else's; nothing is done any more from then on. `heartbeat`
    is told how each turn went.
    """

    def __init__(
        self,
        current: Current,
        token: int,
        clock: Clock,
        interval: timedelta,
        lost: Callable[[], None] = lambda: None,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # the lease alone does without

        self.current = current
        self.token = token
        self.clock = clock
        self._lost = lost
        self._heartbeat = heartbeat or Heartbeat(None)
        self._stopping = threading.Event()
        self._reading, self._telling = threading.Lock(), threading.Lock()
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
            if not self._mine():
                return
            self.current.adopt()
            with self.current.use() as parts:
                failed = pull_all(parts, self.clock(), self._go_on)
                with self._telling:
                    if not self._mine():
                        return
                    decided = evaluate(parts, self.clock())
                    delivered = send(parts, self.token, self.clock)
                self._heartbeat.tell([*failed, *unhealthy(parts, self.clock())])
            for line in (*failed, *delivered.errors):
                _log.error("failed", what=line)
            _log.info("turn", decided=decided, sent=delivered.sent, failed=len(failed) + len(delivered.errors))

    def tick(self) -> None:
        """Escalate and send what is due; write digests whose time has come. No provider that is silent holds it up."""
        with self._telling, _logged("the outbox could not be worked; it is tried again"), self.current.use() as parts:
            if not self._mine():
                return
            if digest_is_due(parts, self.clock()):
                evaluate(parts, self.clock())
            escalate(parts, self.clock())
            send(parts, self.token, self.clock)

    def _mine(self) -> bool:
        """Whether work may be done: nobody asked to stop, and the lease was not lost, as by a suspended machine."""
        if self._stopping.is_set():
            return False
        if self.current.parts.store.leases.renew(JOB, self.token, self.clock(), TTL):
            return True
        self._stopping.set()
        self._lost()
        return False

    def _go_on(self, source: str, report: str, share: float) -> None:
        if self._stopping.is_set():
            raise Stopped


def unhealthy(parts: Parts, now: datetime) -> list[str]:
    """What is not as it should be after a turn, a line each."""
    return audit(vitals(parts.store, parts.source_names, now), now)


@contextmanager
def _logged(what: str, failed: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """A job's failure is told, and left behind. Words that nobody wrote for a log may hold a secret: only ours are."""
    try:
        yield
    except Stopped:
        pass
    except Exception as error:
        told = str(error) if isinstance(error, BudgetbotError) else fault(error)
        _log.error(what, error=told)
        failed(told)
