"""What the tests of the simulated organisation share: a clock that is set by hand, and walking through pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import httpx

Json: TypeAlias = dict[str, Any]

NOW = datetime(2026, 11, 21, 10, 25, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
USAGE = "organization/usage/"
COSTS = "organization/costs"


@dataclass
class Hand:
    """A clock that shows what it was set to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def get(client: httpx.Client, path: str, **query: Any) -> Json:
    """The answer to a request that must succeed, numbers read exactly."""
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    page: Json = json.loads(answer.text, parse_float=Decimal)
    return page


def buckets(client: httpx.Client, path: str, **query: Any) -> Iterator[Json]:
    """All buckets of a report, page after page."""
    page = get(client, path, **query)
    yield from page["data"]
    while page["has_more"]:
        page = get(client, path, **query, page=page["next_page"])
        yield from page["data"]


def rows(client: httpx.Client, path: str, **query: Any) -> Iterator[Json]:
    """All results of a report."""
    for bucket in buckets(client, path, **query):
        yield from bucket["results"]
