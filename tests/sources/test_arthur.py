from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import METRICS, Series
from budgetbot.errors import SourceError, UsageError
from budgetbot.sources import Report, Source
from budgetbot.sources.arthur import ArthurSource
from tests.sources.conftest import NOW, span, utc
from tests.standins.arthur import KEY, ArthurStandIn, Result, error, invalid
from tests.standins.openai import Fault

PAYLOADS = Path(__file__).parent.parent / "payloads" / "arthur"
TOKENS = Report("tokens", "usage", "day")
TASK = "8f1cd6a0-7a2f-4b2b-9f0e-0d9f4f3f7c11"
Make = Callable[..., ArthurSource]


@pytest.fixture
def engine() -> Iterator[ArthurStandIn]:
    with ArthurStandIn() as standin:
        yield standin


@pytest.fixture
def make(engine: ArthurStandIn) -> Iterator[Make]:
    with ExitStack() as stack:

        def build(**options: Any) -> ArthurSource:
            usual = {"name": "arthur", "key": SecretStr(KEY), "base_url": engine.url, "clock": lambda: NOW}
            source = ArthurSource(**{**usual, "sleep": lambda seconds: None, **options})
            stack.callback(source.close)
            return source

        yield build


@pytest.fixture
def source(make: Make) -> ArthurSource:
    return make()


def result(at: str, rule_type: str = "RegexRule", task_id: str | None = TASK, *, tokens: int = 1) -> Result:
    return Result(utc(at), rule_type, task_id, 100 * tokens, 10 * tokens, tokens)


def test_it_is_a_source_of_usage_by_the_day(source: ArthurSource) -> None:
    as_source: Source = source

    assert as_source.provider == "arthur"
    assert as_source.reports() == (TOKENS,)
    assert list(as_source.entities()) == []


def test_a_day_is_one_request_with_both_bounds_and_both_groupings(engine: ArthurStandIn, source: ArthurSource) -> None:
    list(source.pull(TOKENS, span("2026-03-01", "2026-03-03"), "day", NOW))

    assert [seen.path for seen in engine.requests] == ["/api/v2/usage/tokens"] * 2
    assert [seen.params for seen in engine.requests] == [
        [("start_time", start), ("end_time", end), ("group_by", "rule_type"), ("group_by", "task")]
        for start, end in [
            ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"),
        ]
    ]
    assert engine.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_task_is_the_project_and_a_rule_type_the_line_item(engine: ArthurStandIn, source: ArthurSource) -> None:
    engine.faults.append(Fault(200, (PAYLOADS / "tokens.json").read_text(encoding="utf-8")))

    (bucket,) = source.pull(TOKENS, span("2026-03-01", "2026-03-02"), "day", NOW)

    assert (bucket.report, bucket.start, bucket.end) == ("tokens", utc("2026-03-01"), utc("2026-03-02"))
    assert bucket.costs == ()
    assert [tuple(row) for row in bucket.usage] == [
        (
            Series("arthur", "arthur", project=TASK, line_item="ModelHallucinationRuleV2"),
            {"input_tokens": 900, "output_tokens": 60},
        ),
        (Series("arthur", "arthur", project=TASK, line_item="PIIDataRule"), {"input_tokens": 0, "output_tokens": 0}),
        (
            Series("arthur", "arthur", project=None, line_item="ModelSensitiveDataRule"),
            {"input_tokens": 300, "output_tokens": 5},
        ),
    ]
    assert {name for row in bucket.usage for name in row.metrics} <= set(METRICS)


def test_an_inference_that_three_rules_looked_at_is_not_counted_three_times(
    engine: ArthurStandIn, source: ArthurSource
) -> None:
    rules = ["PIIDataRule", "RegexRule", "ToxicityRule"]
    engine.results = [Result(utc("2026-03-01T10:00"), rule, TASK, 1_000_000, 20, 1) for rule in rules]

    (bucket,) = source.pull(TOKENS, span("2026-03-01", "2026-03-02"), "day", NOW)

    assert sum(sum(row.metrics.values()) for row in bucket.usage) == 3 * 21


def test_each_day_holds_its_own_tokens_and_days_without_any_are_empty(
    engine: ArthurStandIn, source: ArthurSource
) -> None:
    engine.results = [
        result("2026-02-28T23:59:59"),
        result("2026-03-01", tokens=2),
        result("2026-03-01T23:59:59", tokens=3),
        result("2026-03-03", tokens=4),
    ]

    buckets = list(source.pull(TOKENS, span("2026-03-01", "2026-03-04"), "day", NOW))

    assert [bucket.start.day for bucket in buckets] == [1, 2, 3]
    assert [[row.metrics["output_tokens"] for row in bucket.usage] for bucket in buckets] == [[5], [], [4]]


def test_a_span_is_widened_to_whole_days_and_ends_with_today(engine: ArthurStandIn, source: ArthurSource) -> None:
    buckets = list(source.pull(TOKENS, span("2026-03-08T09:00", "2026-03-20"), "hour", NOW))

    assert [bucket.start.day for bucket in buckets] == [8, 9, 10]
    assert all(bucket.end - bucket.start == timedelta(days=1) for bucket in buckets)
    assert engine.requests[-1].one("end_time") == "2026-03-11T00:00:00Z"


