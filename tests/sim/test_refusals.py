"""What the simulated API refuses, and with which words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.query import KEYS_BILLED_FROM
from budgetbot.sim.server import Served, serve
from tests.sim.world import COSTS, DAY, TODAY, USAGE, Json, get, seconds

START = seconds(TODAY - DAY)
PROJECTS = "organization/projects"


@pytest.mark.parametrize(
    ("why", "path", "query", "param", "code"),
    [
        ("no start", USAGE + "completions", {}, None, "invalid_request_error"),
        ("start is a date", USAGE + "completions", {"start_time": "2026-11-01"}, "start_time", "invalid_type"),
        ("start is a fraction", COSTS, {"start_time": "1.5"}, "start_time", "invalid_type"),
        ("start is negative", COSTS, {"start_time": -1}, "start_time", "invalid_value"),
        ("start comes twice", COSTS, {"start_time": [START, START]}, "start_time", "invalid_type"),
        ("start as an array", COSTS, {"start_time[]": START}, "start_time[]", "unknown_parameter"),
        ("end is no number", COSTS, {"start_time": START, "end_time": "now"}, "end_time", "invalid_type"),
        ("end before start", COSTS, {"start_time": START, "end_time": START}, "end_time", "invalid_value"),
        ("unknown parameter", COSTS, {"start_time": START, "until": 1}, "until", "unknown_parameter"),
        ("costs know no models", COSTS, {"start_time": START, "models": "gpt-5"}, "models", "unknown_parameter"),
        ("costs are daily", COSTS, {"start_time": START, "bucket_width": "1h"}, "bucket_width", "invalid_value"),
        (
            "unknown width",
            USAGE + "images",
            {"start_time": START, "bucket_width": "1w"},
            "bucket_width",
            "invalid_value",
        ),
        ("unknown group", COSTS, {"start_time": START, "group_by": "model"}, "group_by", "invalid_value"),
        (
            "groups with commas",
            USAGE + "completions",
            {"start_time": START, "group_by": "project_id,model"},
            "group_by",
            "invalid_value",
        ),
        ("unknown size", USAGE + "images", {"start_time": START, "sizes": "9x9"}, "sizes", "invalid_value"),
        ("batch is no bool", USAGE + "completions", {"start_time": START, "batch": "1"}, "batch", "invalid_value"),
        (
            "embeddings know no batch",
            USAGE + "embeddings",
            {"start_time": START, "batch": "true"},
            "batch",
            "unknown_parameter",
        ),
        (
            "vector stores know no keys",
            USAGE + "vector_stores",
            {"start_time": START, "api_key_ids": "k"},
            "api_key_ids",
            "unknown_parameter",
        ),
        ("limit zero", COSTS, {"start_time": START, "limit": 0}, "limit", "invalid_value"),
        ("limit is no number", COSTS, {"start_time": START, "limit": "all"}, "limit", "invalid_type"),
        ("broken cursor", COSTS, {"start_time": START, "page": "page_???"}, "page", "invalid_value"),
        ("no cursor at all", COSTS, {"start_time": START, "page": "2"}, "page", "invalid_value"),
        ("list limit", PROJECTS, {"limit": 101}, "limit", "invalid_value"),
        ("list limit is no number", PROJECTS, {"limit": "all"}, "limit", "invalid_type"),
        ("list parameter", PROJECTS, {"page": 2}, "page", "unknown_parameter"),
        ("list cursor", PROJECTS, {"after": "proj_nobody"}, "after", "invalid_value"),
        ("list flag", PROJECTS, {"include_archived": "yes"}, "include_archived", "invalid_value"),
        ("list parameter twice", PROJECTS, {"limit": [1, 2]}, "limit", "invalid_type"),
    ],
)
def test_a_wrong_query_is_refused_with_the_parameter_and_a_code(
    client: httpx.Client, why: str, path: str, query: dict[str, Any], param: str | None, code: str
) -> None:
    answer = client.get(path, params=query)

    assert answer.status_code == 400, why
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


@pytest.mark.parametrize(
    ("path", "width", "most"),
    [
        (COSTS, "1d", 180),
        (USAGE + "completions", "1d", 31),
        (USAGE + "embeddings", "1h", 168),
        (USAGE + "vector_stores", "1m", 1440),
    ],
)
def test_a_limit_over_the_maximum_is_refused_and_the_maximum_is_not(
    client: httpx.Client, path: str, width: str, most: int
) -> None:
    query: Json = {"start_time": START, "bucket_width": width}

    over = client.get(path, params={**query, "limit": most + 186})

    assert over.status_code == 400
    assert over.json()["error"]["message"] == (
        f"Invalid limit provided: {most + 186}. Limit must be less than or equal to {most}."
    )
    assert get(client, path, **query, limit=most)["object"] == "page"


@pytest.mark.parametrize("path", [COSTS, USAGE + "completions", PROJECTS, "organization/users"])
def test_without_the_admin_key_nothing_is_answered(served: Served, path: str) -> None:
    cases = {
        "": 401,
        "Bearer": 401,
        "Bearer sk-admin-other": 401,
        f"Basic {served.admin_key}": 401,
        "Bearer sk-proj-inference": 403,
    }
    with httpx.Client(base_url=served.base_url) as stranger:
        for header, status in cases.items():
            answer = stranger.get(path, params={"start_time": START}, headers={"Authorization": header})

            assert answer.status_code == status, header
            assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
            assert ("Missing scopes: api.usage.read" in answer.text) == (status == 403)
            assert "sk-admin-other" not in answer.text


def test_an_unknown_path_a_wrong_method_and_an_unknown_project_are_errors_of_the_same_shape(
    client: httpx.Client,
) -> None:
    answers = [
        client.get("organization/usage/poems"),
        client.post(COSTS),
        client.get("organization/projects/proj_nobody/api_keys"),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 404]
    assert all(set(answer.json()["error"]) == {"message", "type", "param", "code"} for answer in answers)


@pytest.fixture
def floored(organisation: Organisation) -> Iterator[httpx.Client]:
    with (
        serve(organisation, key_floor=True) as address,
        httpx.Client(base_url=address.base_url, headers={"Authorization": f"Bearer {address.admin_key}"}) as connection,
    ):
        yield connection


def test_costs_by_key_before_keys_were_billed_are_refused_where_that_is_switched_on(
    client: httpx.Client, floored: httpx.Client
) -> None:
    early: Json = {"start_time": KEYS_BILLED_FROM - 1, "group_by": "api_key_id"}

    refused = floored.get(COSTS, params=early)

    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "start_time"
    assert refused.json()["error"]["code"] == "invalid_request_error"
    assert get(floored, COSTS, start_time=KEYS_BILLED_FROM, group_by="api_key_id")["object"] == "page"
    assert get(floored, COSTS, start_time=KEYS_BILLED_FROM - 1, group_by="project_id")["object"] == "page"
    assert get(client, COSTS, **early)["object"] == "page"
