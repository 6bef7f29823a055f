from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Series
from budgetbot.sources.openrouter_key import ApiKey, api_key
from budgetbot.sources.openrouter_parse import contradicts, parse

PAYLOADS = Path(__file__).parent.parent / "payloads" / "openrouter"
DAY = date(2025, 8, 24)
WORKSPACE = "550e8400-e29b-41d4-a716-446655440000"
MODEL = "openai/gpt-4.1-2025-04-14"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text(), parse_float=Decimal)


def series(**dimensions: str) -> Series:
    return Series("openrouter", "or", **dimensions)


def row(usage: Decimal, **facts: Any) -> dict[str, Any]:
    return {"date": "2025-08-24", "model": "m", "provider_name": "p", "usage": usage, "requests": 1, **facts}


def test_a_day_is_split_by_model_provider_and_workspace() -> None:
    bucket = parse("activity", "or", DAY, payload("activity.json")["data"], {})

    openai = series(project=WORKSPACE, model=MODEL, line_item="OpenAI")
    azure = series(project=WORKSPACE, model=MODEL, line_item="Azure")
    assert {line.series: line.amount for line in bucket.costs} == {openai: Decimal("0.0150123"), azure: Decimal("0.5")}
    assert {row.series: row.metrics for row in bucket.usage} == {
        openai: {"requests": 6, "input_tokens": 70, "output_tokens": 135},
        azure: {"requests": 2, "input_tokens": 20, "output_tokens": 10},
    }
    assert (bucket.start, bucket.end) == (datetime(2025, 8, 24, tzinfo=UTC), datetime(2025, 8, 25, tzinfo=UTC))


def test_what_other_providers_bill_is_no_cost_and_its_tokens_count() -> None:
    bucket = parse("activity", "or", DAY, [row(Decimal(0), byok_usage_inference=Decimal("17.38"))], {})

    assert [line.amount for line in bucket.costs] == [0]
    assert [used.metrics for used in bucket.usage] == [{"requests": 1}]


def test_the_slug_names_the_model_where_there_is_no_permaslug() -> None:
    (line,) = parse("activity", "or", DAY, [row(Decimal(1))], {}).costs

    assert line.series.model == "m"


def test_keys_that_say_more_than_the_account_do_not_change_its_total() -> None:
    bucket = parse("activity", "or", DAY, [row(Decimal(1))], {"k": [row(Decimal(3), provider_name="other")]})

    assert sum(line.amount for line in bucket.costs) == 1
    assert contradicts(bucket)


money = st.floats(0, 1e6).map(lambda value: Decimal(repr(value)))
rows = st.lists(st.builds(row, money, model=st.sampled_from("ab"), provider_name=st.sampled_from("xy")), max_size=5)


@given(rows, st.dictionaries(st.sampled_from(["k", "l"]), rows))
def test_whatever_the_keys_say_the_day_is_that_of_the_account(whole: Any, of_keys: Any) -> None:
    bucket = parse("activity", "or", DAY, whole, of_keys)

    assert sum(Fraction(line.amount) for line in bucket.costs) == sum(Fraction(one["usage"]) for one in whole)
    assert sum(used.metrics.get("requests", 0) for used in bucket.usage) == len(whole)


def test_a_key_is_read_as_it_is_listed() -> None:
    key = api_key(payload("key.json"))

    assert key == ApiKey(
        hash="f01d52606dc8f0a8303a7b5cc3fa07109c2e346cec7c0a16b40de462992ce943",
        name="My Production Key",
        disabled=False,
        limit=Decimal(100),
        limit_remaining=Decimal("74.5"),
        limit_reset="monthly",
        usage=Decimal("25.5"),
        byok_usage=Decimal("17.38"),
        created_at=datetime(2025, 8, 24, 10, 30, tzinfo=UTC),
        workspace_id="0df9e665-d932-5740-b2c7-b52af166bc11",
    )


def test_a_key_of_which_little_is_known_is_read_too() -> None:
    assert api_key({"hash": "h", "created_at": "some day"}) == ApiKey(
        "h", None, False, None, None, None, Decimal(0), Decimal(0), None, None
    )