def test_what_was_read_before_a_day_that_fails_is_given(engine: ArthurStandIn, make: Make) -> None:
    engine.faults += [Fault(edit=lambda answer: None), error(500, "sorry")]
    walk = make(attempts=1).pull(TOKENS, span("2026-03-01", "2026-03-04"), "day", NOW)

    assert next(walk).start == utc("2026-03-01")
    with pytest.raises(SourceError, match="HTTP 500: sorry"):
        next(walk)


def test_an_unknown_report_is_an_error(source: ArthurSource) -> None:
    with pytest.raises(ValueError, match="no report 'costs'"):
        list(source.pull(Report("costs", "cost"), span("2026-03-01", "2026-03-02"), "day", NOW))


COUNT = {"inference": 1, "eval_prompt": 2, "eval_completion": 3}


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({}, "not a list"),
        ("tokens", "not a list"),
        ([7], "a row has no count"),
        ([{"rule_type": "RegexRule"}], "a row has no count"),
        ([{"count": {**COUNT, "eval_prompt": None}}], "eval_prompt is 'None', not a count"),
        ([{"count": {**COUNT, "eval_prompt": "2"}}], "eval_prompt is '2', not a count"),
        ([{"count": {**COUNT, "eval_prompt": -2}}], "not a count"),
        ([{"count": {**COUNT, "eval_completion": 1.5}}], "not a count"),
        ([{"count": {**COUNT, "eval_completion": True}}], "not a count"),
        ([{"count": {**COUNT, "inference": 10**16}}], "not a count"),
        ([{"count": {"inference": 1}}], "eval_prompt is 'None', not a count"),
        ([{"rule_type": 7, "count": COUNT}], "rule_type is '7', not a text"),
        ([{"rule_type": "RegexRule", "count": COUNT}] * 2, "a group came twice"),
    ],
)
def test_an_odd_answer_is_an_error_and_nothing_of_it_is_kept(
    engine: ArthurStandIn, source: ArthurSource, answer: Any, what: str
) -> None:
    engine.faults.append(Fault(200, json.dumps(answer)))

    with pytest.raises(SourceError, match="arthur tokens: ") as caught:
        list(source.pull(TOKENS, span("2026-03-01", "2026-03-02"), "day", NOW))

    assert what in str(caught.value)
    assert not caught.value.permanent


def test_a_422_says_what_is_wrong_in_plain_words_and_is_not_tried_again(
    engine: ArthurStandIn, source: ArthurSource
) -> None:
    engine.faults.append(
        error(
            422,
            [
                invalid(["query", "group_by", 1], "Input should be 'rule_type'", "task"),
                invalid(["query", "start_time"], "Input should be a valid datetime", "x"),
            ],
        )
    )

    with pytest.raises(SourceError) as caught:
        list(source.pull(TOKENS, span("2026-03-01", "2026-03-02"), "day", NOW))

    assert str(caught.value).startswith(
        "arthur: HTTP 422: query.group_by.1: Input should be 'rule_type'; "
        "query.start_time: Input should be a valid datetime; "
    )
    assert caught.value.permanent
    assert not caught.value.refused
    assert len(engine.requests) == 1


@pytest.mark.parametrize("detail", [[], [7], [{}], [{"loc": 7, "msg": None}], [{"loc": [["x"]], "msg": {"a": 1}}], {}])
def test_a_422_of_any_shape_is_a_permanent_error(engine: ArthurStandIn, source: ArthurSource, detail: Any) -> None:
    engine.faults.append(error(422, detail))

    (problem,) = source.check()

    assert problem.startswith("arthur: HTTP 422")


def test_check_finds_nothing_wrong_with_one_request(engine: ArthurStandIn, source: ArthurSource) -> None:
    assert source.check() == []
    (seen,) = engine.requests
    assert seen.params == [
        ("start_time", "2026-03-10T11:00:00Z"),
        ("end_time", "2026-03-10T12:00:00Z"),
        ("group_by", "rule_type"),
    ]


def test_check_says_which_variable_holds_the_refused_key(make: Make) -> None:
    (problem,) = make(name="guard", key=SecretStr("another-key-0123"), key_env="GUARD_KEY").check()

    assert problem.startswith("guard: the credential was refused, HTTP 401: Authorization failed")
    assert problem.endswith("set GUARD_KEY to a key with the role ORG-ADMIN or ORG-AUDITOR")
    assert "another-key-0123" not in problem


def test_check_says_when_the_address_is_wrong(engine: ArthurStandIn, make: Make) -> None:
    (problem,) = make(base_url=engine.url + "/elsewhere").check()

    assert "HTTP 404: Not Found" in problem
    assert "check the base URL" in problem


@pytest.mark.parametrize("base_url", ["", "  "])
def test_without_an_address_the_variable_to_set_is_named(base_url: str) -> None:
    with pytest.raises(UsageError, match="arthur: ARTHUR_BASE_URL is not set; set it to the engine's address"):
        ArthurSource("arthur", SecretStr(KEY), base_url)


def test_an_empty_key_is_a_mistake_that_names_its_variable() -> None:
    with pytest.raises(UsageError, match="ARTHUR_API_KEY: is empty"):
        ArthurSource("arthur", SecretStr(""), "http://127.0.0.1:1")


def test_the_key_shows_nowhere(make: Make) -> None:
    source = make(key=SecretStr("another-key-0123"))

    with pytest.raises(SourceError) as caught:
        list(source.pull(TOKENS, span("2026-03-01", "2026-03-02"), "day", NOW))

    assert caught.value.refused
    assert "another-key-0123" not in f"{caught.value} {source!r} {vars(source)}"
