from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from budgetbot.core.period import Span
from budgetbot.sources import Grain, Report, Source
from budgetbot.sources.openai import OpenAISource
from budgetbot.sources.openai_reports import ENDPOINTS
from tests.sources.conftest import NOW, cost, pulled, span, utc
from tests.standins.openai import OpenAIStandIn, at

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
COSTS = Report("costs", "cost")
COMPLETIONS = Report("completions", "usage")


def test_it_is_a_source_with_the_bill_and_every_usage_report(source: OpenAISource) -> None:
    as_source: Source = source

    assert as_source.provider == "openai"
    assert as_source.reports()[0] == COSTS
    assert {report.name for report in as_source.reports()} == {row.report for row in ENDPOINTS}
    assert {report.kind for report in as_source.reports()[1:]} == {"usage"}


def test_an_unknown_report_is_an_error(source: OpenAISource) -> None:
    with pytest.raises(ValueError, match="no report"):
        pulled(source, Report("dreams", "usage"), span("2026-03-01", "2026-03-02"))


def test_every_day_of_the_bill_comes_once_in_order(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.rows["costs"] = {
        at("2026-03-01"): [cost("0.50", project_id="proj_a", line_item="gpt-5, input", api_key_id="key_a")],
        at("2026-03-03"): [cost(2, project_id="proj_a", line_item="gpt-5, output", api_key_id=None)],
    }

    buckets = pulled(source, COSTS, span("2026-03-01", "2026-03-04"))

    assert [bucket.start for bucket in buckets] == [utc("2026-03-01"), utc("2026-03-02"), utc("2026-03-03")]
    assert [bucket.end - bucket.start for bucket in buckets] == [DAY] * 3
    assert [[line.amount for line in bucket.costs] for bucket in buckets] == [[Decimal("0.5")], [], [Decimal(2)]]
    assert buckets[0].costs[0].series.api_key == "key_a"


def test_costs_are_asked_by_day_at_their_finest(api: OpenAIStandIn, source: OpenAISource) -> None:
    pulled(source, COSTS, span("2026-03-01", "2026-03-04"), grain="hour")

    (seen,) = api.requests
    assert seen.params == [
        ("start_time", str(at("2026-03-01"))),
        ("end_time", str(at("2026-03-04"))),
        ("bucket_width", "1d"),
        ("group_by[]", "project_id"),
        ("group_by[]", "line_item"),
        ("group_by[]", "api_key_id"),
        ("limit", "3"),
    ]


@pytest.mark.parametrize("row", ENDPOINTS[1:], ids=lambda row: row.report)
def test_every_usage_report_is_read_by_the_hour_at_its_finest(
    api: OpenAIStandIn, source: OpenAISource, row: Any
) -> None:
    api.rows[row.report] = {at("2026-03-09T05:00"): [{row.metrics[0][0]: 3, **dict.fromkeys(row.pulled_by, "x")}]}

    buckets = pulled(source, Report(row.report, "usage"), span("2026-03-09T04:00", "2026-03-09T07:00"), "hour")

    assert api.requests[0].all("group_by") == list(row.pulled_by)
    assert api.requests[0].one("bucket_width") == "1h"
    assert [len(bucket.usage) for bucket in buckets] == [0, 1, 0]
    assert buckets[1].usage[0].metrics == {row.metrics[0][1]: 3}
    assert all(value == "x" for value in buckets[1].usage[0].series[2:] if value is not None)


def test_completions_are_grouped_by_everything_that_the_ledger_knows(api: OpenAIStandIn, source: OpenAISource) -> None:
    pulled(source, COMPLETIONS, span("2026-03-09", "2026-03-10"))

    assert set(api.requests[0].all("group_by")) == {
        "project_id", "user_id", "api_key_id", "model", "batch", "service_tier",
    }  # fmt: skip


def test_a_span_is_widened_to_whole_buckets(api: OpenAIStandIn, source: OpenAISource) -> None:
    days = pulled(source, COSTS, span("2026-03-01T07:30", "2026-03-02T00:01"))
    hours = pulled(source, COMPLETIONS, span("2026-03-01T07:30", "2026-03-01T09:00"), "hour")

    assert [bucket.start for bucket in days] == [utc("2026-03-01"), utc("2026-03-02")]
    assert [bucket.start for bucket in hours] == [utc("2026-03-01T07:00"), utc("2026-03-01T08:00")]


def test_buckets_that_have_not_begun_are_neither_asked_for_nor_given(api: OpenAIStandIn, source: OpenAISource) -> None:
    days = pulled(source, COSTS, span("2026-03-09", "2026-03-20"))
    hours = pulled(source, COMPLETIONS, span("2026-03-10T10:00", "2026-03-11"), "hour", NOW + timedelta(minutes=5))
    future = pulled(source, COSTS, span("2026-03-11", "2026-03-12"))

    assert [bucket.start for bucket in days] == [utc("2026-03-09"), utc("2026-03-10")]
    assert [bucket.start.hour for bucket in hours] == [10, 11, 12]
    assert future == []
    assert [seen.one("end_time") for seen in api.requests] == [str(at("2026-03-11")), str(at("2026-03-10T13:00"))]


@pytest.mark.parametrize(
    ("report", "grain", "length", "limits"),
    [
        (COSTS, "day", 70 * DAY, ["31", "31", "8"]),
        (COMPLETIONS, "day", 40 * DAY, ["31", "9"]),
        (COMPLETIONS, "hour", 200 * HOUR, ["168", "32"]),
    ],
)
def test_long_spans_are_read_window_by_window(
    api: OpenAIStandIn, source: OpenAISource, report: Report, grain: Grain, length: timedelta, limits: list[str]
) -> None:
    over = Span(utc("2025-12-10"), utc("2025-12-10") + length)

    buckets = pulled(source, report, over, grain)

    assert [seen.one("limit") for seen in api.requests] == limits
    assert buckets[0].start == over.start
    assert buckets[-1].end == over.end
    assert all(a.end == b.start for a, b in pairwise(buckets))


def test_a_server_with_small_pages_is_read_to_the_end_of_every_window(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.page_size = 7

    assert len(pulled(source, COSTS, span("2026-01-01", "2026-03-01"))) == 59


def test_days_that_a_complete_walk_left_out_are_known_to_be_empty(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.skip_empty = True
    api.rows["costs"] = {at("2026-03-03"): [cost(1)], at("2026-03-05"): [cost(2)]}

    buckets = pulled(source, COSTS, span("2026-03-01", "2026-03-07"))

    assert [len(bucket.costs) for bucket in buckets] == [0, 0, 1, 0, 1, 0]
    assert [bucket.start.day for bucket in buckets] == [1, 2, 3, 4, 5, 6]


def test_keys_that_nobody_can_name_any_more_keep_their_id(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.rows["costs"] = {at("2026-03-01"): [cost(1, api_key_id="key_deleted", project_id="proj_deleted")]}

    (bucket,) = pulled(source, COSTS, span("2026-03-01", "2026-03-02"))

    assert bucket.costs[0].series[2:4] == ("proj_deleted", "key_deleted")
