"""The product's own scheduler in processes that are there at once: forked from one that has loaded everything."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import SecretStr

from benchmarks.faults.clock import SharedClock
from benchmarks.faults.receivers import Addresses
from benchmarks.faults.script import Script, Scripted
from budgetbot import logs
from budgetbot.app import REGISTRIES
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.lead import leading
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.email import EmailNotifier
from budgetbot.notifiers.options import PagerDutyOptions, WebhookOptions
from budgetbot.notifiers.pagerduty import PagerDutyNotifier
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.notifiers.webhook import WebhookNotifier
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from budgetbot.scheduler import Scheduler
from budgetbot.store import Store, open_store
from tests.standins.pagerduty import KEY
from tests.standins.slack import TOKEN
from tests.standins.webhook import SECRET

_TIMEOUT = 1  # second that a receiver may be silent
_TURN, _TICK = 0.06, 0.08  # seconds between two
_ORPHAN = 0.2


@dataclass(frozen=True)
class Installation:
    """What all processes of one run share."""

    database: str
    folder: Path
    addresses: Addresses
    seed: int
    slots: int

    @property
    def script(self) -> Script:
        """The history."""
        return Script(self.seed, self.slots)


def parts_of(at: Installation, store: Store) -> Parts:
    """What a cycle works with here: real receivers that wait for an answer not for long."""
    return Parts(store, _policy(at.folder / "policy.yaml"), [Scripted(at.script)], _notifiers(at.addresses))


@cache
def _policy(path: Path) -> Policy:
    return load_policy(path, REGISTRIES)


def _notifiers(at: Addresses) -> Mapping[str, Notifier]:
    return {
        "team": SlackNotifier("team", SecretStr(TOKEN), "#general", at.slack, timeout=_TIMEOUT),
        "pager": PagerDutyNotifier("pager", SecretStr(KEY), PagerDutyOptions(), at.pagerduty, timeout=_TIMEOUT),
        "post": EmailNotifier(
            "post", SecretStr(at.smtp), "budgetbot@example.com", ["finance@example.com"], timeout=_TIMEOUT
        ),
        "hook": WebhookNotifier("hook", WebhookOptions(url=at.hook), None, SecretStr(SECRET), timeout=_TIMEOUT),
    }


def _work(at: Installation, clock: SharedClock, nursery: int) -> None:
    """`budgetbot run` until it is killed, without the web; and without APScheduler, which wants real time."""
    os.environ["PGAPPNAME"] = f"worker-{os.getpid()}"
    random.seed()
    over = threading.Event()
    with (
        closing(open_store(at.database)) as store,
        closing(Current(parts_of(at, store))) as current,
        leading(store) as lead,
    ):
        scheduler = Scheduler(current, lead, clock, timedelta(minutes=5))
        lead.lost = over.set if not lead.stands_by else lambda: None
        for job, pause in ((scheduler.turn, _TURN), (scheduler.tick, _TICK)):
            threading.Thread(target=_again_and_again, args=(job, pause, over), daemon=True).start()
        while not over.wait(_ORPHAN) and os.getppid() == nursery:
            pass


def _again_and_again(job: Callable[[], None], pause: float, over: threading.Event) -> None:
    while not over.wait(pause):
        job()


class Nursery:
    """A process without threads and connections of its own, that forks workers. Begin it before any thread."""

    def __init__(self, clock: SharedClock, log: Path) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._pipe.close()
            _end_with(partial(_nurse, theirs, clock, log))
        theirs.close()

    def start(self, at: Installation) -> int:
        """One more worker; its pid."""
        self._pipe.send(at)
        pid: int = self._pipe.recv()
        return pid

    def has(self, pid: int) -> bool:
        """Whether a worker is there still: a number may have become somebody else's."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            return False
        return int(fields[1]) == self._pid

    def close(self) -> None:
        """End it; its workers end by themselves."""
        self._pipe.close()
        os.waitpid(self._pid, 0)


def _nurse(pipe: Connection, clock: SharedClock, log: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead vanish at once
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, sys.stderr.fileno())
    logs.configure("warning", "console")
    own = os.getpid()
    while True:
        try:
            at: Installation = pipe.recv()
        except (EOFError, OSError):
            return
        _policy(at.folder / "policy.yaml")
        pid = os.fork()
        if pid == 0:
            pipe.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _end_with(partial(_work, at, clock, own))
        pipe.send(pid)


def _end_with(work: Callable[[], None]) -> None:
    code = 1
    try:
        work()
        code = 0
    except BaseException as error:  # as a supervisor would see it: it ended, and is started again
        print(f"{time.time():.3f} {os.getpid()} ended: {type(error).__name__}: {error}"[:300], file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)
