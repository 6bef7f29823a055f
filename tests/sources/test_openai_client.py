from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from budgetbot.errors import SourceError
from budgetbot.sources.openai_client import OpenAIClient
from budgetbot.sources.openai_reports import ENDPOINTS, Endpoint
from tests.sources.conftest import Connect
from tests.standins.openai import Fault, OpenAIStandIn, at

MARCH = at("2026-03-01")
LISTS = {
    "project_ids": ["proj_a", "proj_b"],
    "user_ids": ["user_a", "user_b"],
    "api_key_ids": ["key_a", "key_b"],
    "models": ["gpt-5", "gpt-4o-mini-2024-07-18"],
    "sources": ["image.generation", "image.edit", "image.variation"],
    "sizes": ["256x256", "1792x1792"],
    "context_levels": ["low", "medium", "high"],
    "vector_store_ids": ["vs_1"],
    "line_items": ["gpt-6-astra, input_tokens", "web search tool calls"],
}
each_endpoint = pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.report)


def call(client: OpenAIClient, row: Endpoint, **params: Any) -> list[Any]:
    if row.kind == "cost":
        return list(client.costs(**params))
    return list(client.usage(row.report, **params))


@each_endpoint
def test_every_documented_parameter_goes_out_exactly_as_documented(
    api: OpenAIStandIn, client: OpenAIClient, row: Endpoint
) -> None:
    filters: dict[str, Any] = {name: LISTS[name] for name in row.filters if name != "batch"}
    batch: dict[str, Any] = {"batch": True} if "batch" in row.filters else {}
    width = row.limits[-1][0]

    call(
        client, row, start_time=MARCH, end_time=MARCH + 86_400, bucket_width=width, group_by=row.group_by, limit=30,
        **filters, **batch,
    )  # fmt: skip

    expected = [("start_time", str(MARCH)), ("end_time", str(MARCH + 86_400)), ("bucket_width", width), ("limit", "30")]
    expected += [(f"{name}[]", value) for name, values in filters.items() for value in values]
    expected += [("batch", "true")] if batch else []
    expected += [("group_by[]", name) for name in row.group_by]
    first = api.requests[0]
    assert first.path == row.path
    assert sorted(first.params) == sorted(expected)


@each_endpoint
@pytest.mark.parametrize("width", ["1m", "1h", "1d"])
def test_the_largest_limit_goes_out_and_one_more_is_refused_before_any_request(
    api: OpenAIStandIn, client: OpenAIClient, row: Endpoint, width: Any
) -> None:
    most = row.limit(width)
    if most is None:
        with pytest.raises(ValueError, match=r"bucket_width: costs has no '1.' buckets; it is one of 1d"):
            call(client, row, start_time=MARCH, end_time=MARCH + 86_400, bucket_width=width)
        return

    call(client, row, start_time=MARCH, end_time=MARCH + 60, bucket_width=width, limit=most)
    for wrong in (0, most + 1):
        with pytest.raises(ValueError, match=f"limit: {wrong} is not within 1 and {most}"):
            call(client, row, start_time=MARCH, bucket_width=width, limit=wrong)

    assert [seen.one("limit") for seen in api.requests] == [str(most)]


