"""Usage at list price: every unit by its own price, none twice, nothing at zero for want of a price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Series
from budgetbot.core.money import NANO, Nano, nano
from budgetbot.core.pricing import DEAR, Asked, Rates, Used, Weight, components, items, weigh

HOUR = datetime(2026, 3, 10, 9, tzinfo=UTC)
RATES: Rates = {
    "input": Decimal(8),
    "cached input": Decimal(1),
    "cache write": Decimal(10),
    "cache write 1h": Decimal(16),
    "audio input": Decimal(40),
    "cached audio input": Decimal(4),
    "image input": Decimal(20),
    "cached image input": Decimal(2),
    "output": Decimal(64),
    "audio output": Decimal(80),
    "image output": Decimal(50),
}
PROMPT = {
    "input_tokens": 1_000,
    "input_cached_tokens": 300,
    "input_cached_audio_tokens": 20,
    "input_cached_image_tokens": 30,
    "input_cache_write_tokens": 100,
    "input_cache_write_1h_tokens": 40,
    "input_audio_tokens": 50,
    "input_image_tokens": 60,
    "output_tokens": 500,
    "output_audio_tokens": 70,
    "output_image_tokens": 80,
    "requests": 10,
}


def used(metrics: Mapping[str, int], model: str | None = "gpt-5", report: str = "completions", **more: str) -> Used:
    return Used(report, Series("openai", "openai", model=model, **more), HOUR, HOUR + timedelta(hours=1), metrics)


def at(rates: Mapping[str, Rates]) -> Book:
    return Book(rates)


class Book:
    """Prices by model, and what they were asked for."""

    def __init__(self, rates: Mapping[str, Rates]) -> None:
        self.rates = rates
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Rates | None:
        self.asked.append(asked)
        return self.rates.get(asked.model)


def amounts(weights: list[Weight]) -> dict[str, Nano]:
    return {weight.items[0]: weight.amount for weight in weights}


def test_every_part_of_a_prompt_and_an_answer_is_priced_by_its_own_unit() -> None:
    assert components(PROMPT) == {
        "input": 1_000 - 300 - 100 - 50 - 60,
        "cached input": 300 - 20 - 30,
        "cache write": 60,
        "cache write 1h": 40,
        "audio input": 50,
        "cached audio input": 20,
        "image input": 60,
        "cached image input": 30,
        "output": 500 - 70 - 80,
        "audio output": 70,
        "image output": 80,
    }
    told = amounts(weigh([used(PROMPT)], at({"gpt-5": RATES})))
    assert told == {f"gpt-5, {part}": nano(RATES[part] * count) for part, count in components(PROMPT).items()}


@given(st.data())
def test_no_token_is_counted_twice_and_none_is_lost(data: st.DataObject) -> None:
    def part(most: int) -> int:
        return data.draw(st.integers(0, most))

    whole = part(10_000)
    cached = part(whole)
    written = part(whole - cached)
    audio = part(whole - cached - written)
    image = part(whole - cached - written - audio)
    cached_audio = part(cached)
    out = part(10_000)
    out_audio = part(out)
    metrics = {
        "input_tokens": whole,
        "input_cached_tokens": cached,
        "input_cached_audio_tokens": cached_audio,
        "input_cached_image_tokens": part(cached - cached_audio),
        "input_cache_write_tokens": written,
        "input_cache_write_1h_tokens": part(written),
        "input_audio_tokens": audio,
        "input_image_tokens": image,
        "output_tokens": out,
        "output_audio_tokens": out_audio,
        "output_image_tokens": part(out - out_audio),
    }

    assert sum(components(metrics).values()) == whole + out


@pytest.mark.parametrize(
    ("metrics", "found"),
    [
        ({"images": 3}, {"image": 3}),
        ({"characters": 7}, {"character": 7}),
        ({"seconds": 5}, {"second": 5}),
        ({"sessions": 2}, {"session": 2}),
        ({"requests": 9}, {}),
        ({}, {}),
        # parts that exceed their whole are the provider's slip: nothing goes below nothing
        ({"input_tokens": 10, "input_cached_tokens": 30}, {"cached input": 30}),
    ],
)
def test_what_is_no_token_has_a_unit_of_its_own(metrics: dict[str, int], found: dict[str, int]) -> None:
    assert components(metrics) == found


def test_finer_rates_than_a_nano_dollar_are_rounded_once_per_row_and_not_per_token() -> None:
    rates: Rates = {"input": Decimal("0.0000000004"), "output": Decimal("0.000000075")}

    told = weigh([used({"input_tokens": 1_000_001, "output_tokens": 3})], at({"gpt-5": rates}))

    assert amounts(told) == {"gpt-5, input": 400_000, "gpt-5, output": 225}


def test_a_model_without_a_price_counts_at_the_dearest_siblings_price_and_says_so() -> None:
    cheap: Rates = {"input": Decimal(1), "output": Decimal(9)}
    dear: Rates = {"input": Decimal(5), "output": Decimal(2)}
    usage = {"input_tokens": 10, "output_tokens": 10}
    book = at({"a": cheap, "b": dear})

    told = weigh([used(usage, "new"), used(usage, "a"), used(usage, "b")], book)

    new = [weight for weight in told if weight.series.model == "new"]
    assert amounts(new) == {"new, input": 50 * NANO, "new, output": 90 * NANO}
    assert [weight.priced for weight in new] == [False, False]
    assert all(weight.priced for weight in told if weight.series.model != "new")


def test_a_part_that_a_priced_model_has_no_rate_for_counts_at_the_dearest_siblings() -> None:
    book = at({"a": {"input": Decimal(1)}, "b": {"image": Decimal(3)}})

    told = weigh([used({"input_tokens": 10, "images": 2}, "a"), used({"images": 1}, "b")], book)

    assert [(w.items[0], w.amount, w.priced) for w in told] == [
        ("a, input", 10 * NANO, True),
        ("b, image", 3 * NANO, True),
        ("a, image", 6 * NANO, False),
    ]


def test_where_no_sibling_has_a_price_either_it_counts_as_at_a_dear_model_and_never_at_zero() -> None:
    told = weigh([used(PROMPT | {"images": 1, "characters": 1, "seconds": 1, "sessions": 1}, "new")], at({}))

    assert {w.items[0].removeprefix("new, ") for w in told} == set(DEAR)
    assert all(w.amount > 0 and not w.priced for w in told)


def test_what_is_free_by_nature_is_not_unpriced_but_the_policy_may_price_it() -> None:
    row = used({"input_tokens": 10}, "omni-moderation", "moderations")

    assert weigh([row], at({})) == []
    assert amounts(weigh([row], at({"omni-moderation": RATES}))) == {"omni-moderation, input": 80 * NANO}


def test_a_price_of_nothing_is_a_price() -> None:
    told = weigh([used({"input_tokens": 10})], at({"gpt-5": {"input": Decimal(0)}}))

    assert [(weight.amount, weight.priced) for weight in told] == [(0, True)]


def test_prices_are_asked_for_by_day_tier_batch_and_the_mean_request() -> None:
    book = at({"gpt-5": RATES})

    weigh([used({"input_tokens": 900_000, "requests": 3}, service_tier="flex", batch="true")], book)
    weigh([used({"input_tokens": 900_000}), used({"output_tokens": 1, "requests": 0})], book)

    day = datetime(2026, 3, 10, tzinfo=UTC)
    assert book.asked == [
        Asked("openai", "gpt-5", day, "flex", True, 300_000),
        Asked("openai", "gpt-5", day, None, False, 900_000),
        Asked("openai", "gpt-5", day, None, False, 0),
    ]


@pytest.mark.parametrize(
    ("component", "names"),
    [
        ("input", ("gpt-5, input", "gpt-5")),
        ("cached input", ("gpt-5, cached input", "gpt-5")),
        ("cached audio input", ("gpt-5, cached audio input", "gpt-5, cached input", "gpt-5")),
        ("audio output", ("gpt-5, audio output", "gpt-5, output", "gpt-5")),
        ("cache write 1h", ("gpt-5, cache write 1h", "gpt-5, input", "gpt-5")),
        ("image", ("gpt-5, image", "gpt-5")),
    ],
)
def test_a_bill_may_name_a_part_finely_coarsely_or_by_the_model(component: str, names: tuple[str, ...]) -> None:
    assert items("gpt-5", component) == names


@pytest.mark.parametrize(
    ("report", "metrics", "hours", "item", "dollars"),
    [
        ("web_search_calls", {"calls": 30}, 1, "web search tool calls", "0.30"),
        ("file_search_calls", {"calls": 4}, 1, "file search tool calls", "0.01"),
        ("code_interpreter_sessions", {"sessions": 3}, 1, "code interpreter sessions", "0.09"),
        ("vector_stores", {"bytes": 2**31}, 24, "file search storage", "0.20"),
        ("vector_stores", {"bytes": 2**31}, 12, "file search storage", "0.10"),  # for as long as it was there
    ],
)
def test_tools_are_priced_by_their_calls_sessions_and_bytes(
    report: str, metrics: dict[str, int], hours: int, item: str, dollars: str
) -> None:
    start = HOUR.replace(hour=0)
    row = Used(report, Series("openai", "openai"), start, start + timedelta(hours=hours), metrics)

    assert amounts(weigh([row], at({}))) == {item: nano(Decimal(dollars))}
    assert amounts(weigh([row], at({item: {"call": Decimal(0), "session": Decimal(0), "storage": Decimal(0)}}))) == {
        item: 0
    }


def test_a_tool_that_was_not_used_weighs_nothing() -> None:
    assert weigh([used({}, None, "web_search_calls")], at({})) == []
