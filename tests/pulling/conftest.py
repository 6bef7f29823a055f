"""A strict provider, a ledger, and a source between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from budgetbot.sources.openai import OpenAISource
from budgetbot.store import Ledger, Store
from tests.standins.openai import KEY, OpenAIStandIn, at
from tests.standins.pulls import Brief, dollars


@pytest.fixture
def ledger(sqlite_store: Store) -> Ledger:
    return sqlite_store.ledger


@pytest.fixture
def api() -> Iterator[OpenAIStandIn]:
    """An OpenAI with one project that costs a dollar a day, and uses something each hour; other reports it lacks."""
    with OpenAIStandIn(at("2026-11-10T12:30")) as standin:
        standin.rows["costs"] = {day: [dollars("1.00")] for day in range(at("2026-08-01"), at("2026-11-11"), 86_400)}
        hours = range(at("2026-10-01"), at("2026-11-10T13:00"), 3_600)
        standin.rows["completions"] = {hour: [{"num_model_requests": 2, "project_id": "proj_a"}] for hour in hours}
        standin.lists["/organization/projects"] = [{"id": "proj_a", "name": "research", "status": "active"}]
        standin.lists["/organization/projects/proj_a/api_keys"] = []
        yield standin


@pytest.fixture
def make(ledger: Ledger) -> Iterator[Callable[..., OpenAISource]]:
    made = []

    def build(url: str, key: str = KEY, kind: type[OpenAISource] = Brief) -> OpenAISource:
        source = kind("openai", SecretStr(key), url, memory=ledger.memory("openai"), attempts=2, sleep=lambda _: None)
        made.append(source)
        return source

    yield build
    for source in made:
        source.close()


@pytest.fixture
def source(api: OpenAIStandIn, make: Callable[..., OpenAISource]) -> OpenAISource:
    return make(api.url)
