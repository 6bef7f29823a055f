from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Bucket, CostLine, Series
from budgetbot.errors import SourceError
from budgetbot.sources.openai_parse import model_of, parse
from budgetbot.sources.openai_reports import COSTS, ENDPOINTS, endpoint
from budgetbot.sources.openai_walk import RawBucket

PAYLOADS = Path(__file__).parent.parent / "payloads" / "openai"
START = 1_772_323_200  # 2026-03-01
END = START + 86_400


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text(encoding="utf-8"), parse_float=Decimal)


def read(report: str, *rows: Any) -> Bucket:
    return parse(endpoint(report), "openai", RawBucket(START, END, list(rows)), END, {}).bucket


def cost(value: Any = 1, currency: Any = "usd", **dimensions: Any) -> dict[str, Any]:
    return {"object": "organization.costs.result", "amount": {"value": value, "currency": currency}, **dimensions}


def test_a_costs_bucket_as_it_comes_over_the_wire() -> None:
    raw = payload("costs.json")["data"][0]

    bucket = read("costs", *raw["results"])

    def series(project: str | None, key: str | None, item: str, model: str | None) -> Series:
        return Series("openai", "openai", project=project, api_key=key, line_item=item, model=model)

    mini, five, astra = "gpt-4o-mini-2024-07-18", "gpt-5-mini-2025-08-07", "gpt-6-astra"
    assert (bucket.report, bucket.start, bucket.end) == (
        "costs", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    assert bucket.usage == ()
    assert list(bucket.costs) == [
        CostLine(series("proj_a", "key_a", f"{mini}, input", mini), Decimal("0.06"), "USD"),
        CostLine(series("proj_a", None, f"{five}, output", five), Decimal("0.895874"), "USD"),
        CostLine(series("proj_b", "key_gone", f"{astra}, cached_input_tokens", astra), Decimal("0.00001"), "USD"),
        CostLine(series("proj_b", "key_gone", f"{astra}, cached input", astra), Decimal(0), "USD"),
        CostLine(series(None, None, "web search tool calls", None), Decimal(3), "EUR"),
        CostLine(series(None, None, "credits, promotional", None), Decimal("-12.5"), "USD"),
    ]


def test_an_empty_bucket_is_an_empty_bucket() -> None:
    assert read("costs") == Bucket("costs", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("report", "metrics"),
    [
        (
            "completions",
            {
                "requests": 5, "input_tokens": 5000, "output_tokens": 1000, "input_cached_tokens": 1800,
                "input_cache_write_tokens": 200, "input_audio_tokens": 700, "input_cached_audio_tokens": 200,
                "output_audio_tokens": 60, "input_image_tokens": 300, "input_cached_image_tokens": 100,
                "output_image_tokens": 40,
            },
        ),
        ("decisions", {"requests": 2, "input_tokens": 70, "output_tokens": 7}),
        ("embeddings", {"requests": 2, "input_tokens": 16}),
        ("moderations", {"requests": 3, "input_tokens": 17}),
        ("images", {"requests": 2, "images": 4}),
        ("audio_speeches", {"requests": 1, "characters": 45}),
        ("audio_transcriptions", {"requests": 1, "seconds": 20}),
        ("vector_stores", {"bytes": 1_048_576}),
        ("code_interpreter_sessions", {"sessions": 9}),
        ("web_search_calls", {"requests": 3, "calls": 8}),
        ("file_search_calls", {"calls": 6}),
    ],
)  # fmt: skip
def test_every_usage_report_as_it_comes_over_the_wire(report: str, metrics: dict[str, int]) -> None:
    (row,) = read(report, payload("usage.json")[report]).usage

    assert row.metrics == metrics
    assert (row.series.provider, row.series.source, row.series.project) == ("openai", "openai", "proj_a")


def test_every_usage_report_has_a_recorded_result() -> None:
    assert {row.report for row in ENDPOINTS} - {"costs"} == set(payload("usage.json"))


def test_dimensions_of_usage_with_batch_as_text() -> None:
    recorded = payload("usage.json")
    first = read("completions", recorded["completions"]).usage[0].series
    second = read("decisions", recorded["decisions"]).usage[0].series

    assert first == Series(
        "openai", "openai", "proj_a", "key_a", "user_a", "gpt-4o-mini-2024-07-18", None, "default", "false"
    )
    assert second == Series("openai", "openai", "proj_a", "key_a", None, "gpt-6-astra", None, "flex", "true")


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (Decimal("12.50"), "12.5"),
        ("12.50", "12.5"),
        (7, "7"),
        (Decimal("1E-7"), "0.0000001"),
        ("7.5E-4", "0.00075"),
        ("0E-6176", "0"),
        (Decimal("0E-6176"), "0"),
        ("-0.0", "0"),
        ("-3.20", "-3.2"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ],
)
def test_amounts_are_exact_whether_number_text_or_exponent(value: Any, amount: str) -> None:
    (line,) = read("costs", cost(value)).costs

    assert line.amount == Decimal(amount)
    assert "E-6176" not in str(line.amount)


