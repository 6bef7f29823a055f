"""Who does the scheduler's work when several processes could: the holder of a lease; on PostgreSQL others stand by.

A dead leader is replaced within TTL + LOOK; at once where it gave the lease back, or died on the same machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

import structlog

from budgetbot.errors import LeaseLost, UsageError
from budgetbot.logs import fault
from budgetbot.process import is_dead, new_name, spoken
from budgetbot.store import Leases, Store
from budgetbot.store.leases import SCHEDULER

JOB = SCHEDULER
TTL = timedelta(seconds=10)
RENEW = 3.0  # seconds between two renewals: the lease outlives two that fail
LOOK = 1.0  # seconds between two looks of who stands by
_log = structlog.get_logger(__name__)


class LeaseHeld(UsageError):
    """Another process does the work."""


class Lead:
    """This process's part. A thread renews the lease while it is held, and else, where it `stands_by`, looks for it.

    `taken` and `lost` are called when that changes, from any thread.
    """

    def __init__(self, leases: Leases, *, stands_by: bool) -> None:
        self.stands_by = stands_by
        self.taken: Callable[[], None] = lambda: None
        self.lost: Callable[[], None] = lambda: None
        self._leases = leases
        self._owner = new_name()
        self._token: int | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether the lease was held when it was last looked at."""
        return self._token is not None

    @property
    def role(self) -> Literal["leader", "standby"]:
        """The same as a word."""
        return "leader" if self.leads else "standby"

    def take(self) -> bool:
        """Take the lease where it is free; whether it was."""
        self._token = self._leases.acquire(JOB, self._owner, TTL, is_dead)
        return self._token is not None

    def start(self) -> None:
        """Take the lease, or stand by. Raises LeaseHeld where it is somebody else's, and this one does not stand by."""
        if not self.take() and not self.stands_by:
            holder = self._leases.holder(JOB)
            raise LeaseHeld(
                f"another scheduler holds the lease (process {spoken(holder[0]) if holder else 'unknown'}); "
                f"stop it, or wait {TTL.seconds} s after it died"
            )
        self._keeper.start()

    def end(self) -> None:
        """Give the lease back, so that others need not wait for its end."""
        self._over.set()
        self._keeper.join()
        token, self._token = self._token, None
        if token is None:
            return
        try:
            self._leases.release(JOB, token)
        except Exception as error:  # it ends by itself
            _log.warning("the lease could not be given back", error=fault(error))

    def confirm(self) -> bool:
        """Whether the lease is held, renewed just now: a machine that was suspended may have lost it."""
        token = self._token
        if token is None:
            return False
        if self._leases.renew(JOB, token, TTL):
            return True
        self._lose(token)
        return False

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """In the block, this thread writes as the holder of the lease, or not at all. Raises LeaseLost."""
        token = self._token
        if token is None:
            raise LeaseLost
        try:
            with self._leases.fence(JOB, token):
                yield
        except LeaseLost:
            self._lose(token)
            raise

    def _lose(self, token: int) -> None:
        with self._lock:
            if self._token != token:
                return
            self._token = None
        _log.warning("the lease was lost to another process", stands_by=self.stands_by)
        self.lost()

    def _keep(self) -> None:
        trouble = False
        while not self._over.wait(RENEW if self.leads else LOOK):
            try:
                if not self.confirm() and not self._look():
                    return
                trouble = False
            except Exception as error:  # a busy database ends nothing
                if not trouble:
                    _log.warning("the lease could not be looked at; it is tried again", error=fault(error))
                trouble = True

    def _look(self) -> bool:
        """Take the lease where it is free. False where that is not this one's business."""
        if self.stands_by and not self._over.is_set() and self.take():
            _log.info("the lease was taken over", token=self._token)
            self.taken()
        return self.stands_by


@contextmanager
def leading(store: Store) -> Iterator[Lead]:
    """For `run`: the lease, or where others share the database a place among those who wait. Raises LeaseHeld."""
    lead = Lead(store.leases, stands_by=store.shared)
    lead.start()
    try:
        yield lead
    finally:
        lead.end()


@contextmanager
def lease(store: Store) -> Iterator[None]:
    """For a command that does the work once: what this thread writes is written as the holder of the lease.

    Raises LeaseHeld where another process holds it, LeaseLost where one has taken it over since.
    """
    lead = Lead(store.leases, stands_by=False)
    lead.start()
    try:
        with lead.fenced():
            yield
    finally:
        lead.end()
