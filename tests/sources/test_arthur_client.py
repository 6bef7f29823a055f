from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from budgetbot.sources.arthur_client import ArthurClient, TokenUsage
from tests.sources.conftest import utc
from tests.sources.test_arthur import TASK, result
from tests.standins.arthur import KEY, ArthurStandIn
from tests.standins.openai import Fault


@pytest.fixture
def engine() -> Iterator[ArthurStandIn]:
    with ArthurStandIn() as standin:
        yield standin


@pytest.fixture
def client(engine: ArthurStandIn) -> Iterator[ArthurClient]:
    with ArthurClient(KEY, engine.url, sleep=lambda seconds: None) as client:
        yield client


def test_a_python_caller_asks_for_any_stretch_of_time(engine: ArthurStandIn, client: ArthurClient) -> None:
    engine.results = [result("2026-03-01T10:30"), result("2026-03-01T10:45", "PIIDataRule"), result("2026-03-01T11:00")]

    rows = client.token_usage(utc("2026-03-01T10:00"), utc("2026-03-01T11:00"))

    assert rows == [TokenUsage("RegexRule", None, 100, 10, 1), TokenUsage("PIIDataRule", None, 100, 10, 1)]


def test_a_python_caller_groups_by_task_alone(engine: ArthurStandIn, client: ArthurClient) -> None:
    engine.results = [result("2026-03-01"), result("2026-03-01", "PIIDataRule"), result("2026-03-01", task_id=None)]

    rows = client.token_usage(utc("2026-03-01"), utc("2026-03-02"), group_by=["task"])

    assert rows == [TokenUsage(None, TASK, 200, 20, 2), TokenUsage(None, None, 100, 10, 1)]


def test_times_of_another_zone_are_sent_as_utc(engine: ArthurStandIn, client: ArthurClient) -> None:
    zone = timezone(timedelta(hours=-8))

    client.token_usage(datetime(2026, 3, 1, 20, tzinfo=zone), datetime(2026, 3, 2, 4, 5, 6, 7, tzinfo=UTC))

    assert engine.requests[0].params[:2] == [
        ("start_time", "2026-03-02T04:00:00Z"),
        ("end_time", "2026-03-02T04:05:06.000007Z"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "group_by", "what"),
    [
        (datetime(2026, 3, 1), utc("2026-03-02"), ["task"], "need a time zone"),  # noqa: DTZ001
        (utc("2026-03-01"), datetime(2026, 3, 2), ["task"], "need a time zone"),  # noqa: DTZ001
        (utc("2026-03-02"), utc("2026-03-02"), ["task"], "is not before"),
        (utc("2026-03-01"), utc("2026-03-02"), ["user"], "it takes each of rule_type, task once"),
        (utc("2026-03-01"), utc("2026-03-02"), [], "at least one of them"),
        (utc("2026-03-01"), utc("2026-03-02"), ["task", "task"], "once"),
        (utc("2026-03-01"), utc("2026-03-02"), "task", "group_by is 'task'"),
    ],
)
def test_a_question_that_makes_no_sense_is_not_sent(
    engine: ArthurStandIn, client: ArthurClient, start: datetime, end: datetime, group_by: Any, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        client.token_usage(start, end, group_by)

    assert engine.requests == []


def test_an_older_engine_has_other_names_for_its_counts(engine: ArthurStandIn, client: ArthurClient) -> None:
    old = [{"rule_type": "RegexRule", "count": {"user_input": 5, "prompt": 6, "completion": 7}}]
    engine.faults.append(Fault(200, json.dumps(old)))

    assert client.token_usage(utc("2026-03-01"), utc("2026-03-02")) == [TokenUsage("RegexRule", None, 5, 6, 7)]


def test_rule_types_are_foreign_text(engine: ArthurStandIn, client: ArthurClient) -> None:
    count = {"inference": 1, "eval_prompt": 2, "eval_completion": 3}
    engine.faults.append(Fault(200, json.dumps([{"rule_type": "a\x1b[2Jb", "task_id": "", "count": count}])))

    (row,) = client.token_usage(utc("2026-03-01"), utc("2026-03-02"))

    assert (row.rule_type, row.task_id) == ("a [2Jb", None)