@given(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False), st.booleans())
def test_any_amount_survives_the_wire(amount: Decimal, as_text: bool) -> None:
    written = json.dumps(str(amount)) if as_text else str(amount)
    row = json.loads(f'{{"amount": {{"value": {written}, "currency": "usd"}}}}', parse_float=Decimal)

    assert read("costs", row).costs[0].amount == amount


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-inf", "sNaN", "", "twelve", "1,5", "$4", True, [1], {"a": 1}, math.nan, 1.5, "1E+16",
     Decimal("1E+999999"), "1E-9999"],
)  # fmt: skip
def test_one_unreadable_amount_fails_the_whole_bucket(value: Any) -> None:
    with pytest.raises(SourceError) as caught:
        read("costs", cost(1), cost(value))

    assert not caught.value.permanent
    assert "bucket of 2026-03-01T00:00Z cannot be read: amount.value" in str(caught.value)


@pytest.mark.parametrize("amount", ["12.5", 12, [], True])
def test_an_amount_that_is_no_object_fails_the_whole_bucket(amount: Any) -> None:
    with pytest.raises(SourceError, match="amount is"):
        read("costs", {"amount": amount})


@pytest.mark.parametrize("currency", ["dollars", "u$d", 5, ["usd"], "us"])
def test_a_currency_that_is_none_fails_the_whole_bucket(currency: Any) -> None:
    with pytest.raises(SourceError, match="currency is"):
        read("costs", cost(1, currency))


@pytest.mark.parametrize("row", [None, 7, "row", [], True])
@pytest.mark.parametrize("report", ["costs", "completions"])
def test_a_result_that_is_no_object_fails_the_whole_bucket(report: str, row: Any) -> None:
    with pytest.raises(SourceError, match="a result is not an object"):
        read(report, row)


def test_a_missing_currency_is_dollars() -> None:
    assert read("costs", {"amount": {"value": 1}}, cost(2, None)).costs == (
        CostLine(Series("openai", "openai"), Decimal(3), "USD"),
    )


def test_currencies_are_told_apart_and_written_in_capitals() -> None:
    lines = read("costs", cost(1, "usd"), cost(2, "eur"), cost(4, "USD")).costs

    assert [(int(line.amount), line.currency) for line in lines] == [(5, "USD"), (2, "EUR")]


def test_rows_without_an_amount_are_left_out_and_zero_rows_are_kept() -> None:
    rows = [{"project_id": "a"}, {"project_id": "b", "amount": None}, {"project_id": "c", "amount": {}}]

    lines = read("costs", *rows, cost(None, project_id="d"), cost(0, project_id="e")).costs

    assert [(line.series.project, str(line.amount)) for line in lines] == [("e", "0")]


def test_rows_of_the_same_series_are_added_up_exactly() -> None:
    small, large = "1E-30", "123456789.5"

    lines = read("costs", cost(large, project_id="a"), cost(small, project_id="a", api_source="agents_api")).costs
    rows = read(
        "embeddings", {"input_tokens": 3, "model": "m"}, {"input_tokens": 4, "num_model_requests": 1, "model": "m"}
    )

    assert [line.amount for line in lines] == [Decimal("123456789.500000000000000000000000000001")]
    assert [dict(row.metrics) for row in rows.usage] == [{"input_tokens": 7, "requests": 1}]


