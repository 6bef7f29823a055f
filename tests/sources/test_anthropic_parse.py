from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import METRICS, Bucket, CostLine, Series
from budgetbot.errors import SourceError
from budgetbot.sources.anthropic_parse import dollars, parse
from budgetbot.sources.anthropic_reports import COST, MESSAGES
from budgetbot.sources.anthropic_walk import RawBucket

PAYLOADS = Path(__file__).parent.parent / "payloads" / "anthropic"
START = 1_772_323_200  # 2026-03-01
END = START + 86_400
TEAM = "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ"


def recorded(name: str) -> list[Any]:
    page = json.loads((PAYLOADS / name).read_text(encoding="utf-8"), parse_float=Decimal)
    results: list[Any] = page["data"][0]["results"]
    return results


def costs(*rows: Any) -> Bucket:
    return parse(COST, "claude", RawBucket(START, END, list(rows)), END)


def usage(*rows: Any) -> Bucket:
    return parse(MESSAGES, "claude", RawBucket(START, END, list(rows)), END)


def cost(amount: Any = "100", **more: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD", "description": "Usage", **more}


def tokens(**more: Any) -> dict[str, Any]:
    return {
        "uncached_input_tokens": 1,
        "cache_read_input_tokens": 2,
        "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 8},
        "output_tokens": 16,
        "server_tool_use": {"web_search_requests": 32},
        **more,
    }


def test_a_bill_as_it_comes_over_the_wire() -> None:
    bucket = costs(*recorded("cost_report.json"))

    def series(project: str | None, item: str, model: str | None = None, tier: str | None = None) -> Series:
        batch = None if tier is None else "true" if tier == "batch" else "false"
        return Series(
            "anthropic", "claude", project=project, line_item=item, model=model, service_tier=tier, batch=batch
        )

    assert (bucket.report, bucket.start, bucket.end) == (
        "cost_report", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    assert bucket.usage == ()
    opus, haiku = "Claude Opus 5 Usage - Input Tokens", "Claude Haiku 5 Usage - Output Tokens, Batch"
    assert list(bucket.costs) == [
        CostLine(series(TEAM, opus, "claude-opus-5", "standard"), Decimal("1.2345"), "USD"),
        CostLine(series(None, haiku, "claude-haiku-5", "batch"), Decimal("0.000375"), "USD"),
        CostLine(series(None, "Web Search Usage"), Decimal("0.10"), "USD"),
        CostLine(series(TEAM, "session_usage"), Decimal("0.05"), "USD"),
    ]


def test_usage_as_it_comes_over_the_wire() -> None:
    bucket = usage(*recorded("messages.json"))

    by_key, by_person, by_robot = bucket.usage
    assert by_key.series == Series(
        "anthropic", "claude", project=TEAM, api_key="apikey_01Rj2N8SVvo6BePZj99NhmiT", model="claude-opus-5",
        service_tier="standard", batch="false",
    )  # fmt: skip
    assert by_person.series == Series(
        "anthropic", "claude", user="user_01WCz1FkmYMm4gnmykNKUu3Q", model="claude-haiku-5",
        service_tier="batch", batch="true",
    )  # fmt: skip
    assert by_robot.series.user == "svac_01Hk3R9TWxq7CfQak00OiVw4"
    assert (by_robot.series.service_tier, by_robot.series.batch) == ("priority", "false")
    assert bucket.costs == ()


def test_a_hundred_and_some_cents_are_one_dollar_and_some() -> None:
    assert dollars("123.45") == Decimal("1.2345")
    assert dollars(12345) == Decimal("123.45")


def test_cents_become_dollars_without_rounding_however_long_they_are() -> None:
    assert str(dollars("123456789012.34567890123456789012345678901")) == "1234567890.1234567890123456789012345678901"


@given(st.lists(st.integers(-(10**52), 10**52).map(lambda digits: f"{digits}e-40"), min_size=1, max_size=20))
def test_rows_of_one_series_add_up_exactly(amounts: list[str]) -> None:
    (line,) = costs(*map(cost, amounts)).costs

    assert Fraction(line.amount) * 100 == sum(map(Fraction, amounts))


def test_a_credit_is_negative_and_a_zero_is_kept() -> None:
    lines = costs(cost("-250", description="Credit"), cost("0E-6176", description="Free")).costs

    assert [line.amount for line in lines] == [Decimal("-2.5"), Decimal(0)]


def test_token_types_of_one_description_are_one_line() -> None:
    rows = [cost("1", token_type="output_tokens"), cost("2", token_type="cache_read_input_tokens")]

    assert [line.amount for line in costs(*rows).costs] == [Decimal("0.03")]


def test_input_tokens_include_the_cached_and_both_cache_writing_ones() -> None:
    (row,) = usage(tokens()).usage

    assert row.metrics["input_tokens"] == 1 + 2 + 4 + 8
    assert row.metrics["input_cached_tokens"] == 2
    assert row.metrics["input_cache_write_tokens"] == 4 + 8
    assert row.metrics["output_tokens"] == 16
    assert row.metrics["calls"] == 32


def test_cache_writes_for_an_hour_are_told_apart_where_the_ledger_knows_them() -> None:
    (row,) = usage(tokens()).usage

    assert row.metrics.get("input_cache_write_1h_tokens") == (8 if "input_cache_write_1h_tokens" in METRICS else None)


def test_every_metric_is_one_of_the_ledger_and_requests_are_not_made_up() -> None:
    (row,) = usage(tokens()).usage

    assert set(row.metrics) <= set(METRICS)
    assert "requests" not in row.metrics


def test_usage_rows_of_one_series_are_added_up() -> None:
    (row,) = usage(tokens(context_window="0-200k"), tokens(context_window="200k-1M")).usage

    assert row.metrics["input_tokens"] == 30
    assert row.metrics["calls"] == 64


def test_tools_that_are_not_reported_are_no_calls_rather_than_none() -> None:
    (row,) = usage(tokens(server_tool_use=None)).usage

    assert "calls" not in row.metrics


def test_an_account_is_the_user_and_a_service_account_where_there_is_no_account() -> None:
    both = usage(tokens(account_id="user_a", service_account_id="svac_b")).usage[0]
    robot = usage(tokens(account_id=None, service_account_id="svac_b")).usage[0]

    assert (both.series.user, robot.series.user) == ("user_a", "svac_b")


def test_an_empty_bucket_is_an_empty_bucket() -> None:
    assert costs().costs == ()
    assert usage().usage == ()


def test_a_description_is_stored_without_control_characters() -> None:
    (line,) = costs(cost(description="Usage\x1b[31m\n\u202ered")).costs

    assert line.series.line_item == "Usage [31m red"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (cost(None), "amount"),
        (cost("12,5"), "not a number"),
        (cost("NaN"), "not a finite amount"),
        (cost(True), "not an exact amount"),
        (cost("1e16"), "out of all measure"),
        (cost("1e-51"), "out of all measure"),
        (cost(currency="JPY"), "only USD is known"),
        (cost(currency=None), "only USD is known"),
        (cost(description=["x"]), "description is"),
        (cost(workspace_id=7), "workspace_id is '7', not a text"),
        ("no object", "a result is not an object"),
    ],
)
def test_a_bill_with_one_odd_row_is_not_kept_at_all(row: Any, what: str) -> None:
    with pytest.raises(SourceError, match="bucket of 2026-03-01T00:00Z cannot be read") as caught:
        costs(cost(), row)

    assert what in str(caught.value)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda row: row.pop("uncached_input_tokens"), "uncached_input_tokens"),
        (lambda row: row.update(output_tokens="16"), "output_tokens"),
        (lambda row: row.update(output_tokens=Decimal("1.5")), "output_tokens"),
        (lambda row: row.update(output_tokens=True), "output_tokens"),
        (lambda row: row.update(cache_read_input_tokens=-1), "cache_read_input_tokens"),
        (lambda row: row.update(output_tokens=10**15 + 1), "output_tokens"),
        (lambda row: row.update(cache_creation=None), "cache_creation is not an object"),
        (lambda row: row["cache_creation"].pop("ephemeral_1h_input_tokens"), "ephemeral_1h_input_tokens"),
        (lambda row: row.update(server_tool_use=3), "server_tool_use is not an object"),
        (lambda row: row.update(model={"a": 1}), "model is"),
    ],
)
def test_usage_with_one_odd_row_is_not_kept_at_all(change: Callable[[dict[str, Any]], None], what: str) -> None:
    row = tokens()
    change(row)

    with pytest.raises(SourceError, match="cannot be read") as caught:
        usage(tokens(), row)

    assert what in str(caught.value)
