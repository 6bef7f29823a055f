from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Bucket, Series
from budgetbot.sources.litellm_client import page_of
from budgetbot.sources.litellm_parse import Day, Key, contradicts, key_id

PAYLOADS = Path(__file__).parent.parent / "payloads" / "litellm"
DAY = date(2026, 3, 9)
CI = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
GONE = "b94d5e0bc3a71a573917fe1335dc0c14728c7016337451af9714924ff3a729db"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / name).read_text(), parse_float=Decimal)


def series(**dimensions: str) -> Series:
    return Series("litellm", "proxy", **dimensions)


def parsed(*raws: Any) -> Bucket:
    day = Day("proxy")
    for raw in raws:
        day.add(raw)
    return day.bucket("activity", DAY)


def result(spend: object, models: Any = None, **metrics: object) -> dict[str, Any]:
    return {"date": "2026-03-09", "metrics": {"spend": spend, **metrics}, "breakdown": {"models": models or {}}}


def amounts(bucket: Bucket) -> dict[Series, Decimal]:
    assert len({line.series for line in bucket.costs}) == len(bucket.costs)
    return {line.series: line.amount for line in bucket.costs}


def test_a_day_is_split_by_model_key_and_team_and_sums_to_its_spend_exactly() -> None:
    bucket = parsed(payload("activity.json")["results"][0])

    assert amounts(bucket) == {
        series(model="gpt-4o-mini", api_key=CI, project="team-research"): Decimal("0.06"),
        series(model="gpt-4o-mini"): Decimal("0.04"),
        series(model="claude-sonnet-4-5", api_key=GONE): Decimal("0.2"),
        series(): Decimal("0.00000000000000004"),
    }
    assert {line.currency for line in bucket.costs} == {"USD"}
    assert (bucket.end - bucket.start).days == 1


def test_usage_is_split_the_same_way_and_sums_to_the_day() -> None:
    rows = {row.series: row.metrics for row in parsed(payload("activity.json")["results"][0]).usage}

    assert rows[series(model="claude-sonnet-4-5", api_key=GONE)] == {
        "requests": 2, "input_tokens": 500, "output_tokens": 100,
        "input_cached_tokens": 400, "input_cache_write_tokens": 100,
    }  # fmt: skip
    assert rows[series(model="gpt-4o-mini")] == {"requests": 2, "input_tokens": 400, "output_tokens": 80}
    assert sum(row["requests"] for row in rows.values()) == 7
    assert series() not in rows


def test_the_flat_shape_of_the_documentation_is_read_too() -> None:
    bucket = parsed(payload("documented.json")["results"][0])

    assert amounts(bucket) == {
        series(model="gpt-4o-mini"): Decimal("0.00001095"),
        series(): Decimal("0.0177072") - Decimal("0.00001095"),
    }
    assert [dict(row.metrics)["requests"] for row in bucket.usage] == [1, 10]


def test_a_day_without_a_breakdown_is_one_line() -> None:
    assert amounts(parsed({"date": "2026-03-09", "metrics": {"spend": 3}})) == {series(): 3}


def test_a_day_of_nothing_is_an_empty_bucket() -> None:
    bucket = parsed(result(0, api_requests=0))

    assert (bucket.costs, bucket.usage) == ((), ())


def test_parts_of_a_day_from_several_pages_are_added_up() -> None:
    def part(spend: str) -> dict[str, Any]:
        of_key = {"metrics": {"spend": Decimal(spend), "api_requests": 1}, "metadata": {"team_id": "t"}}
        model = {"metrics": {"spend": Decimal(spend), "api_requests": 1}, "api_key_breakdown": {"k": of_key}}
        return result(Decimal(spend), {"m": model}, api_requests=1)

    bucket = parsed(part("0.1"), part("0.2"))

    assert amounts(bucket) == {series(model="m", api_key="k", project="t"): Decimal("0.3")}
    assert [row.metrics for row in bucket.usage] == [{"requests": 2}]


def test_a_breakdown_that_says_more_than_the_day_is_kept_and_told() -> None:
    more = parsed(result(1, {"m": {"metrics": {"spend": 3}}}))
    rounding = parsed(result(Decimal("0.3"), {"m": {"metrics": {"spend": Decimal("0.30000000000000004")}}}))

    assert sum(amounts(more).values()) == 1
    assert contradicts(more)
    assert amounts(rounding)[series()] == Decimal("-0.00000000000000004")
    assert not contradicts(rounding)


