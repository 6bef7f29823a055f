from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from budgetbot.errors import SourceError, UsageError
from budgetbot.sources import Report
from budgetbot.sources.anthropic import AnthropicSource
from tests.sources.conftest import NOW, span, utc
from tests.sources.test_anthropic import cost, pulled, tokens
from tests.standins.anthropic import COST, KEY, MESSAGES, AnthropicStandIn, error, iso
from tests.standins.openai import Fault, at

Make = Callable[..., AnthropicSource]
Edit = Callable[[dict[str, Any]], Any]
BILL, TOKENS = Report("cost_report", "cost"), Report("messages", "usage")


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


def moved(index: int, **seconds: int) -> Edit:
    """Moves the times of one bucket of a page."""

    def edit(answer: dict[str, Any]) -> None:
        bucket = answer["data"][index]
        for name, by in seconds.items():
            bucket[name] = iso(at(bucket[name][:16]) + by)

    return edit


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda answer: answer["data"].append(answer["data"][0]), "came twice"),
        (lambda answer: answer.update(has_more=True), "no cursor"),
        (lambda answer: answer.update(has_more=True, next_page=7), "no cursor"),
        (lambda answer: answer.pop("data"), "no list named data"),
        (lambda answer: answer["data"].append(None), "no list named results"),
        (lambda answer: answer["data"][0].update(results=None), "no list named results"),
        (lambda answer: answer["data"][0].update(starting_at=1_772_323_200), "no times"),
        (lambda answer: answer["data"][0].pop("ending_at"), "no times"),
        (lambda answer: answer["data"][0].update(starting_at="yesterday"), "no times"),
        (lambda answer: answer["data"][0].update(starting_at="2026-03-01T00:00:00"), "without a zone"),
        (moved(0, starting_at=-86_400, ending_at=-86_400), "outside what was asked"),
        (moved(2, starting_at=86_400, ending_at=86_400), "outside what was asked"),
        (moved(0, starting_at=3_600), "does not begin on an edge"),
        (moved(1, ending_at=86_400), "ends at"),
        (moved(1, ending_at=-86_400), "ends at"),
        (moved(1, ending_at=-3_600), "not whole"),
    ],
)
def test_a_page_that_cannot_be_right_stops_the_walk(
    claude: AnthropicStandIn, source: AnthropicSource, edit: Edit, what: str
) -> None:
    claude.faults.append(Fault(edit=edit))

    with pytest.raises(SourceError, match=what) as caught:
        pulled(source, BILL, span("2026-03-01", "2026-03-04"))
    assert not caught.value.permanent


