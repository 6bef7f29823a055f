"""Buckets, pages and cursors as the provider makes them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from tests.sim.world import COSTS, DAY, NOW, TODAY, USAGE, Json, buckets, get, seconds

COMPLETIONS = USAGE + "completions"


def test_an_unaligned_start_cuts_the_first_bucket_and_the_next_ones_are_utc_days(client: httpx.Client) -> None:
    start = seconds(TODAY - 2 * DAY) + 40_000

    page = get(client, COMPLETIONS, start_time=start)

    edges = [(bucket["start_time"], bucket["end_time"]) for bucket in page["data"]]
    midnight = seconds(TODAY)
    assert edges == [
        (start, midnight - 86400),
        (midnight - 86400, midnight),
        (midnight, midnight + 86400),
    ]


def test_a_cut_bucket_and_the_rest_of_its_day_add_up_to_the_whole_day(client: httpx.Client) -> None:
    start, end = seconds(TODAY - DAY), seconds(TODAY)
    inside = start + 12_345

    whole = get(client, COMPLETIONS, start_time=start, end_time=end)["data"][0]["results"][0]
    first = get(client, COMPLETIONS, start_time=start, end_time=inside)["data"][0]["results"][0]
    second = get(client, COMPLETIONS, start_time=inside, end_time=end)["data"][0]["results"][0]

    assert first["input_tokens"] + second["input_tokens"] == whole["input_tokens"]
    assert 0 < first["num_model_requests"] < whole["num_model_requests"]


@pytest.mark.parametrize(("width", "buckets_a_day"), [("1h", 24), ("1m", 1440)])
def test_finer_buckets_add_up_to_the_day(client: httpx.Client, width: str, buckets_a_day: int) -> None:
    query = {"start_time": seconds(TODAY - DAY), "end_time": seconds(TODAY)}

    fine = list(buckets(client, COMPLETIONS, **query, bucket_width=width))
    day = get(client, COMPLETIONS, **query)["data"][0]["results"][0]

    assert len(fine) == buckets_a_day
    assert sum(row["output_tokens"] for bucket in fine for row in bucket["results"]) == day["output_tokens"]


def test_there_are_buckets_up_to_now_and_none_of_the_future(client: httpx.Client) -> None:
    query = {"start_time": seconds(TODAY), "end_time": seconds(TODAY + 5 * DAY)}

    days = get(client, COSTS, **query)["data"]
    hours = get(client, COMPLETIONS, **query, bucket_width="1h")["data"]
    future = get(client, COSTS, start_time=seconds(TODAY + DAY))

    assert [bucket["start_time"] for bucket in days] == [seconds(TODAY)]
    assert [bucket["start_time"] for bucket in hours] == [seconds(TODAY) + 3600 * hour for hour in range(11)]
    assert hours[-1]["end_time"] > seconds(NOW)
    assert future == {"object": "page", "data": [], "has_more": False, "next_page": None}


def test_a_day_without_use_is_a_bucket_without_results(client: httpx.Client, organisation: Organisation) -> None:
    start = organisation.start - 2 * DAY

    page = get(client, COSTS, start_time=seconds(start), limit=3)

    assert [bool(bucket["results"]) for bucket in page["data"]] == [False, False, True]


def test_the_usual_page_holds_seven_days_or_twenty_four_hours_or_sixty_minutes(client: httpx.Client) -> None:
    start = seconds(TODAY - 20 * DAY)

    sizes = [
        len(get(client, COMPLETIONS, start_time=start, bucket_width=width)["data"]) for width in ("1d", "1h", "1m")
    ]

    assert sizes == [7, 24, 60]
    assert len(get(client, COSTS, start_time=start)["data"]) == 7


def test_a_page_of_costs_silently_holds_31_days_at_most(client: httpx.Client) -> None:
    page = get(client, COSTS, start_time=seconds(TODAY - 35 * DAY), limit=180)

    assert len(page["data"]) == 31
    assert page["has_more"]


def test_pages_join_without_gap_or_overlap(client: httpx.Client) -> None:
    query = {"start_time": seconds(TODAY - 9 * DAY) + 100, "end_time": seconds(TODAY) - 100, "limit": 4}

    walked = list(buckets(client, COSTS, **query))

    assert walked[0]["start_time"] == query["start_time"]
    assert walked[-1]["end_time"] == query["end_time"]
    assert len(walked) == 9
    assert all(one["end_time"] == following["start_time"] for one, following in pairwise(walked))


def test_a_cursor_is_refused_under_any_other_query(client: httpx.Client) -> None:
    query: Json = {"start_time": seconds(TODAY - 9 * DAY), "limit": 2, "group_by": "project_id"}
    following = get(client, COSTS, **query)["next_page"]
    others: tuple[Json, ...] = (
        {**query, "limit": 3},
        {**query, "end_time": seconds(TODAY)},
        {**query, "group_by": "line_item"},
        {**query, "start_time": query["start_time"] + 1},
    )

    statuses = [client.get(COSTS, params={**other, "page": following}).status_code for other in others]
    elsewhere = client.get(COMPLETIONS, params={**query, "page": following})

    assert statuses == [400, 400, 400, 400]
    assert elsewhere.json()["error"]["param"] == "page"
    assert get(client, COSTS, **query, page=following)["data"][0]["start_time"] == query["start_time"] + 2 * 86400


def test_arrays_may_be_repeated_or_bracketed_and_mean_the_same(
    client: httpx.Client, organisation: Organisation
) -> None:
    start = f"start_time={seconds(TODAY - DAY)}"
    one, two = (project.id for project in organisation.roster.projects[:2])

    repeated = client.get(f"{COSTS}?{start}&group_by=project_id&group_by=line_item&project_ids={one}&project_ids={two}")
    bracketed = client.get(
        f"{COSTS}?{start}&group_by[]=project_id&group_by[]=line_item&project_ids[]={one}&project_ids[]={two}"
    )
    together = client.get(f"{COSTS}?{start}&group_by[]=project_id&group_by[]=line_item&project_ids={one},{two}")

    assert repeated.text == bracketed.text
    assert {row["project_id"] for row in repeated.json()["data"][0]["results"]} == {one, two}
    assert together.json()["data"][0]["results"] == []


def test_dimensions_that_were_not_grouped_are_null(client: httpx.Client) -> None:
    start = seconds(TODAY - DAY)

    (plain,) = get(client, COMPLETIONS, start_time=start, end_time=seconds(TODAY))["data"][0]["results"]
    by_model = get(client, COMPLETIONS, start_time=start, end_time=seconds(TODAY), group_by="model")["data"][0][
        "results"
    ]

    dimensions = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source")
    assert [plain[name] for name in dimensions] == [None] * 7
    assert {row["model"] for row in by_model} == {"gpt-5", "gpt-5-mini", "gpt-4o-mini-2024-07-18"}
    assert all(row["project_id"] is None and row["batch"] is None for row in by_model)
    assert sum(row["input_tokens"] for row in by_model) == plain["input_tokens"]


def test_storage_is_a_level_and_not_a_sum(client: httpx.Client) -> None:
    query = {"start_time": seconds(TODAY - DAY), "end_time": seconds(TODAY)}

    (day,) = get(client, USAGE + "vector_stores", **query)["data"][0]["results"]
    hours = get(client, USAGE + "vector_stores", **query, bucket_width="1h")["data"]

    assert {bucket["results"][0]["usage_bytes"] for bucket in hours} == {day["usage_bytes"]}


def test_completions_satisfy_the_documented_identities(client: httpx.Client) -> None:
    days = get(
        client,
        COMPLETIONS,
        start_time=seconds(NOW - timedelta(days=3, hours=5)),
        **{"group_by[]": ["project_id", "api_key_id", "model", "batch", "service_tier"]},
    )["data"]

    found = [row for bucket in days for row in bucket["results"]]

    assert len(found) > 50
    for row in found:
        written, uncached = row["input_cache_write_tokens"], row["input_uncached_tokens"]
        assert row["input_tokens"] == row["input_cached_tokens"] + written + uncached
        assert written == row["input_cache_write_30m_tokens"] + row["input_cache_write_12h_tokens"]
        assert uncached == row["input_text_tokens"] + row["input_audio_tokens"] + row["input_image_tokens"]
        assert row["input_cached_tokens"] == (
            row["input_cached_text_tokens"] + row["input_cached_audio_tokens"] + row["input_cached_image_tokens"]
        )
        assert row["output_tokens"] == (
            row["output_text_tokens"] + row["output_audio_tokens"] + row["output_image_tokens"]
        )
    assert sum(row["input_cache_write_tokens"] for row in found) > 0
    assert sum(row["input_image_tokens"] for row in found) > 0
