"""From usage and a late bill to what is spent now: seen at once, and exact once the bill has settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES, Queries
from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import nano
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, history, turn
from budgetbot.policy.load import load_policy
from budgetbot.sim.organisation import Dimension, Organisation
from budgetbot.sim.runaway import Runaway
from budgetbot.sim.server import serve
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store
from budgetbot.store.changes import whole_hour
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox
from tests.store.known import current, known
from tests.store.samples import EVER

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SPIKE = datetime(2026, 11, 20, 14, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
DAYS = 6
BY: tuple[Dimension, ...] = ("project", "api_key", "line_item")
POLICY = """
version: 1
budgets:
  - name: research-daily
    match: {project: research}
    amount: 1000
    period: day
    thresholds: [{at: 100%, severity: critical}]
receivers:
  - {name: inbox, console: {}}
routes:
  - {to: [inbox]}
"""


class World:
    """An organisation whose bill is a day late, and whose key runs away at SPIKE."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.clock = Clock(SPIKE + 30 * MINUTE)
        self.organisation = Organisation(
            seed=4,
            projects=3,
            keys_per_project=2,
            history_days=DAYS,
            clock=self.clock,
            runaway=Runaway(since=SPIKE, factor=4000, reaches=Decimal(0)),
            bill_lag=DAY,
        )
        self.clock.now = SPIKE - 5 * MINUTE
        file = folder / "policy.yaml"
        file.write_text(POLICY)
        self.inbox = Inbox("inbox")
        self.store = store
        self.policy = load_policy(file, REGISTRIES)

    def turn(self, source: OpenAISource, after: timedelta = timedelta(0)) -> None:
        self.clock.now += after
        assert turn(self.parts(source), self.clock).errors == ()

    def parts(self, source: OpenAISource) -> Parts:
        return Parts(self.store, self.policy, [source], {"inbox": self.inbox})

    def spend(self, source: OpenAISource, words: str) -> tuple[Decimal, Decimal]:
        queries = Queries(self.parts(source), self.clock)
        answer = queries.spend(queries.query(words))
        return Decimal(str(answer["billed"])), Decimal(str(answer["estimated"]))

    def truth(self, start: datetime, end: datetime, by: Dimension | None = None) -> dict[str | None, int]:
        """What was used, as it will be billed, in nano-units."""
        total = self.organisation.total(start, end, by, billed=False)
        return {id: nano(amount) for id, amount in total.items() if nano(amount)}


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> World:
    return World(sqlite_store, tmp_path)


@pytest.fixture
def source(world: World) -> Iterator[OpenAISource]:
    with serve(world.organisation) as served:
        key, memory = SecretStr(served.admin_key), world.store.ledger.memory("openai")
        with closing(OpenAISource("openai", key, served.base_url, memory=memory)) as made:
            yield made


def test_a_spike_is_seen_and_trips_a_budget_within_one_pull_while_the_bill_is_silent(
    world: World, source: OpenAISource
) -> None:
    world.turn(source)
    calm = world.spend(source, "research today")
    assert world.inbox.told == []

    world.turn(source, 20 * MINUTE)

    billed, estimated = world.spend(source, "research today")
    project = world.organisation.roster.project("research").id
    truth = Decimal(world.truth(TODAY, world.clock.now, "project")[project]) / 10**9
    assert billed == calm[0] == 0
    assert abs(estimated - truth) <= truth * Decimal("0.03")
    assert estimated > 1000 > calm[1]
    assert [one.alert.level for one in world.inbox.told if one.alert] == ["100%"]
    assert "estimated" in world.inbox.messages[0].lead
    drivers = [one.alert.drivers for one in world.inbox.told if one.alert]
    assert next(d.name for d in drivers[0] if d.dimension == "api_key") == "research-agent"

    world.turn(source, 5 * MINUTE)
    assert len(world.inbox.told) == 1


def test_once_settled_every_day_equals_the_bill_exactly_by_project_key_and_line_item(
    world: World, source: OpenAISource
) -> None:
    world.turn(source)
    for hours in (1, 71, 24):
        world.turn(source, hours * HOUR)

    for day in (TODAY - n * DAY for n in range(DAYS)):
        span = Span(day, day + DAY)
        known = history(world.parts(source), span)
        for by in BY:
            group = known.group(EVERYTHING, (by,))
            totals = group.totals(span, "USD")
            assert all(total.estimated == 0 and total.low == total.high for total in totals)
            told = {s.parts[0].id: t.billed for s, t in zip(group.scopes, totals, strict=True) if t.billed}
            assert told == world.truth(day, day + DAY, by)


def test_what_was_estimated_at_any_turn_can_be_told_later(world: World, source: OpenAISource) -> None:
    read = []
    for minutes in (0, 70, 60, 5 * 60, 24 * 60, 48 * 60):
        world.turn(source, minutes * MINUTE)
        read.append((world.clock.now, current(world.store.ledger.history(EVER, Directory()))))

    told = world.store.ledger.past(EVER, Directory())

    for now, then in read:
        assert known(told, whole_hour(now)) == then
    assert len({tuple(then.values()) for _, then in read}) == len(read)
