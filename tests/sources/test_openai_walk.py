from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from budgetbot.errors import SourceError
from budgetbot.sources import openai_walk
from budgetbot.sources.openai_client import OpenAIClient
from budgetbot.sources.openai_query import ask
from budgetbot.sources.openai_reports import COSTS
from budgetbot.sources.openai_walk import RawBucket, Walk
from tests.standins.openai import Fault, OpenAIStandIn, at, error

DAY = 86_400
START = at("2026-03-01")


def walked(client: OpenAIClient, days: int = 6, limit: int = 3) -> list[RawBucket]:
    return list(client.costs(start_time=START, end_time=START + days * DAY, limit=limit))


def broken(client: OpenAIClient) -> str:
    with pytest.raises(SourceError) as caught:
        walked(client)
    assert not caught.value.permanent
    return str(caught.value)


def shifted(index: int, **by: int) -> Callable[[dict[str, Any]], None]:
    """Moves the times of one bucket of a page."""

    def edit(answer: dict[str, Any]) -> None:
        bucket = answer["data"][index]
        for name, seconds in by.items():
            bucket[name] += seconds

    return edit


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda answer: answer.update(next_page=None), "no cursor"),
        (lambda answer: answer.update(next_page=""), "no cursor"),
        (lambda answer: answer.update(next_page=7), "no cursor"),
        (lambda answer: answer.pop("next_page"), "no cursor"),
        (lambda answer: answer.pop("data"), "no list named data"),
        (lambda answer: answer.update(data={}), "no list named data"),
        (lambda answer: answer["data"].append(None), "not an object"),
        (lambda answer: answer["data"][0].pop("results"), "lacks start_time, end_time or results"),
        (lambda answer: answer["data"][0].update(results=None), "lacks start_time, end_time or results"),
        (lambda answer: answer["data"][1].update(start_time=str(START)), "lacks start_time, end_time or results"),
        (lambda answer: answer["data"][1].update(end_time=True), "lacks start_time, end_time or results"),
        (shifted(0, start_time=-DAY, end_time=-DAY), "outside what was asked"),
        (shifted(2, start_time=60 * DAY, end_time=60 * DAY), "outside what was asked"),
        (shifted(0, start_time=3600), "does not begin on an edge"),
        (shifted(1, start_time=3600, end_time=3600), "does not begin on an edge"),
        (shifted(1, end_time=DAY), "not at"),
        (shifted(1, end_time=-3600), "not at"),
        (shifted(1, end_time=-DAY), "not at"),
        (shifted(1, start_time=-DAY, end_time=-DAY), "twice or out of order"),
        (lambda answer: answer["data"].reverse(), "twice or out of order"),
    ],
)
def test_a_page_that_cannot_be_right_stops_the_walk(
    api: OpenAIStandIn, client: OpenAIClient, edit: Callable[[dict[str, Any]], None], what: str
) -> None:
    api.faults.append(Fault(edit=edit))

    assert what in broken(client)


@pytest.mark.parametrize("body", ["[]", '"page"', "7", "null"])
def test_a_page_that_is_no_object_stops_the_walk(api: OpenAIStandIn, client: OpenAIClient, body: str) -> None:
    api.faults.append(Fault(200, body))

    assert "no list named data" in broken(client)


def test_a_repeated_cursor_stops_the_walk(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.faults += [Fault(200, '{"data": [], "has_more": true, "next_page": "page_x"}')] * 2

    assert "a cursor came twice" in broken(client)


def test_a_bucket_that_comes_again_on_a_later_page_stops_the_walk(api: OpenAIStandIn, client: OpenAIClient) -> None:
    page: list[dict[str, Any]] = []
    api.faults.append(Fault(edit=lambda answer: page.extend(answer["data"])))
    api.faults.append(Fault(edit=lambda answer: answer.update(data=page[2:])))

    assert "twice or out of order" in broken(client)


def test_what_was_given_before_a_broken_page_is_whole(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.faults += [Fault(edit=lambda answer: None), Fault(edit=shifted(2, end_time=3600))]
    walk = client.costs(start_time=START, end_time=START + 9 * DAY, limit=3)

    assert [next(walk).start_time for _ in range(3)] == [START, START + DAY, START + 2 * DAY]
    with pytest.raises(SourceError):
        next(walk)


def test_a_cursor_that_ran_out_is_a_temporary_error(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.faults += [Fault(edit=lambda answer: None), error(400, "The page token has expired.", param="page")]

    assert "page 2 was refused" in broken(client)


def test_an_endless_walk_is_stopped() -> None:
    def endless(cursor: str | None) -> dict[str, Any]:
        number = int(cursor or 0) + 1
        return {"data": [], "has_more": True, "next_page": str(number)}

    walk = Walk(endless, ask(COSTS, START, None, "1d", {}, (), None, None), "openai")

    with pytest.raises(SourceError, match=f"no end after {openai_walk.PAGE_CAP} pages"):
        list(walk.pages())


def test_result_is_read_where_an_old_server_writes_it_for_results(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.rows["costs"] = {START: [{"amount": {"value": 1, "currency": "usd"}}]}
    api.faults.append(Fault(edit=lambda answer: answer["data"][0].update(result=answer["data"][0].pop("results"))))

    assert walked(client, days=1)[0].results[0]["amount"]["value"] == 1


def test_a_server_that_does_not_say_whether_there_is_more_tells_by_its_cursor(
    api: OpenAIStandIn, client: OpenAIClient
) -> None:
    api.faults += [Fault(edit=lambda answer: answer.pop("has_more"))] * 2

    assert len(walked(client)) == 6


def test_empty_pages_and_left_out_buckets_are_fine(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.skip_empty = True
    api.rows["costs"] = {START + 4 * DAY: [{"amount": {"value": 1, "currency": "usd"}}]}

    assert [bucket.start_time for bucket in walked(client)] == [START + 4 * DAY]


def test_the_last_bucket_may_be_cut_to_now(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.faults.append(Fault(edit=shifted(1, end_time=-3600)))

    assert walked(client, days=2)[1].end_time == START + 2 * DAY - 3600


def test_the_last_bucket_may_be_cut_to_the_end_that_was_asked(api: OpenAIStandIn, client: OpenAIClient) -> None:
    api.faults.append(Fault(edit=lambda answer: answer["data"][1].update(end_time=START + DAY + 60)))

    buckets = list(client.costs(start_time=START, end_time=START + DAY + 60))

    assert buckets[1].end_time == START + DAY + 60
