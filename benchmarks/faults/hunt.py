"""Processes that are killed, frozen or cut off, and replaced; what they were doing at that moment."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from benchmarks.faults.receivers import Arrival, Door
from benchmarks.faults.server import Postgres
from benchmarks.faults.verdict import PAGER
from benchmarks.faults.watch import Claim, Lease, Watch
from benchmarks.faults.worker import Installation, Nursery
from budgetbot.lead import TTL

ACCEPTED = "between what a receiver accepted and its record"
_PAUSE = TTL.total_seconds() + 2.5
_SOON = 0.05


@dataclass
class Count:
    """What was done, and how it fell."""

    kills: int = 0
    fell: Counter[str] = field(default_factory=Counter)
    leaders: int = 0
    deaths: int = 0
    frozen: int = 0
    cut: int = 0
    takeovers: list[float] = field(default_factory=list)


class Hunt:
    """`replicas` processes are kept alive until `over`."""

    def __init__(self, nursery: Nursery, at: Installation, replicas: int, watch: Watch, door: Door, seed: int) -> None:
        self.count = Count()
        self._nursery, self._at, self._replicas, self._watch, self._door = nursery, at, replicas, watch, door
        self._random = Random(f"hunt {seed}")
        self._lock = threading.RLock()
        self._alive: set[int] = set()
        self._paused: dict[int, tuple[float, Postgres | None]] = {}
        self._trap = threading.Event()
        self._lease: Lease | None = None
        self._missing: float | None = None
        door.accepted = self._sprung

    def mind(self) -> None:
        """Replace who ended, let go on who was paused for long enough, and see who leads. Called again and again."""
        with self._lock:
            for pid in [pid for pid in self._alive if not self._nursery.has(pid)]:
                self._alive.discard(pid)
                self.count.deaths += 1
            for pid in [pid for pid, (until, _) in self._paused.items() if time.monotonic() > until]:
                self._go_on(pid)
            while len(self._alive) < self._replicas:
                self._alive.add(self._nursery.start(self._at))
            self._look_who_leads()

    def _look_who_leads(self) -> None:
        found = self._watch.lease()
        if found is None:
            return
        if self._lease is not None and found.token > self._lease.token and self._missing is not None:
            self.count.takeovers.append(time.monotonic() - self._missing)
            self._missing = None
        self._lease = found

    def wait(self, seconds: float) -> None:
        """Let them work."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(_SOON, left))
            self.mind()

    def kill(self) -> None:
        """Kill one: at a random moment, or right after a receiver has accepted something from it."""
        before = self.count.kills
        if self._random.random() < 1 / 3:
            self._trap.set()
            until = time.monotonic() + 1.0
            while self._trap.is_set() and time.monotonic() < until:
                self.wait(_SOON)
            self._trap.clear()
        else:
            self.wait(self._random.uniform(0.0, 0.8))
        with self._lock:
            free = sorted(self._alive - self._paused.keys())
            if self.count.kills == before and free:
                self._kill(self._random.choice(free))
        self.mind()

    def _sprung(self, arrival: Arrival) -> None:
        """Called by a receiver before it answers: whoever claimed this dies now, if somebody waits for that."""
        if not self._trap.is_set():
            return
        with self._lock:
            sender = next((one.pid for one in self._watch.claims() or () if _is(one, arrival)), None)
            if self._trap.is_set() and sender in self._alive - self._paused.keys():
                self._trap.clear()
                self._kill(sender)

    def _kill(self, pid: int) -> None:
        """It is stopped first: it does nothing more, and it can be seen what it was doing."""
        if self._nursery.has(pid):
            os.kill(pid, signal.SIGSTOP)
            self.count.fell[self._doing(pid)] += 1
            self.count.leaders += self._missed(pid)
            os.kill(pid, signal.SIGKILL)
            self.count.kills += 1
        self._alive.discard(pid)
        while self._nursery.has(pid):
            time.sleep(0.001)

    def _missed(self, pid: int) -> bool:
        """Whether it led, so that another has to take over from now on."""
        self._lease = self._watch.lease() or self._lease
        if self._lease is None or self._lease.pid != pid:
            return False
        self._missing = time.monotonic()
        return True

    def _doing(self, pid: int) -> str:
        claims, writing = self._watch.claims(), self._watch.writing(pid)
        if claims is None or writing is None:
            return "while the database was down"
        mine = [one for one in claims if one.pid == pid]
        if any(_is(one, arrival) for one in mine for arrival in list(self._door.arrivals)):
            return ACCEPTED
        if mine:
            return "between a claim and what the receiver accepts"
        return "amid a transaction" if writing else "elsewhere"

    def pause_leader(self, line: Postgres | None) -> None:
        """For longer than its lease the leader stands still, or, with a `line`, is cut off from the database."""
        with self._lock:
            found = self._watch.lease()
            if found is None or found.pid not in self._alive - self._paused.keys():
                return
            self._missed(found.pid)
            if line is None:
                os.kill(found.pid, signal.SIGSTOP)
                self.count.frozen += 1
            else:
                line.cut(found.pid)
                self.count.cut += 1
            self._paused[found.pid] = time.monotonic() + _PAUSE, line

    def _go_on(self, pid: int) -> None:
        _, line = self._paused.pop(pid)
        if line is not None:
            line.mend(pid)
        else:
            os.kill(pid, signal.SIGCONT)

    def resume(self) -> None:
        """Whoever is paused goes on in time."""
        while self._paused:
            self.wait(_SOON)

    def close(self) -> None:
        """End all."""
        self._door.accepted = lambda _: None
        with self._lock:
            for pid in list(self._paused):
                self._go_on(pid)
            for pid in filter(self._nursery.has, self._alive):
                os.kill(pid, signal.SIGKILL)


def _is(claim: Claim, arrival: Arrival) -> bool:
    if claim.receiver != arrival.receiver:
        return False
    if claim.receiver == PAGER:
        alert, action, _ = arrival.key.split(":")
        return alert == claim.alert and (action == "resolve") == (":over:" in claim.key)
    return arrival.key in (claim.key, claim.mail)
