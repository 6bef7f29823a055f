from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from budgetbot.errors import SourceError
from budgetbot.sources import Report
from budgetbot.sources.openai import OpenAISource
from tests.sources.conftest import NOW, MakeSource, cost, pulled, span, utc
from tests.standins.openai import Fault, OpenAIStandIn, at, error

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
COSTS = Report("costs", "cost")
COMPLETIONS = Report("completions", "usage")


def test_a_gap_is_not_called_empty_before_the_walk_is_complete(api: OpenAIStandIn, make: MakeSource) -> None:
    api.skip_empty, api.page_size = True, 3
    api.rows["costs"] = {at(day): [cost(1, project_id="proj_a")] for day in ("2026-03-01", "2026-03-03")}
    api.faults += [Fault(edit=lambda answer: None), Fault(500)]
    walk = make(attempts=1).pull(COSTS, span("2026-03-01", "2026-03-07"), "day", NOW)

    assert next(walk).start == utc("2026-03-01")
    with pytest.raises(SourceError):
        next(walk)


def test_a_failure_in_the_middle_leaves_whole_buckets_only(api: OpenAIStandIn, make: MakeSource) -> None:
    api.page_size = 2
    api.rows["costs"] = {at("2026-03-04"): [cost(1), cost("NaN", project_id="b")]}
    walk = make().pull(COSTS, span("2026-03-01", "2026-03-07"), "day", NOW)

    assert [next(walk).start.day for _ in range(3)] == [1, 2, 3]
    with pytest.raises(SourceError, match="bucket of 2026-03-04T00:00Z cannot be read") as caught:
        next(walk)
    assert not caught.value.permanent
    assert list(walk) == []


