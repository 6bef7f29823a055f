from __future__ import annotations

import pytest

from budgetbot.sources.http import ApiRefusal
from budgetbot.sources.openai_client import OpenAIClient
from budgetbot.sources.openai_walk import RawBucket
from tests.sources.conftest import Connect
from tests.standins.openai import Fault, OpenAIStandIn, at

DAY = 86_400
START = at("2026-03-01")
ROW = {"num_model_requests": 1, "input_tokens": 5, "project_id": "proj_a", "model": "gpt-5"}


def walked(client: OpenAIClient, report: str = "completions") -> list[RawBucket]:
    return list(
        client.usage(report, start_time=START, end_time=START + 3 * DAY, group_by=["project_id", "model"], limit=1)
    )


def styles(api: OpenAIStandIn) -> list[str]:
    """How the grouping was written, request by request."""
    return ["brackets" if "group_by[]" in dict(seen.params) else "bare" for seen in api.requests]


def test_brackets_are_used_and_kept_where_they_work(api: OpenAIStandIn, connect: Connect) -> None:
    memory: dict[str, str] = {}
    api.rows["completions"] = {START: [ROW]}

    walked(connect(memory=memory))

    assert styles(api) == ["brackets"] * 3
    assert memory == {"arrays": "brackets"}


def test_a_server_that_refuses_brackets_is_asked_with_bare_names_from_then_on(
    api: OpenAIStandIn, connect: Connect
) -> None:
    memory: dict[str, str] = {}
    api.arrays = {"bare"}
    api.rows["completions"] = {START: [ROW]}
    client = connect(memory=memory)

    assert walked(client)[0].results[0]["project_id"] == "proj_a"
    walked(client, "embeddings")
    walked(connect(memory=memory))

    assert styles(api) == ["brackets"] + ["bare"] * 9
    assert api.requests[1].all("group_by") == ["project_id", "model"]
    assert memory == {"arrays": "bare"}


def test_a_server_that_passes_over_brackets_in_silence_is_asked_once_more_with_bare_names(
    api: OpenAIStandIn, connect: Connect
) -> None:
    memory: dict[str, str] = {}
    api.ignored_arrays = {"brackets"}
    api.rows["completions"] = {START + DAY: [ROW]}
    client = connect(memory=memory)

    buckets = walked(client)

    assert [bucket.start_time for bucket in buckets] == [START, START + DAY, START + 2 * DAY]
    assert buckets[1].results[0]["project_id"] == "proj_a"
    assert styles(api) == ["brackets"] * 2 + ["bare"] * 3  # the first page was empty, the second told
    assert memory == {"arrays": "bare"}
    api.requests.clear()
    walked(client)
    assert styles(api) == ["bare"] * 3


def test_rows_that_are_unattributed_in_both_styles_leave_it_at_brackets(api: OpenAIStandIn, connect: Connect) -> None:
    memory: dict[str, str] = {}
    api.rows["completions"] = {START: [{"num_model_requests": 1, "input_tokens": 5}]}
    client = connect(memory=memory)

    assert len(walked(client)) == 3
    assert styles(api) == ["brackets", "bare", "brackets", "brackets"]
    api.requests.clear()
    walked(client)

    assert styles(api) == ["brackets"] * 3  # asked once, not with every walk
    assert memory == {}


def test_a_server_that_takes_only_brackets_is_not_asked_with_bare_names_for_unattributed_rows_for_ever(
    api: OpenAIStandIn, client: OpenAIClient
) -> None:
    api.arrays = {"brackets"}
    api.rows["completions"] = {START: [{"num_model_requests": 1, "input_tokens": 5}]}

    assert len(walked(client)) == 3
    assert styles(api) == ["brackets", "bare", "brackets", "brackets"]


def test_ungrouped_rows_are_not_believed_while_the_other_style_cannot_be_tried(
    api: OpenAIStandIn, connect: Connect
) -> None:
    api.ignored_arrays = {"brackets"}
    api.rows["completions"] = {START: [ROW]}
    api.faults += [Fault(edit=lambda answer: None), Fault(503)]
    client = connect(attempts=1)

    with pytest.raises(ApiRefusal, match="HTTP 503"):
        walked(client)

    assert walked(client)[0].results[0]["project_id"] == "proj_a"


def test_without_rows_nothing_is_concluded(api: OpenAIStandIn, connect: Connect) -> None:
    memory: dict[str, str] = {}

    walked(connect(memory=memory))

    assert styles(api) == ["brackets"] * 3
    assert memory == {}


def test_a_refused_grouping_stays_refused_when_the_other_style_passes_over_it(
    api: OpenAIStandIn, connect: Connect
) -> None:
    memory: dict[str, str] = {}
    api.ignored_arrays = {"bare"}
    api.ungrouped_by = {"model"}
    api.rows["completions"] = {START: [ROW]}

    with pytest.raises(ApiRefusal, match="'model' in group_by"):
        walked(connect(memory=memory))

    assert memory == {}


def test_a_bare_server_that_refuses_the_grouping_is_quoted_on_the_grouping(
    api: OpenAIStandIn, client: OpenAIClient
) -> None:
    api.arrays = {"bare"}
    api.ungrouped_by = {"model"}

    with pytest.raises(ApiRefusal, match="'model' in group_by"):
        walked(client)


def test_a_server_that_was_upgraded_to_brackets_is_found_out(api: OpenAIStandIn, connect: Connect) -> None:
    memory = {"arrays": "bare"}
    api.arrays = {"brackets"}
    api.rows["completions"] = {START: [ROW]}

    walked(connect(memory=memory))

    assert memory == {"arrays": "brackets"}


def test_filters_alone_find_the_style_too(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.arrays = {"bare"}

    list(client.costs(start_time=START, end_time=START + DAY, project_ids=["proj_a", "proj_b"]))

    assert api.requests[1].params[-2:] == [("project_ids", "proj_a"), ("project_ids", "proj_b")]


def test_a_refusal_of_something_else_is_not_asked_twice(api: OpenAIStandIn, client: OpenAIClient) -> None:
    with pytest.raises(ApiRefusal) as caught:
        list(client.costs(start_time=at("2025-11-01"), end_time=at("2025-11-02"), group_by=["api_key_id"]))

    assert caught.value.param == "start_time"
    assert len(api.requests) == 1
