from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Report
from budgetbot.sources.openai import OpenAISource
from budgetbot.sources.openai_grouping import KEY_FLOOR, about_grouping, floor_in
from budgetbot.sources.refusal import ApiRefusal
from tests.standins.openai import KEY, OpenAIStandIn, at, error

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
COSTS, COMPLETIONS = Report("costs", "cost"), Report("completions", "usage")
FINEST = ["project_id", "line_item", "api_key_id"]


@pytest.fixture
def memory() -> dict[str, str]:
    return {}


@pytest.fixture
def source(api: OpenAIStandIn, memory: dict[str, str]) -> Iterator[OpenAISource]:
    source = OpenAISource("openai", SecretStr(KEY), api.url, memory=memory)
    yield source
    source.close()


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def pull(
    source: OpenAISource, report: Report = COSTS, start: str = "2026-03-01", end: str = "2026-03-03",
    now: datetime = NOW,
) -> list[int]:  # fmt: skip
    """How many rows each day has."""
    buckets = source.pull(report, Span(day(start), day(end)), "day", now)
    return [len(bucket.costs) + len(bucket.usage) for bucket in buckets]


def groupings(api: OpenAIStandIn) -> list[list[str]]:
    """What was grouped by, request by request; then they are forgotten."""
    seen = [request.all("group_by") for request in api.requests]
    api.requests.clear()
    return seen


def refusal(status: int = 400, reason: str = "", param: str | None = None) -> ApiRefusal:
    return ApiRefusal("refused", status=status, reason=reason, param=param)