def test_a_first_bucket_that_is_cut_is_an_error(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.faults.append(Fault(edit=lambda answer: answer["data"][0].update(start_time=at("2026-03-01T06:00"))))

    with pytest.raises(SourceError, match="does not begin on an edge"):
        pulled(source, COSTS, span("2026-03-01", "2026-03-03"))


def test_the_day_that_is_filling_may_be_cut_to_now_and_is_kept_as_the_whole_day(
    api: OpenAIStandIn, source: OpenAISource
) -> None:
    api.rows["costs"] = {at("2026-03-10"): [cost(1)]}
    api.faults.append(Fault(edit=lambda answer: answer["data"][-1].update(end_time=at("2026-03-10T11:58"))))

    buckets = pulled(source, COSTS, span("2026-03-09", "2026-03-11"))

    assert (buckets[1].start, buckets[1].end) == (utc("2026-03-10"), utc("2026-03-11"))
    assert buckets[1].costs[0].amount == 1


def test_a_past_day_that_is_cut_is_an_error(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.faults.append(Fault(edit=lambda answer: answer["data"][-1].update(end_time=at("2026-03-02T11:00"))))

    with pytest.raises(SourceError, match="not whole"):
        pulled(source, COSTS, span("2026-03-01", "2026-03-03"))


def test_an_unknown_kind_of_result_is_left_out_and_told_once(api: OpenAIStandIn, source: OpenAISource) -> None:
    strange = {"object": "organization.usage.dreams.result", "dreams": 3}
    api.faults += [Fault(edit=lambda answer: answer["data"][0]["results"].append(strange))] * 2

    with capture_logs() as logs:
        first = pulled(source, COMPLETIONS, span("2026-03-01", "2026-03-03"))
        pulled(source, COMPLETIONS, span("2026-03-01", "2026-03-03"))

    assert first[0].usage == ()
    assert [(entry["event"], entry["object"]) for entry in logs] == [
        ("openai_unknown_result_left_out", "organization.usage.dreams.result")
    ]


def test_a_report_that_an_old_server_lacks_is_empty_and_asked_for_again_after_a_week(
    api: OpenAIStandIn, make: MakeSource
) -> None:
    memory: dict[str, str] = {}
    api.absent = {"/organization/usage/web_search_calls"}
    report, over = Report("web_search_calls", "usage"), span("2026-03-01", "2026-03-03")

    with capture_logs() as logs:
        buckets = pulled(make(memory=memory), report, over)
        pulled(make(memory=memory), report, over, now=NOW + 6 * DAY)
    assert [bucket.usage for bucket in buckets] == [(), ()]
    assert [entry["event"] for entry in logs] == ["openai_report_not_offered"]
    assert len(api.requests) == 1

    api.absent = set()
    api.rows["web_search_calls"] = {at("2026-03-01"): [{"num_requests": 1}]}
    buckets = pulled(make(memory=memory), report, over, now=NOW + 7 * DAY)
    assert buckets[0].usage[0].metrics == {"calls": 1}


def test_a_report_that_was_there_before_is_not_called_empty_when_gone(api: OpenAIStandIn, make: MakeSource) -> None:
    memory: dict[str, str] = {}
    pulled(make(memory=memory), COMPLETIONS, span("2026-03-01", "2026-03-02"))
    api.absent = {"/organization/usage/completions"}

    with pytest.raises(SourceError, match="HTTP 404"):
        pulled(make(memory=memory), COMPLETIONS, span("2026-03-01", "2026-03-02"))


def test_a_server_without_costs_is_a_wrong_address_and_never_an_empty_bill(
    api: OpenAIStandIn, source: OpenAISource
) -> None:
    api.absent = {"/organization/costs"}

    with pytest.raises(SourceError, match="check the base URL") as caught:
        pulled(source, COSTS, span("2026-03-01", "2026-03-02"))
    assert caught.value.permanent


def test_an_answer_that_is_too_large_is_read_in_smaller_pages_next_time(api: OpenAIStandIn, make: MakeSource) -> None:
    source = make()
    api.faults.append(Fault(200, json.dumps("x" * (65 * 1024 * 1024))))
    over = span("2026-03-01", "2026-03-08")

    with pytest.raises(SourceError, match="was refused") as caught:
        pulled(source, COMPLETIONS, over, "hour")
    assert not caught.value.permanent
    assert len(pulled(source, COMPLETIONS, over, "hour")) == 168

    assert [seen.one("limit") for seen in api.requests] == ["168", "42", "42", "42", "42"]


def test_check_finds_nothing_wrong_with_one_cheap_request(api: OpenAIStandIn, source: OpenAISource) -> None:
    assert source.check() == []
    (seen,) = api.requests
    assert seen.path == "/organization/costs"
    assert seen.params == [
        ("start_time", str(at("2026-03-10"))),
        ("end_time", str(at("2026-03-11"))),
        ("bucket_width", "1d"),
        ("limit", "1"),
    ]


@pytest.mark.parametrize("status", [401, 403])
def test_check_says_which_scope_is_missing_and_which_variable_to_set(
    api: OpenAIStandIn, make: MakeSource, status: int
) -> None:
    api.faults.append(error(status, "You have insufficient permissions. Missing scopes: api.usage.read."))

    (problem,) = make(name="openai-eu", key_env="OPENAI_EU_ADMIN_KEY").check()

    assert problem.startswith(f"openai-eu: the credential was refused, HTTP {status}")
    assert problem.endswith("set OPENAI_EU_ADMIN_KEY to an admin key with the scope api.usage.read")


def test_check_says_when_the_address_is_wrong(api: OpenAIStandIn, make: MakeSource) -> None:
    (problem,) = make(base_url=api.url.removesuffix("/v1") + "/elsewhere").check()

    assert "HTTP 404" in problem
    assert "check the base URL" in problem


def test_the_key_shows_nowhere(api: OpenAIStandIn, make: MakeSource) -> None:
    source = make(key=SecretStr("sk-admin-other-0123456789"))

    with pytest.raises(SourceError) as caught:
        pulled(source, COSTS, span("2026-03-01", "2026-03-02"))

    assert caught.value.permanent
    assert "sk-admin-other" not in f"{caught.value} {source!r} {vars(source)} {source.check()}"
