from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from budgetbot.core.match import Match, Patterns
from budgetbot.core.pricing import Price
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from budgetbot.policy.prices import PriceEntry
from tests.policy.registries import REGISTRIES

REACH = "receivers: [{name: screen, console: {}}]\nroutes: [{to: [screen]}]\n"


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def read(*entries: str) -> Policy:
        file = tmp_path / "prices.yaml"
        file.write_text(REACH + "prices:\n" + "".join(f"  - {entry}\n" for entry in entries))
        return load_policy(file, REGISTRIES)

    return read


def test_a_price_is_read_exactly_and_for_one_unit(load: Any) -> None:
    policy = load('{model: "ft:gpt-4o-*", input: 3.75, output: 15, per: 1M, since: 2026-01-01}')

    (price,) = policy.prices
    assert isinstance(price, Price)
    assert (price.rates, price.since) == (
        {"input": Decimal("0.00000375"), "output": Decimal("0.000015")}, date(2026, 1, 1),
    )  # fmt: skip
    assert dict(price.match.fields)["model"] == Patterns(("ft:gpt-4o-*",))


@pytest.mark.parametrize(
    ("written", "rates"),
    [
        ("{character: 15}", {"character": "0.000015"}),
        ("{input: 0.01, per: 1K}", {"input": "0.00001"}),
        ("{input: 0.000002, per: 1}", {"input": "0.000002"}),
        ("{image: 0.042, per: 1K}", {"image": "0.042"}),
        ("{second: 0.0001, session: 0.03, call: 0.01}", {"second": "0.0001", "session": "0.03", "call": "0.01"}),
        ('{input: "$0.15"}', {"input": "0.00000015"}),
        ("{input: 0}", {"input": "0"}),
        ("{cached_input: 1, cache_write_1h: 2}", {"cached input": "0.000001", "cache write 1h": "0.000002"}),
        ("{input: 999999999.000000000000000001}", {"input": "999.999999000000000000000001"}),
    ],
)
def test_per_is_for_tokens_and_characters_and_the_rest_is_by_the_piece(
    load: Any, written: str, rates: dict[str, str]
) -> None:
    (price,) = load(written).prices

    assert price.rates == {name: Decimal(amount) for name, amount in rates.items()}


def test_absent_conditions_mean_everything_also_use_that_names_no_model(load: Any) -> None:
    (price,) = load("{provider: arthur, input: 0.15, output: 0.60}").prices

    assert price.match.meets({"provider": ("arthur",), "model": ()})
    assert price.match.meets({"provider": ("arthur",), "model": ("gpt-4o",)})
    assert not price.match.meets({"provider": ("openai",), "model": ()})


def test_batch_and_tier_narrow_a_price(load: Any) -> None:
    (price,) = load("{model: [gpt-4o, {not: gpt-4o-mini}], batch: true, service_tier: flex, input: 1}").prices

    assert price.match == Match(
        (
            ("model", Patterns(("gpt-4o",), ("gpt-4o-mini",))),
            ("provider", Patterns()),
            ("service_tier", Patterns(("flex",))),
            ("batch", Patterns(("true",))),
        )
    )


def test_the_order_of_prices_is_part_of_the_policy(load: Any) -> None:
    one, other = "{model: a, input: 1}", "{model: a, input: 2}"

    assert load(one, other).hash != load(other, one).hash


def test_every_component_that_is_priced_has_a_field() -> None:
    conditions = {"model", "provider", "service_tier", "batch", "per", "since"}
    parts = {name.replace("_", " ") for name in PriceEntry.model_fields.keys() - conditions}

    assert parts >= {"input", "cached input", "cache write", "cache write 1h", "audio input", "cached audio input",
                     "image input", "cached image input", "output", "audio output", "image output", "image",
                     "character", "second", "session"}  # fmt: skip