@each_endpoint
def test_a_parameter_that_an_endpoint_lacks_is_refused_by_name_before_any_request(
    api: OpenAIStandIn, client: OpenAIClient, row: Endpoint
) -> None:
    offered = {"batch": True, **LISTS}
    usage = set(offered) - {"line_items"}
    costs = {"project_ids", "api_key_ids", "line_items"}
    for name in (costs if row.kind == "cost" else usage) - set(row.filters):
        with pytest.raises(ValueError, match=f"^{name}: {row.report} does not take it"):
            call(client, row, start_time=MARCH, **{name: offered[name]})
    with pytest.raises(ValueError, match=r"group_by: .* cannot be grouped by 'colour'"):
        call(client, row, start_time=MARCH, group_by=["project_id", "colour"])

    assert api.requests == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"start_time": datetime(2026, 3, 1)}, "start_time: needs a time zone"),  # noqa: DTZ001
        ({"start_time": MARCH * 1000}, "start_time: .* no Unix time in seconds"),
        ({"start_time": -1}, "start_time: .* no Unix time in seconds"),
        ({"start_time": True}, "start_time: .* no Unix time in seconds"),
        ({"start_time": MARCH, "end_time": MARCH}, "end_time: must lie after start_time"),
        ({"start_time": MARCH, "group_by": "model"}, "group_by: write a list"),
        ({"start_time": MARCH, "models": "gpt-5"}, "models: write a list"),
        ({"start_time": MARCH, "bucket_width": "1w"}, "bucket_width"),
    ],
)
def test_a_mistake_is_named_before_any_request(
    api: OpenAIStandIn, client: OpenAIClient, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        client.usage("completions", **params)

    assert api.requests == []


def test_costs_are_no_usage_report(client: OpenAIClient) -> None:
    with pytest.raises(ValueError, match=r"call costs\(\)"):
        client.usage("costs", start_time=MARCH)


def test_times_may_be_datetimes_and_batch_may_be_false(api: OpenAIStandIn, client: OpenAIClient) -> None:
    list(client.usage("completions", start_time=datetime(2026, 3, 9, tzinfo=UTC), batch=False))

    assert api.requests[0].one("start_time") == str(at("2026-03-09"))
    assert api.requests[0].one("batch") == "false"
    assert api.requests[0].one("end_time") is None


def test_pages_are_followed_to_the_end_with_the_same_parameters(api: OpenAIStandIn, client: OpenAIClient) -> None:
    buckets = list(
        client.usage(
            "completions",
            start_time=MARCH,
            end_time=at("2026-03-10"),
            models=["gpt-5"],
            group_by=["model", "project_id"],
            limit=4,
        )
    )

    assert [bucket.start_time for bucket in buckets] == [MARCH + day * 86_400 for day in range(9)]
    assert [seen.one("page") is None for seen in api.requests] == [True, False, False]
    without_page = [[pair for pair in seen.params if pair[0] != "page"] for seen in api.requests]
    assert without_page[0] == without_page[1] == without_page[2]


def test_a_clamped_page_is_followed_and_not_taken_for_the_whole(api: OpenAIStandIn, client: OpenAIClient) -> None:
    start = at("2025-12-01")

    buckets = list(client.costs(start_time=start, end_time=start + 90 * 86_400, limit=180))

    assert len(buckets) == 90
    assert len(api.requests) == 3  # 31 a page, whatever was asked


def test_a_walk_can_be_taken_up_at_a_cursor(api: OpenAIStandIn, client: OpenAIClient) -> None:
    params: dict[str, Any] = {"start_time": MARCH, "end_time": at("2026-03-05"), "limit": 2}
    list(client.costs(**params))
    cursor = api.requests[1].one("page")

    rest = list(client.costs(**params, page=cursor))

    assert [bucket.start_time for bucket in rest] == [at("2026-03-03"), at("2026-03-04")]


def test_an_unaligned_question_gets_a_first_bucket_that_is_cut_to_it(client: OpenAIClient) -> None:
    buckets = list(client.usage("completions", start_time=MARCH + 3600, end_time=MARCH + 2 * 86_400 + 60))

    assert [(bucket.start_time, bucket.end_time) for bucket in buckets] == [
        (MARCH + 3600, MARCH + 86_400),
        (MARCH + 86_400, MARCH + 2 * 86_400),
        (MARCH + 2 * 86_400, MARCH + 3 * 86_400),
    ]


@pytest.mark.parametrize(
    ("path", "ask"),
    [
        ("/organization/projects", lambda client: client.projects()),
        ("/organization/projects/proj_a/api_keys", lambda client: client.project_api_keys("proj_a")),
        ("/organization/users", lambda client: client.users()),
    ],
)
def test_lists_are_followed_page_by_page(
    api: OpenAIStandIn, client: OpenAIClient, path: str, ask: Callable[[OpenAIClient], Any]
) -> None:
    api.lists[path] = [{"id": f"id_{number}"} for number in range(5)]
    api.page_size = 2

    assert [item["id"] for item in ask(client)] == ["id_0", "id_1", "id_2", "id_3", "id_4"]
    assert [seen.one("after") for seen in api.requests] == [None, "id_1", "id_3"]
    assert {seen.one("limit") for seen in api.requests} == {"100"}


def test_archived_projects_are_listed_unless_they_are_not_wanted(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.lists["/organization/projects"] = [{"id": "a", "status": "active"}, {"id": "b", "status": "archived"}]

    assert [project["id"] for project in client.projects()] == ["a", "b"]
    assert [project["id"] for project in client.projects(include_archived=False)] == ["a"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.pop("data"),
        lambda answer: answer.update(data=None),
        lambda answer: answer.update(has_more=True, last_id=None, data=[]),
        lambda answer: answer.update(has_more=True, last_id=7),
    ],
)
def test_a_broken_list_is_a_temporary_error(
    api: OpenAIStandIn, client: OpenAIClient, spoil: Callable[[dict[str, Any]], None]
) -> None:
    api.faults.append(Fault(edit=spoil))

    with pytest.raises(SourceError) as caught:
        list(client.users())

    assert not caught.value.permanent


def test_a_list_whose_cursor_repeats_is_a_temporary_error(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.lists["/organization/users"] = [{"id": "a"}, {"id": "b"}]
    api.faults += [Fault(edit=lambda answer: answer.update(has_more=True, last_id="a"))] * 2

    with pytest.raises(SourceError, match="no new cursor"):
        list(client.users())


def test_a_project_id_cannot_leave_its_place_in_the_path(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.lists["/organization/projects/../users?x/api_keys"] = [{"id": "key_a"}]

    assert list(client.project_api_keys("../users?x")) == [{"id": "key_a"}]


def test_the_key_shows_nowhere(api: OpenAIStandIn, connect: Connect) -> None:
    client = connect(key="sk-admin-wrong-0123456789")

    with pytest.raises(SourceError) as caught:
        list(client.costs(start_time=MARCH))

    assert "sk-admin-wrong" not in f"{caught.value} {client!r} {vars(client)}"
    assert "OPENAI_ADMIN_KEY" in str(caught.value)
    assert "api.usage.read" in str(caught.value)
