from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Bucket
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report, Source
from budgetbot.sources.anthropic import AnthropicSource
from tests.sources.conftest import NOW, span, utc
from tests.standins.anthropic import COST, KEY, MESSAGES, AnthropicStandIn, error, iso
from tests.standins.openai import Fault, at

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BILL = Report("cost_report", "cost")
TOKENS = Report("messages", "usage")
FINEST = ["workspace_id", "api_key_id", "model", "service_tier", "account_id", "service_account_id"]
Make = Callable[..., AnthropicSource]


@pytest.fixture
def claude() -> Iterator[AnthropicStandIn]:
    """An Anthropic whose time is 2026-03-10, 12:00."""
    with AnthropicStandIn(at("2026-03-10T12:00")) as standin:
        yield standin


@pytest.fixture
def make(claude: AnthropicStandIn) -> Iterator[Make]:
    with ExitStack() as stack:

        def build(**options: Any) -> AnthropicSource:
            usual = {"name": "anthropic", "key": SecretStr(KEY), "base_url": claude.url, "clock": lambda: NOW}
            source = AnthropicSource(**{**usual, "sleep": lambda seconds: None, **options})
            stack.callback(source.close)
            return source

        yield build


@pytest.fixture
def source(make: Make) -> AnthropicSource:
    return make()


def pulled(source: AnthropicSource, report: Report, over: Span, grain: Grain = "day") -> list[Bucket]:
    return list(source.pull(report, over, grain, NOW))


def cost(amount: str = "100", **more: Any) -> dict[str, Any]:
    usual = {"currency": "USD", "description": "Usage", "workspace_id": None, "model": None, "service_tier": None}
    return {"amount": amount, **usual, **more}


def tokens(count: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "uncached_input_tokens": count,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 0,
        "server_tool_use": {"web_search_requests": 0},
        **dict.fromkeys(FINEST),
        **more,
    }


def test_it_is_a_source_with_a_bill_by_day_and_tokens_by_hour(source: AnthropicSource) -> None:
    as_source: Source = source

    assert as_source.provider == "anthropic"
    assert as_source.reports() == (BILL, TOKENS)
    assert [report.finest for report in as_source.reports()] == ["hour", "hour"]


def test_an_unknown_report_is_an_error(source: AnthropicSource) -> None:
    with pytest.raises(ValueError, match="no report 'dreams'; it has cost_report, messages"):
        pulled(source, Report("dreams", "usage"), span("2026-03-01", "2026-03-02"))