@pytest.mark.parametrize(
    ("line_item", "model"),
    [
        ("gpt-4o-mini-2024-07-18, input", "gpt-4o-mini-2024-07-18"),
        ("gpt-4o-mini-2024-07-18, output", "gpt-4o-mini-2024-07-18"),
        ("gpt-4o-mini-2024-07-18, cached input", "gpt-4o-mini-2024-07-18"),
        ("gpt-6-astra, input_tokens", "gpt-6-astra"),
        ("gpt-6-astra, cached_input_tokens", "gpt-6-astra"),
        ("gpt-6-astra, Cache write input", "gpt-6-astra"),
        ("gpt-realtime, cached audio input", "gpt-realtime"),
        ("gpt-image-1, image output", "gpt-image-1"),
        ("ft:gpt-4o:acme, inc:x, output", "ft:gpt-4o:acme, inc:x"),
        ("web search tool calls", None),
        ("credits, promotional", None),
        ("gpt-5, flex", None),
        ("gpt-5,input", None),
        ("input", None),
        (", input", None),
        ("", None),
    ],
)
def test_the_model_is_taken_from_a_line_item_only_where_a_known_component_follows(
    line_item: str, model: str | None
) -> None:
    assert model_of(line_item) == model


def test_unknown_fields_do_no_harm_and_unknown_kinds_of_results_are_told() -> None:
    rows = [
        {"object": "organization.usage.completions.result", "input_tokens": 1, "vision_tokens": 9, "new": {"a": []}},
        {"object": "organization.usage.dreams.result", "dreams": 4},
    ]

    parsed = parse(endpoint("completions"), "openai", RawBucket(START, END, rows), END, {})

    assert [dict(row.metrics) for row in parsed.bucket.usage] == [{"input_tokens": 1}]
    assert parsed.unknown == {"organization.usage.dreams.result"}


@pytest.mark.parametrize("value", ["many", True, [1], {}, 2**63, "1E+30", "NaN"])
def test_an_unreadable_count_fails_the_whole_bucket(value: Any) -> None:
    with pytest.raises(SourceError, match="input_tokens"):
        read("completions", {"input_tokens": 1}, {"input_tokens": value})


@pytest.mark.parametrize(("value", "seconds"), [("12", 12), (Decimal("12.0"), 12), (Decimal("12.01"), 13), (0, 0)])
def test_counts_may_be_text_or_have_a_fraction_which_counts_as_one_more(value: Any, seconds: int) -> None:
    assert read("audio_transcriptions", {"seconds": value}).usage[0].metrics == {"seconds": seconds}


def test_null_counts_are_not_reported() -> None:
    row = {"input_tokens": 1, "output_tokens": 0, "input_audio_tokens": None}

    assert read("completions", row).usage[0].metrics == {"input_tokens": 1, "output_tokens": 0}


@pytest.mark.parametrize("value", [["proj"], {"id": "proj"}, 7])
def test_a_dimension_that_is_no_text_fails_the_whole_bucket(value: Any) -> None:
    with pytest.raises(SourceError, match=r"dimension|project_id"):
        read("costs", cost(1, project_id=value))


def test_hostile_ids_are_made_storable() -> None:
    (line,) = read("costs", cost(1, project_id="a\x00b\u202e\ud800c", api_key_id="", line_item="x" * 900)).costs

    assert line.series.project == "a b c"
    assert line.series.api_key is None
    assert len(line.series.line_item or "") == 500


def test_an_error_shows_hostile_text_cut_and_printable() -> None:
    with pytest.raises(SourceError) as caught:
        read("costs", cost("\x1b[2J" + "9" * 5000 + "x"))

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_series_are_shared_between_buckets() -> None:
    cache: dict[Any, Series] = {}
    raw = RawBucket(START, END, [cost(1, project_id="a")])

    first = parse(COSTS, "openai", raw, END, cache).bucket
    second = parse(COSTS, "openai", raw, END, cache).bucket

    assert first.costs[0].series is second.costs[0].series