def test_times_in_another_zone_are_the_same_times(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.faults.append(Fault(edit=lambda answer: answer["data"][0].update(starting_at="2026-03-01T01:00:00+01:00")))

    assert pulled(source, BILL, span("2026-03-01", "2026-03-02"))[0].start == utc("2026-03-01")


@pytest.mark.parametrize("body", ["[]", '"page"', "7", "null"])
def test_a_page_that_is_no_object_stops_the_walk(claude: AnthropicStandIn, source: AnthropicSource, body: str) -> None:
    claude.faults.append(Fault(200, body))

    with pytest.raises(SourceError, match="no list named data"):
        pulled(source, BILL, span("2026-03-01", "2026-03-04"))


def test_a_repeated_cursor_stops_the_walk(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.faults += [Fault(200, '{"data": [], "has_more": true, "next_page": "page_x"}')] * 2

    with pytest.raises(SourceError, match="a cursor came twice"):
        pulled(source, BILL, span("2026-03-01", "2026-03-04"))


def test_a_cursor_that_ran_out_is_a_temporary_error(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.page_size = 2
    claude.faults += [Fault(edit=lambda answer: None), error(400, "invalid_request_error", "page: expired group_by")]

    with pytest.raises(SourceError, match="page 2 was refused") as caught:
        pulled(source, BILL, span("2026-03-01", "2026-03-08"))
    assert not caught.value.permanent


def test_the_day_that_is_filling_may_be_cut_to_now(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.rows[COST] = {at("2026-03-10"): [cost()]}
    claude.faults.append(Fault(edit=lambda answer: answer["data"][-1].update(ending_at="2026-03-10T11:58:00Z")))

    buckets = pulled(source, BILL, span("2026-03-09", "2026-03-11"))

    assert (buckets[1].start, buckets[1].end) == (utc("2026-03-10"), utc("2026-03-11"))
    assert buckets[1].costs[0].amount == 1


@pytest.mark.parametrize(("report", "start"), [(BILL, "2026-03-10"), (BILL, "2026-03-09"), (TOKENS, "2026-03-10")])
def test_a_start_that_is_too_recent_is_asked_again_from_earlier_on(
    claude: AnthropicStandIn, source: AnthropicSource, report: Report, start: str
) -> None:
    claude.freshest = at("2026-03-08")
    claude.rows[COST] = {at("2026-03-07"): [cost("500")], at("2026-03-10"): [cost("300")]}

    buckets = pulled(source, report, span(start, "2026-03-11"))

    assert buckets[0].start == utc(start)
    assert buckets[-1].end == utc("2026-03-11")
    if report is BILL:
        assert [line.amount for bucket in buckets for line in bucket.costs] == [3]
    assert [seen.one("starting_at") for seen in claude.requests] == [
        iso(at(start)), iso(at(start) - 3 * 86_400),
    ]  # fmt: skip


def test_a_start_that_is_not_recent_and_refused_is_an_error(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.freshest = at("2026-02-01")

    with pytest.raises(SourceError, match="Invalid date range") as caught:
        pulled(source, BILL, span("2026-03-05", "2026-03-08"))
    assert caught.value.permanent
    assert len(claude.requests) == 1


def test_a_grouping_that_is_refused_is_made_coarser_and_remembered_for_a_week(
    claude: AnthropicStandIn, make: Make
) -> None:
    memory: dict[str, str] = {}
    claude.ungrouped_by = {"service_account_id", "account_id"}
    claude.rows[MESSAGES] = {at("2026-03-09"): [tokens(3, model="m", account_id="a"), tokens(4, model="m")]}
    over = span("2026-03-09", "2026-03-10")

    with capture_logs() as logs:
        (bucket,) = pulled(make(memory=memory), TOKENS, over)
    pulled(make(memory=memory), TOKENS, over)
    asked = [len(seen.all("group_by")) for seen in claude.requests]
    list(make(memory=memory).pull(TOKENS, over, "day", NOW + timedelta(days=7)))

    assert [row.metrics["input_tokens"] for row in bucket.usage] == [7]
    assert bucket.usage[0].series.model == "m"
    assert asked == [6, 5, 4, 4]
    assert len(claude.requests[4].all("group_by")) == 6
    assert [entry["event"] for entry in logs] == ["anthropic_grouped_coarser"]


def test_a_bill_that_is_not_grouped_by_description_keeps_its_total(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.ungrouped_by = {"description"}
    claude.rows[COST] = {at("2026-03-01"): [cost("100", workspace_id="w"), cost("23.5", description="Other")]}

    (bucket,) = pulled(source, BILL, span("2026-03-01", "2026-03-02"))

    assert sorted((line.series.project or "", line.amount) for line in bucket.costs) == [
        ("", Decimal("0.235")), ("w", Decimal(1)),
    ]  # fmt: skip
    assert {line.series.line_item for line in bucket.costs} == {None}


def test_a_refusal_that_is_not_about_the_grouping_is_an_error(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.faults.append(error(400, "invalid_request_error", "limit: Input should be within 1 and 31"))

    with pytest.raises(SourceError, match="limit: Input") as caught:
        pulled(source, BILL, span("2026-03-01", "2026-03-02"))
    assert caught.value.permanent
    assert len(claude.requests) == 1


def test_an_answer_that_is_too_large_is_read_in_smaller_pages_next_time(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.faults.append(Fault(200, json.dumps("x" * (65 * 1024 * 1024))))
    over = span("2026-03-01", "2026-03-08")

    with pytest.raises(SourceError, match="was refused"):
        pulled(source, TOKENS, over, "hour")
    assert len(pulled(source, TOKENS, over, "hour")) == 168

    assert [seen.one("limit") for seen in claude.requests] == ["168", "42", "42", "42", "42"]


def test_an_overloaded_server_is_tried_again(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.faults += [error(529, "overloaded_error", "Overloaded"), error(429, "rate_limit_error", "slower")]

    assert len(pulled(source, BILL, span("2026-03-01", "2026-03-02"))) == 1
    assert len(claude.requests) == 3


def test_check_finds_nothing_wrong_with_one_request_for_a_day_that_is_billed(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.freshest = at("2026-03-08")

    assert source.check() == []
    (seen,) = claude.requests
    assert seen.params == [
        ("starting_at", "2026-03-07T00:00:00Z"),
        ("ending_at", "2026-03-08T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "1"),
    ]


def test_check_says_which_key_is_refused_and_what_to_set(make: Make) -> None:
    (problem,) = make(name="claude-eu", key=SecretStr("sk-ant-api03-ordinary"), key_env="EU_KEY").check()

    assert problem.startswith("claude-eu: the credential was refused, HTTP 401")
    assert problem.endswith("set EU_KEY to an Admin API key of the organisation; other keys cannot read its bill")
    assert "sk-ant-api03-ordinary" not in problem


def test_check_says_when_the_address_is_wrong(claude: AnthropicStandIn, make: Make) -> None:
    (problem,) = make(base_url=claude.url + "/elsewhere").check()

    assert "HTTP 404" in problem
    assert "check the base URL" in problem


@pytest.mark.parametrize("end", ["/v1", "/v1/", "/"])
def test_the_base_url_may_be_written_with_the_version(claude: AnthropicStandIn, make: Make, end: str) -> None:
    assert make(base_url=claude.url + end).check() == []


@pytest.mark.parametrize("key", ["", "  ", "\n"])
def test_an_empty_key_is_a_mistake_that_names_its_variable(key: str) -> None:
    with pytest.raises(UsageError, match="ANTHROPIC_ADMIN_KEY: is empty"):
        AnthropicSource("anthropic", SecretStr(key))


def test_a_refused_key_ends_the_pull_and_shows_nowhere(make: Make) -> None:
    source = make(key=SecretStr("sk-ant-admin01-wrong-0123456789"))

    with pytest.raises(SourceError) as caught:
        pulled(source, BILL, span("2026-03-01", "2026-03-02"))

    assert caught.value.permanent
    assert caught.value.refused
    assert "sk-ant-admin01-wrong" not in f"{caught.value} {source!r} {vars(source)}"
