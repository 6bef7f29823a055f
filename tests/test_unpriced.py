"""Use without a price: counted at the dearest sibling's, told once with its fix, and over when a price is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.app import REGISTRIES
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import nano
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, history, turn
from budgetbot.policy.load import load_policy
from budgetbot.prices import price_book
from budgetbot.sources import Source
from budgetbot.sources.arthur import ArthurSource
from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Store
from tests.standins import arthur
from tests.standins.clock import Clock
from tests.standins.inbox import Inbox
from tests.standins.openai import KEY, OpenAIStandIn, at

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)
DAY, MINUTES = timedelta(days=1), timedelta(minutes=5)
MILLION = 1_000_000
POLICY = """
version: 1
receivers: [{name: inbox, console: {}}]
routes: [{to: [inbox]}]
"""


class World:
    """One source read into one store under one policy, minute by minute."""

    def __init__(self, store: Store, folder: Path, source: Source) -> None:
        self.store, self.source = store, source
        self.file = folder / "policy.yaml"
        self.inbox, self.clock = Inbox("inbox"), Clock(NOW)

    def turn(self, prices: str = "", after: timedelta = MINUTES) -> list[str]:
        """The next turn with these prices in the policy: what was told."""
        self.clock.now += after
        self.file.write_text(f"{POLICY}{prices}")
        policy = load_policy(self.file, REGISTRIES)
        self.parts = Parts(self.store, policy, [self.source], {"inbox": self.inbox}, price_book(policy.prices))
        self.inbox.told.clear()
        assert turn(self.parts, self.clock).errors == ()
        return [message.summary for message in self.inbox.messages]

    def spent(self, by: str = "model", day: datetime = TODAY) -> dict[str | None, int]:
        """What a day cost, by the values of a dimension."""
        group = history(self.parts, Span(day, day + DAY)).group(EVERYTHING, [by])
        totals = group.totals(Span(day, day + DAY), "USD")
        return {scope.ids[by]: total.spent for scope, total in zip(group.scopes, totals, strict=True)}


def used(model: str | None, tokens: int = MILLION) -> dict[str, object]:
    return {"project_id": "proj_a", "model": model, "input_tokens": tokens, "num_model_requests": tokens // 1000}


@pytest.fixture
def api() -> Iterator[OpenAIStandIn]:
    with OpenAIStandIn(at("2026-11-30")) as standin:
        standin.lists["/organization/projects"] = [{"id": "proj_a", "name": "research", "status": "active"}]
        standin.lists["/organization/projects/proj_a/api_keys"] = []
        yield standin


@pytest.fixture
def world(api: OpenAIStandIn, sqlite_store: Store, tmp_path: Path) -> Iterator[World]:
    memory = sqlite_store.ledger.memory("openai")
    with closing(OpenAISource("openai", SecretStr(KEY), api.url, memory=memory, attempts=1)) as source:
        yield World(sqlite_store, tmp_path, source)


def put(api: OpenAIStandIn, start: str, *rows: dict[str, object], report: str = "completions") -> None:
    api.rows.setdefault(report, {})[at(start)] = list(rows)


def test_a_model_without_a_price_is_told_once_with_its_fix_and_counted_at_the_dearest(
    api: OpenAIStandIn, world: World
) -> None:
    put(api, "2026-11-20T08:00", used("gpt-4o"), used("gpt-4o-mini"), used("gpt-unheard-of"))

    assert world.turn() == ["Warning: gpt-unheard-of has no price; estimated by the dearest of openai; unpriced-usage"]
    (message,) = world.inbox.messages
    assert 'prices: [{model: "gpt-unheard-of", input: ..., output: ...}]' in message.lead
    assert world.turn() == []

    spent = world.spent()
    assert spent["gpt-unheard-of"] == spent["gpt-4o"] > spent["gpt-4o-mini"] > 0


def test_a_price_in_the_policy_ends_it_and_is_what_counts(api: OpenAIStandIn, world: World) -> None:
    put(api, "2026-11-19T08:00", used("gpt-4o"), used("gpt-unheard-of"))
    put(api, "2026-11-20T08:00", used("gpt-4o"), used("gpt-unheard-of"))
    world.turn()
    assert len(world.store.alerts.open()) == 1

    told = world.turn('prices: [{model: "gpt-unheard-*", input: 7, output: 7}]')

    assert told == ["Resolved: gpt-unheard-of has a price again; estimated by the dearest of openai; unpriced-usage"]
    assert world.spent()["gpt-unheard-of"] == nano(Decimal(7))
    assert world.spent(day=TODAY - DAY)["gpt-unheard-of"] == nano(Decimal(7))


def test_a_price_counts_from_its_day_on(api: OpenAIStandIn, world: World) -> None:
    put(api, "2026-11-19T08:00", used("gpt-4o"), used("gpt-unheard-of"))
    put(api, "2026-11-20T08:00", used("gpt-4o"), used("gpt-unheard-of"))

    world.turn("prices: [{model: gpt-unheard-of, input: 7, since: 2026-11-20}]")

    yesterday = world.spent(day=TODAY - DAY)
    assert world.spent()["gpt-unheard-of"] == nano(Decimal(7))
    assert yesterday["gpt-unheard-of"] == yesterday["gpt-4o"]
    assert world.store.alerts.open() == []


def test_a_model_that_is_no_longer_used_is_over_after_two_days(api: OpenAIStandIn, world: World) -> None:
    put(api, "2026-11-20T08:00", used("gpt-4o"), used("gpt-unheard-of"))
    world.turn()

    assert world.turn(after=DAY) == []
    assert world.turn(after=DAY) == []
    assert [line.split(" ")[:2] for line in world.turn(after=DAY)] == [["Resolved:", "gpt-unheard-of"]]


def test_what_was_used_long_ago_is_no_alert(api: OpenAIStandIn, world: World) -> None:
    put(api, "2026-11-12T08:00", used("gpt-4o"), used("gpt-unheard-of"))

    assert world.turn() == []


def test_moderation_is_free_and_use_without_a_model_has_nothing_to_be_named(api: OpenAIStandIn, world: World) -> None:
    put(api, "2026-11-20T08:00", used("gpt-4o"), used(None))
    put(api, "2026-11-20T08:00", used("omni-moderation-unheard-of"), report="moderations")

    assert world.turn() == []
    assert "omni-moderation-unheard-of" not in world.spent()


def test_a_tool_call_costs_what_the_policy_says(api: OpenAIStandIn, world: World) -> None:
    calls: dict[str, object] = {"project_id": "proj_a", "num_requests": 100, "num_model_requests": 100}
    put(api, "2026-11-20T08:00", calls, report="web_search_calls")
    world.turn()
    assert sum(world.spent().values()) == nano(Decimal(1))

    world.turn('prices: [{model: "web search tool calls", call: 0.05}]')

    assert sum(world.spent().values()) == nano(Decimal(5))


@pytest.mark.parametrize(
    ("prices", "spent"),
    [
        ("", {}),
        ("prices: [{provider: openai, input: 1, output: 1}]", {}),
        (
            "prices: [{provider: arthur, input: 1, output: 2}]",
            {"ToxicityRule, input": nano(Decimal(3)), "ToxicityRule, output": nano(Decimal(2))},
        ),
    ],
)
def test_tokens_of_arthur_are_money_where_the_policy_has_a_price_for_them_and_never_an_alert(
    sqlite_store: Store, tmp_path: Path, prices: str, spent: dict[str | None, int]
) -> None:
    with arthur.ArthurStandIn() as api:
        api.results = [arthur.Result(TODAY, "ToxicityRule", "task-1", 0, 3 * MILLION, MILLION)]
        with closing(ArthurSource("arthur", SecretStr(arthur.KEY), api.url, attempts=1)) as source:
            world = World(sqlite_store, tmp_path, source)

            assert world.turn(prices) == []
            assert world.spent("line_item") == spent