def test_a_refused_grouping_is_made_coarser_step_by_step(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.ungrouped_by = {"service_tier", "batch"}
    api.rows["completions"] = {at("2026-03-01"): [{"input_tokens": 1, "model": "gpt-5", "user_id": "user_a"}]}

    assert pull(source, COMPLETIONS) == [1, 0]

    four = ["project_id", "model", "api_key_id", "user_id"]
    assert groupings(api) == [[*four, "batch", "service_tier"], [*four, "batch"], four]


def test_the_last_step_is_no_grouping(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.ungrouped_by = set(FINEST)
    api.rows["costs"] = {at("2026-03-01"): [{"amount": {"value": 1, "currency": "usd"}, "project_id": "a"}]}

    assert pull(source) == [1, 0]

    assert groupings(api) == [FINEST, FINEST[:2], FINEST[:1], []]


def test_what_was_accepted_is_remembered_for_a_week(
    api: OpenAIStandIn, source: OpenAISource, memory: dict[str, str]
) -> None:
    api.ungrouped_by = {"api_key_id"}
    pull(source)
    assert memory["costs.group_by"].endswith("|project_id,line_item")
    groupings(api)

    pull(source, now=NOW + WEEK - timedelta(seconds=1))
    assert groupings(api) == [FINEST[:2]]
    pull(source, now=NOW + WEEK)
    assert groupings(api) == [FINEST, FINEST[:2]]
    pull(source, now=NOW + 2 * WEEK - timedelta(seconds=1))
    assert groupings(api) == [FINEST[:2]]

    api.ungrouped_by = set()
    for _ in range(2):
        pull(source, now=NOW + 2 * WEEK)
        assert groupings(api) == [FINEST]


@pytest.mark.parametrize(
    "note", ["", "|", "yesterday|project_id", "2026-03-09|project_id", "2026-03-09T00:00:00+00:00|x"]
)
def test_a_note_that_makes_no_sense_is_passed_over(
    api: OpenAIStandIn, source: OpenAISource, memory: dict[str, str], note: str
) -> None:
    memory["costs.group_by"] = note

    pull(source)

    assert groupings(api) == [FINEST]


def test_days_before_keys_were_billed_are_read_without_keys_and_later_ones_with(
    api: OpenAIStandIn, source: OpenAISource, memory: dict[str, str]
) -> None:
    row = {"amount": {"value": 1, "currency": "usd"}, "project_id": "a", "line_item": "x", "api_key_id": "key_a"}
    api.rows["costs"] = {at("2025-12-05"): [row], at("2025-12-06"): [row]}
    over = Span(day("2025-12-03"), day("2025-12-09"))

    buckets = list(source.pull(COSTS, over, "day", NOW))

    assert [bucket.start.day for bucket in buckets] == [3, 4, 5, 6, 7, 8]
    assert [line.series.api_key for bucket in buckets for line in bucket.costs] == [None, "key_a"]
    asked = [(seen.one("start_time"), seen.one("end_time"), seen.all("group_by")) for seen in api.requests]
    assert asked == [
        (str(at("2025-12-03")), str(at("2025-12-09")), FINEST),
        (str(at("2025-12-03")), str(KEY_FLOOR), FINEST[:2]),
        (str(KEY_FLOOR), str(at("2025-12-09")), FINEST),
    ]
    assert memory["costs.key_floor"].endswith(f"|{KEY_FLOOR}")
    assert "costs.group_by" not in memory


def test_the_date_is_remembered_so_that_old_days_are_not_asked_for_by_key_again(
    api: OpenAIStandIn, source: OpenAISource
) -> None:
    pull(source, start="2025-12-03", end="2025-12-09")
    groupings(api)

    pull(source, start="2025-12-03", end="2025-12-09")
    assert groupings(api) == [FINEST[:2], FINEST]
    pull(source, start="2025-11-03", end="2025-11-09")
    assert groupings(api) == [FINEST[:2]]
    pull(source)
    assert groupings(api) == [FINEST]


def test_a_coarser_grouping_of_old_days_does_not_coarsen_new_ones(
    api: OpenAIStandIn, source: OpenAISource, memory: dict[str, str]
) -> None:
    api.faults.append(error(400, "too early", param="start_time"))
    api.faults.append(error(400, "group_by line_item is not available", param="group_by"))

    pull(source, start="2025-12-03", end="2025-12-09")

    assert groupings(api) == [FINEST, FINEST[:2], FINEST[:1], FINEST]
    assert memory["costs.group_by.early"].endswith("|project_id")


def test_a_date_in_the_refusal_is_believed(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.faults.append(error(400, "api_key_id needs start_time from 2026-02-10 on", param="start_time"))

    pull(source, start="2026-02-08", end="2026-02-12")

    assert [(seen.one("start_time"), len(seen.all("group_by"))) for seen in api.requests[1:]] == [
        (str(at("2026-02-08")), 2),
        (str(at("2026-02-10")), 3),
    ]


def test_a_refusal_of_something_else_is_not_met_by_a_coarser_grouping(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.faults.append(error(400, "limit is too high", param="limit"))

    with pytest.raises(SourceError, match="limit is too high") as caught:
        pull(source)

    assert caught.value.permanent
    assert groupings(api) == [FINEST]


def test_a_start_that_is_refused_for_another_reason_ends_the_pull(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.faults += [error(400, "start_time is before the organisation began", param="start_time")] * 2

    with pytest.raises(SourceError, match="before the organisation began"):
        pull(source, start="2024-01-01", end="2024-01-03")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(param="group_by"), True),
        (refusal(param="group_by[1]"), True),
        (refusal(reason="Results cannot be grouped by service_tier"), True),
        (refusal(status=422, reason="unknown group_by"), True),
        (refusal(status=403, param="group_by"), False),
        (refusal(param="limit"), False),
        (refusal(), False),
    ],
)
def test_which_refusals_speak_of_the_grouping(given: ApiRefusal, expected: bool) -> None:
    assert about_grouping(given) is expected


@pytest.mark.parametrize(
    ("given", "floor"),
    [
        (refusal(param="start_time"), KEY_FLOOR),
        (refusal(reason="start_time must be at least 1764979200 for api_key_id"), KEY_FLOOR),
        (refusal(param="start_time", reason="1700000000 is before 1767225600"), 1_767_225_600),
        (refusal(param="start_time", reason="use 2026-01-01T00:00:00Z or later"), at("2026-01-01")),
        (refusal(param="start_time", reason="use 2026-13-45 or later"), KEY_FLOOR),
        (refusal(param="group_by", reason="api_key_id is there since 2026-01-01"), at("2026-01-01")),
        (refusal(param="group_by", reason="api_key_id is not there"), None),
        (refusal(param="group_by", reason="line_item is there since 2026-01-01"), None),
        (refusal(status=403, param="start_time"), None),
    ],
)
def test_the_day_from_which_on_keys_can_be_grouped_by(given: ApiRefusal, floor: int | None) -> None:
    assert floor_in(given, start=1_700_000_000) == floor


def test_a_start_after_the_known_day_is_refused_for_another_reason() -> None:
    assert floor_in(refusal(param="start_time"), start=KEY_FLOOR) is None
