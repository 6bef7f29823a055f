"""What people do in chat is told at once, and a limit that they moved counts at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.allowance import Allowance
from budgetbot.core.model import Scope
from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.notifiers.console import ConsoleNotifier
from budgetbot.policy.load import load_policy
from budgetbot.scheduler import Scheduler
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.leases import held
from tests.standins.running import wait_for
from tests.store.samples import NOW, notification

HOUR = timedelta(hours=1)
ALLOWANCE = Allowance(
    "g1",
    "grant",
    "monthly",
    Scope(),
    10**11,
    "USD",
    NOW - HOUR,
    NOW + HOUR,
    "a launch",
    "Slack: A",
    NOW - HOUR,
    "asked",
)
POLICY = """
version: 1
budgets: [{name: monthly, amount: 100, period: month, thresholds: [{at: 50%, severity: warning}]}]
receivers: [{name: screen, console: {}}]
routes: [{to: [screen]}]
"""


@pytest.fixture
def parts(sqlite_store: Store, tmp_path: Path) -> Parts:
    (tmp_path / "policy.yaml").write_text(POLICY)
    policy = load_policy(tmp_path / "policy.yaml", REGISTRIES)
    return Parts(sqlite_store, policy, (), {"screen": ConsoleNotifier("screen")})


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def scheduler(parts: Parts, clock: Clock) -> Scheduler:
    return Scheduler(Current(parts), held(parts.store, clock), clock, timedelta(hours=5))


def test_what_is_left_to_be_told_is_sent_at_once(
    parts: Parts, scheduler: Scheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduler.start()
    wait_for(lambda: "evaluate" in parts.store.jobs.last())
    parts.store.alerts.record([], [replace(notification("n1"), receiver="screen")], NOW)
    scheduler.nudge()

    wait_for(lambda: parts.store.outbox.deliveries()[0]["status"] == "sent", 2)
    scheduler.stop()


def test_an_allowance_counts_when_it_is_granted_and_when_it_ends(
    parts: Parts, scheduler: Scheduler, clock: Clock
) -> None:
    def evaluated() -> object:
        return parts.store.jobs.last().get("evaluate")

    scheduler.turn()
    parts.store.allowances.ask(ALLOWANCE, NOW)
    clock.now = NOW + timedelta(minutes=1)
    scheduler.tick()
    assert evaluated() == NOW  # nothing counts that waits for a second person

    parts.store.allowances.decide("g1", "Slack: B", clock.now, grant=True)
    scheduler.tick()
    assert evaluated() == NOW + timedelta(minutes=1)

    clock.now = NOW + timedelta(minutes=2)
    scheduler.tick()
    assert evaluated() == NOW + timedelta(minutes=1)

    clock.now = NOW + HOUR
    scheduler.tick()
    assert evaluated() == NOW + HOUR
