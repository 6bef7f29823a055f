"""A key that runs away in the simulated organisation, from the provider's API to the message; a month without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES
from budgetbot.core.directory import Directory
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.model import Series
from budgetbot.cycle import Parts, turn
from budgetbot.policy.load import load_policy
from budgetbot.sim.organisation import Organisation
from budgetbot.sim.runaway import Runaway
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox
from tests.standins.spend import fresh
from tests.standins.unusual import anomaly, said

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BURNS = NOW + 2 * HOUR
POLICY = """
version: 1
anomalies:
  - {name: runaway-key, each: [project, api_key], bucket: hour, min_impact: 25}
receivers: [{name: inbox, console: {}}]
routes: [{to: [inbox]}]
"""


@pytest.fixture
def clock() -> Clock:
    return Clock(BURNS + 6 * HOUR)


@pytest.fixture
def organisation(clock: Clock) -> Organisation:
    burning = Runaway(since=BURNS, factor=60.0, reaches=Decimal(0))
    made = Organisation(seed=1, start=NOW - 16 * DAY, clock=clock, runaway=burning)
    clock.now = NOW
    return made


@pytest.fixture
def source(organisation: Organisation, sqlite_store: Store) -> Iterator[OpenAISource]:
    with serve(organisation) as sim:
        key, memory = SecretStr(sim.admin_key), sqlite_store.ledger.memory("openai")
        with closing(OpenAISource("openai", key, sim.base_url, memory=memory)) as made:
            yield made


def test_a_runaway_key_is_told_once_within_one_hour_with_its_dollars_model_and_owner(
    organisation: Organisation, source: OpenAISource, sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    file, inbox = tmp_path / "policy.yaml", Inbox("inbox")
    file.write_text(POLICY)
    parts = Parts(sqlite_store, load_policy(file, REGISTRIES), [source], {"inbox": inbox})
    heard: dict[datetime, int] = {}

    while clock.now < BURNS + 4 * HOUR:
        assert turn(parts, clock).errors == ()
        heard[clock.now] = len(inbox.messages)
        clock.now += HOUR / 2

    (message,) = inbox.messages
    assert heard[BURNS] == 0
    assert heard[BURNS + HOUR] == 1
    assert "research / research-agent (runaway-key)" in message.title
    assert "usually $3.38" in message.title
    assert any(driver.startswith("model gpt-5: $") for driver in message.drivers)
    (alert,) = sqlite_store.alerts.open()
    assert (alert.kind, alert.evidence["since"], alert.evidence["owner"]) == (
        "anomaly",
        BURNS.isoformat().replace("+00:00", "Z"),
        "ml-lead@example.com",
    )


def quiet(days: int) -> History:
    """What every key of an organisation without incidents cost, hour by hour."""
    made = Organisation(seed=5, start=NOW - days * DAY, clock=lambda: NOW, runaway=None)
    cells = made.bill.cells
    known = list(dict.fromkeys((cell["project_id"], cell.get("api_key_id")) for cell in cells))
    of_cell = np.array([known.index((cell["project_id"], cell.get("api_key_id"))) for cell in cells])
    starts = [int((NOW - n * HOUR).timestamp()) for n in range(days * 24, 0, -1)]
    spent = np.zeros((len(starts), len(known)), dtype=np.int64)
    for hour, start in enumerate(starts):
        np.add.at(spent[hour], of_cell, made.bill.amounts(start, start + 3600) // 1000)  # picodollars to nano-units
    begins = np.repeat(np.array(starts, dtype=np.int64) * 1_000_000, len(known))
    of_series, none = np.tile(np.arange(len(known)), len(starts)), np.zeros(len(begins), dtype=np.int64)
    amount = spent.reshape(-1)
    facts = Facts(of_series, begins, begins + HOUR // timedelta(microseconds=1), none, amount, none, amount, amount)
    series = [Series("openai", "openai", project=str(project), api_key=str(key)) for project, key in known]
    return History(series, ["USD"], facts, [fresh(NOW)], Directory())


def until(known: History, now: datetime) -> History:
    """The part of it that is known by then."""
    facts = known.facts
    part = slice(0, int(np.searchsorted(facts.start, micros(now))))
    names = ("series", "start", "end", "currency", "billed", "estimated", "low", "high")
    some = Facts(**{name: getattr(facts, name)[part] for name in names})
    return History(known.series, known.currencies, some, [fresh(now)], Directory())


def test_a_quiet_month_of_two_dozen_keys_brings_no_alarm() -> None:
    known = quiet(45)
    rule = anomaly(each=["project", "api_key"], min_impact=2)

    moments = [NOW - n * 3 * HOUR for n in range(30 * 8, -1, -1)]

    assert [found for now in moments for found in said(rule, until(known, now), now)] == []