def test_every_day_of_the_bill_comes_once_in_order_and_in_dollars(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.rows[COST] = {
        at("2026-03-01"): [cost("123.45", workspace_id="wrkspc_a")],
        at("2026-03-03"): [cost("7")],
    }

    buckets = pulled(source, BILL, span("2026-03-01", "2026-03-04"))

    assert [bucket.start for bucket in buckets] == [utc("2026-03-01"), utc("2026-03-02"), utc("2026-03-03")]
    assert [bucket.end - bucket.start for bucket in buckets] == [DAY] * 3
    assert [[line.amount for line in bucket.costs] for bucket in buckets] == [
        [Decimal("1.2345")],
        [],
        [Decimal("0.07")],
    ]
    assert buckets[0].costs[0].series.project == "wrkspc_a"


def test_the_bill_is_asked_by_day_at_its_finest(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    pulled(source, BILL, span("2026-03-01", "2026-03-04"), grain="hour")

    (seen,) = claude.requests
    assert seen.path == "/v1/organizations/cost_report"
    assert seen.params == [
        ("starting_at", "2026-03-01T00:00:00Z"),
        ("ending_at", "2026-03-04T00:00:00Z"),
        ("bucket_width", "1d"),
        ("group_by[]", "workspace_id"),
        ("group_by[]", "description"),
        ("limit", "3"),
    ]
    assert seen.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in seen.headers


def test_tokens_are_asked_by_hour_and_by_everything_that_the_ledger_knows(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    row = tokens(3, workspace_id="w", api_key_id="k", model="m", service_tier="batch", account_id="u")
    claude.rows[MESSAGES] = {at("2026-03-09T05:00"): [row]}

    buckets = pulled(source, TOKENS, span("2026-03-09T04:00", "2026-03-09T07:00"), "hour")

    assert claude.requests[0].all("group_by") == FINEST
    assert claude.requests[0].one("bucket_width") == "1h"
    assert [len(bucket.usage) for bucket in buckets] == [0, 1, 0]
    (found,) = buckets[1].usage
    assert found.series[2:] == ("w", "k", "u", "m", None, "batch", "true")
    assert found.metrics["input_tokens"] == 3


def test_a_span_is_widened_to_whole_buckets(source: AnthropicSource) -> None:
    days = pulled(source, BILL, span("2026-03-01T07:30", "2026-03-02T00:01"))
    hours = pulled(source, TOKENS, span("2026-03-01T07:30", "2026-03-01T09:00"), "hour")

    assert [bucket.start for bucket in days] == [utc("2026-03-01"), utc("2026-03-02")]
    assert [bucket.start for bucket in hours] == [utc("2026-03-01T07:00"), utc("2026-03-01T08:00")]


def test_buckets_that_have_not_begun_are_neither_asked_for_nor_given(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    days = pulled(source, BILL, span("2026-03-09", "2026-03-20"))

    assert [bucket.start for bucket in days] == [utc("2026-03-09"), utc("2026-03-10")]
    assert claude.requests[0].one("ending_at") == iso(at("2026-03-11"))
    assert pulled(source, BILL, span("2026-03-11", "2026-03-12")) == []


@pytest.mark.parametrize(
    ("report", "grain", "length", "limits"),
    [
        (BILL, "day", 70 * DAY, ["31", "31", "8"]),
        (TOKENS, "day", 40 * DAY, ["31", "9"]),
        (TOKENS, "hour", 200 * HOUR, ["168", "32"]),
    ],
)
def test_long_spans_are_read_window_by_window(
    claude: AnthropicStandIn,
    source: AnthropicSource,
    report: Report,
    grain: Grain,
    length: timedelta,
    limits: list[str],
) -> None:
    over = Span(utc("2025-12-10"), utc("2025-12-10") + length)

    buckets = pulled(source, report, over, grain)

    assert [seen.one("limit") for seen in claude.requests] == limits
    assert (buckets[0].start, buckets[-1].end) == (over.start, over.end)
    assert all(a.end == b.start for a, b in pairwise(buckets))


def test_pages_in_no_order_are_put_in_order(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.backwards, claude.page_size = True, 2
    claude.rows[COST] = {at(f"2026-03-0{day}"): [cost(str(100 * day))] for day in range(1, 8)}

    buckets = pulled(source, BILL, span("2026-03-01", "2026-03-08"))

    assert [bucket.start.day for bucket in buckets] == [1, 2, 3, 4, 5, 6, 7]
    assert [bucket.costs[0].amount for bucket in buckets] == [1, 2, 3, 4, 5, 6, 7]
    assert len(claude.requests) == 4


def test_nothing_of_a_window_is_given_before_its_walk_is_complete(claude: AnthropicStandIn, make: Make) -> None:
    claude.page_size = 31
    claude.rows[COST] = {at("2026-01-01"): [cost()]}
    claude.faults += [Fault(edit=lambda answer: None), error(500, "api_error", "sorry")]
    walk = make(attempts=1).pull(BILL, span("2026-01-01", "2026-02-15"), "day", NOW)

    given = [next(walk).start for _ in range(31)]
    with pytest.raises(SourceError, match="HTTP 500: sorry"):
        next(walk)

    assert (given[0], given[-1]) == (utc("2026-01-01"), utc("2026-01-31"))


def test_a_page_that_fails_in_the_middle_of_a_window_gives_nothing_of_it(claude: AnthropicStandIn, make: Make) -> None:
    claude.page_size = 2
    claude.faults += [Fault(edit=lambda answer: None), error(500, "api_error", "sorry")]

    with pytest.raises(SourceError):
        next(make(attempts=1).pull(BILL, span("2026-03-01", "2026-03-08"), "day", NOW))


def test_days_that_a_complete_walk_left_out_are_known_to_be_empty(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.skip_empty = True
    claude.rows[COST] = {at("2026-03-03"): [cost()], at("2026-03-05"): [cost()]}

    buckets = pulled(source, BILL, span("2026-03-01", "2026-03-07"))

    assert [len(bucket.costs) for bucket in buckets] == [0, 0, 1, 0, 1, 0]