money = st.floats(0, 1e6).map(lambda value: Decimal(repr(value)))
breakdowns = st.dictionaries(
    st.sampled_from(["a", "b", ""]), st.tuples(money, st.dictionaries(st.sampled_from(["k", "l", ""]), money))
)


@given(st.lists(st.tuples(money, breakdowns), max_size=4))
def test_whatever_the_breakdown_says_the_day_is_its_total(pages: list[tuple[Decimal, Any]]) -> None:
    def raw(spend: Decimal, models: Any) -> dict[str, Any]:
        by_model = {}
        for model, (whole, keys) in models.items():
            by_key = {key: {"metrics": {"spend": part}} for key, part in keys.items()}
            by_model[model] = {"metrics": {"spend": whole}, "api_key_breakdown": by_key}
        return result(spend, by_model)

    bucket = parsed(*(raw(spend, models) for spend, models in pages))

    assert sum(Fraction(line.amount) for line in bucket.costs) == sum(Fraction(spend) for spend, _ in pages)


def test_what_is_said_of_keys_is_collected() -> None:
    day = Day("proxy")

    day.add(payload("activity.json")["results"][0])

    assert day.keys == {
        CI: Key("ci", "team-research", None, "ml-lead@example.com", True),
        GONE: Key(None, None, None, None, False),
    }


def test_a_key_that_came_as_it_is_never_leaves_the_parser() -> None:
    secret = "sk-live-0123456789"

    assert key_id(secret) == hashlib.sha256(secret.encode()).hexdigest()
    assert key_id("") is None
    assert key_id("a\x1b[31mb") == "a [31mb"


@pytest.mark.parametrize(
    "raw",
    [
        {"date": "2026-03-09"},
        {"metrics": {}},
        {"metrics": {"spend": None}},
        {"metrics": {"spend": "much"}},
        {"metrics": {"spend": 1, "prompt_tokens": Decimal("0.5")}},
        {"metrics": {"spend": 1}, "breakdown": []},
        {"metrics": {"spend": 1}, "breakdown": {"models": []}},
        {"metrics": {"spend": 1}, "breakdown": {"models": {"m": None}}},
        {"metrics": {"spend": 1}, "breakdown": {"models": {"m": {"metrics": {}}}}},
        {"metrics": {"spend": 1}, "breakdown": {"models": {"m": {"spend": 1, "api_key_breakdown": {"k": 3}}}}},
        {"metrics": {"spend": 1}, "breakdown": {"models": {"m": {"spend": 1, "api_key_breakdown": [1]}}}},
    ],
)
def test_a_day_that_cannot_be_read_is_an_error(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(raw)


def page(number: int = 1, **metadata: Any) -> dict[str, Any]:
    return {"results": [result(1)], "metadata": {"page": number, **metadata}}


def test_a_page_tells_its_days_and_whether_more_follow() -> None:
    assert page_of(page(total_pages=2, has_more=True), 1)[1:] == (2, True)
    assert page_of(page(2, total_pages=2, has_more=False), 2)[1:] == (2, False)
    assert page_of(page(total_pages=2), 1).more
    assert page_of(page(has_more=True), 1)[1:] == (None, True)
    assert list(page_of(payload("activity.json"), 1).days) == [DAY]
    assert not page_of({"results": [], "metadata": {"page": 1, "total_pages": 0, "has_more": False}}, 1).more


def test_a_server_that_says_nothing_of_pages_is_believed_where_its_total_is_that_of_its_days() -> None:
    assert not page_of(payload("documented.json"), 1).more
    with pytest.raises(ValueError, match="total_spend"):
        page_of({"results": [result(1)], "metadata": {"total_spend": Decimal("1.5")}}, 1)
    with pytest.raises(ValueError, match="more may be missing"):
        page_of({"results": [result(1)], "metadata": {}}, 1)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (None, "results"),
        ({"results": {}}, "results"),
        ({"results": [{}]}, "no date"),
        ({"results": [{"date": "yesterday"}]}, "isoformat"),
        ({"results": [result(1), result(2)], "metadata": {"has_more": False}}, "twice"),
        (page(2, has_more=False), "page 2"),
        (page(total_pages=-1), "total_pages"),
        (page(total_pages="many"), "total_pages"),
        (page(total_pages=3, has_more=False), "has_more is False"),
        ({"results": [], "metadata": {"has_more": True}}, "empty"),
    ],
)
def test_a_page_that_contradicts_itself_is_an_error(body: Any, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        page_of(body, 1)
