"""One history with faults, and the same without: what the receivers hold must be the same."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.faults.clock import SharedClock
from benchmarks.faults.hunt import Count, Hunt
from benchmarks.faults.receivers import Receivers
from benchmarks.faults.script import SLOT, Script
from benchmarks.faults.server import Postgres, postgres
from benchmarks.faults.verdict import Records, Verdict, judge
from benchmarks.faults.watch import Watch
from benchmarks.faults.weather import Trouble, Weather
from benchmarks.faults.worker import Installation, Nursery, parts_of
from budgetbot.cycle import turn
from budgetbot.store import open_store
from tests.standins.clock import Clock

LOG = Path(tempfile.gettempdir()) / f"budgetbot-faults-{os.getpid()}.log"
_RATE = 0.2  # the share of requests that meet trouble
_A_KILL = 0.4  # seconds, about
_PATIENCE = 120.0  # seconds after which nobody is waited for any more
_SECOND = timedelta(seconds=1)


class Stuck(Exception):
    """Nobody does the work, though nobody is killed any more."""


@dataclass(frozen=True)
class Plan:
    """One campaign: on PostgreSQL, or with one process on SQLite."""

    seed: int
    kills: int
    replicas: int = 1
    sqlite: bool = False

    @property
    def slots(self) -> int:
        """How long the history is."""
        return max(16, min(72, self.kills // 7 * 2))

    @property
    def tail(self) -> range:
        """Slots at the end in which nothing changes, without the first one: the last escalations are taken."""
        return range(self.slots + 2, self.slots + 7, 2)

    @property
    def crashes(self) -> int:
        """How often PostgreSQL is restarted."""
        return 0 if self.sqlite else max(1, self.kills // 60)

    @property
    def pauses(self) -> int:
        """How often the leader is paused."""
        return self.kills // 60 if self.replicas > 1 else 0

    def slots_of(self, what: str, times: int) -> Counter[int]:
        """The slots in which something happens so often."""
        random = Random(f"{what} {self.seed}")
        return Counter(random.randrange(1, self.slots) for _ in range(times))


@dataclass(frozen=True)
class Outcome:
    """What became of it."""

    plan: Plan
    verdict: Verdict
    count: Count
    troubles: Counter[Trouble]
    expected: Records
    found: Records
    seconds: float


def run(plan: Plan) -> Outcome:
    """The whole campaign. Raises Stuck."""
    began = time.monotonic()
    LOG.unlink(missing_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budgetbot-faults-")))
        script = Script(plan.seed, plan.slots)
        (folder / "policy.yaml").write_text(script.policy)
        server = None if plan.sqlite else stack.enter_context(postgres())
        a_slot = max(0.4, plan.kills / plan.slots * _A_KILL)
        clock = SharedClock(script.start, SLOT.total_seconds() / a_slot)
        nursery = stack.enter_context(closing(Nursery(clock, LOG)))
        expected = _without_faults(plan, folder)
        weather = Weather(plan.seed, _RATE)
        receivers = stack.enter_context(Receivers(weather))
        url = f"sqlite:///{folder}/faults.db"
        if server is not None:
            url = server.line_url if plan.replicas > 1 else server.url
        at = Installation(url, folder, receivers.addresses, plan.seed, plan.slots)
        watch = stack.enter_context(closing(Watch(server.url if server else url)))
        clock.set(script.start, SLOT.total_seconds() / a_slot, script.start)
        hunt = stack.enter_context(closing(Hunt(nursery, at, plan.replicas, watch, receivers.door, plan.seed)))
        _Course(plan, script, clock, watch, hunt, server).run(weather.clear)
        found = watch.records(receivers.door)
    verdict = judge(expected, found)
    if verdict.kept:
        LOG.unlink()
    return Outcome(plan, verdict, hunt.count, weather.met, expected, found, time.monotonic() - began)


def _without_faults(plan: Plan, folder: Path) -> Records:
    """The same history, told by one process to which nothing happens."""
    script, url = Script(plan.seed, plan.slots), f"sqlite:///{folder}/quiet.db"
    with Receivers(Weather(0, 0.0)) as receivers:
        at = Installation(url, folder, receivers.addresses, plan.seed, plan.slots)
        with closing(open_store(url)) as store:
            parts = parts_of(at, store)
            for slot in (*range(plan.slots + 1), *plan.tail):
                turn(parts, Clock(script.moment(slot) + timedelta(minutes=1)))
            for notifier in parts.notifiers.values():
                notifier.close()
        with closing(Watch(url)) as watch:
            return watch.records(receivers.door)


class _Course:
    """Slot by slot: the next one begins when so many were killed, and somebody has evaluated this one."""

    def __init__(
        self, plan: Plan, script: Script, clock: SharedClock, watch: Watch, hunt: Hunt, server: Postgres | None
    ) -> None:
        self._plan, self._script, self._clock = plan, script, clock
        self._watch, self._hunt, self._server = watch, hunt, server

    def run(self, calm: Callable[[], None]) -> None:
        """To the end of the history, the last part in calm. Raises Stuck."""
        plan = self._plan
        crashes, pauses = plan.slots_of("crashes", plan.crashes), plan.slots_of("pauses", plan.pauses)
        for slot in range(plan.slots):
            self._clock.until(self._script.moment(slot + 1) - _SECOND)
            for _ in range(pauses[slot]):
                self._pause()
            while self._hunt.count.kills < plan.kills * (slot + 1) // plan.slots:
                self._hunt.kill()
                self._crash(crashes, slot)
            self._crash(crashes, slot)
            self._until_evaluated(slot)
        self._hunt.resume()
        calm()
        for slot in (plan.slots, *plan.tail):
            self._clock.until(self._script.moment(slot + 1) - _SECOND)
            self._until_evaluated(slot)
        self._until("everything is sent", lambda: self._watch.waiting() == 0)

    def _pause(self) -> None:
        """The leader is frozen, and the next time cut off from the database."""
        self._hunt.resume()
        by_line = self._hunt.count.frozen > self._hunt.count.cut
        self._hunt.pause_leader(self._server if by_line else None)

    def _crash(self, crashes: Counter[int], slot: int) -> None:
        if crashes[slot] and self._server is not None:
            crashes[slot] -= 1
            self._server.crash()

    def _until_evaluated(self, slot: int) -> None:
        begins = self._script.moment(slot)
        self._until(f"slot {slot} is read", lambda: _reached(self._watch.done("pull"), begins))
        read = self._clock()
        self._until(f"slot {slot} is evaluated", lambda: _reached(self._watch.done("evaluate"), read))

    def _until(self, what: str, done: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > until:
                raise Stuck(f"{_PATIENCE:.0f} s passed until {what}")
            self._hunt.wait(0.03)


def _reached(done: datetime | None, moment: datetime) -> bool:
    return done is not None and done >= moment
