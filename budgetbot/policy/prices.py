"""Prices that the policy sets: what a model costs where the price table does not know it, or knows it wrongly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from budgetbot.core.match import Match, Patterns
from budgetbot.core.money import exact
from budgetbot.core.pricing import Price
from budgetbot.rules.fields import PatternsField, Strict, as_date
from budgetbot.rules.wrong import shown

_PER: Mapping[str, Decimal] = {"1M": Decimal(10**6), "1K": Decimal(1000), "1": Decimal(1)}
_SINGLE = ("image", "second", "session", "call")
_CONDITIONS = frozenset({"model", "provider", "service_tier", "batch", "per", "since"})


def _price(value: object) -> object:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value).strip().removeprefix("$")
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,18})?", text):
        raise ValueError(f"{shown(value)} is not a price; write a number such as 3.75")
    return exact(text)


def _per(value: object) -> object:
    if str(value) in _PER and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{shown(value)} is no number of units; write one of {', '.join(_PER)}")


def _since(value: object) -> object:
    return value if isinstance(value, date) else as_date(value)


PriceField: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(_price),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": [3.75]}),
]
_PER_SCHEMA: dict[str, Any] = {"enum": [*_PER, 1]}
PerField: TypeAlias = Annotated[Literal["1M", "1K", "1"], BeforeValidator(_per), WithJsonSchema(_PER_SCHEMA)]
SinceField: TypeAlias = Annotated[
    date, BeforeValidator(_since), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-01"]})
]


class PriceEntry(Strict):
    """A price of your own: it comes before the price table, from a day on; estimates use it until the bill is in."""

    model: PatternsField = Patterns()
    """Which models, by pattern; absent = any, also use that names no model; none = only such use."""
    provider: PatternsField = Patterns()
    """Of which provider; absent = any."""
    service_tier: PatternsField = Patterns()
    """In which service tier; absent = any."""
    batch: PatternsField = Patterns()
    """true for batch requests alone, false for the others; absent = both."""
    input: PriceField | None = None
    """Input tokens."""
    cached_input: PriceField | None = None
    """Input tokens that were read from a cache; absent = as input, or as the price table says."""
    cache_write: PriceField | None = None
    """Input tokens that were written to a cache."""
    cache_write_1h: PriceField | None = None
    """Input tokens that were written to a cache for an hour."""
    audio_input: PriceField | None = None
    """Input tokens of audio."""
    cached_audio_input: PriceField | None = None
    """Input tokens of audio that were read from a cache."""
    image_input: PriceField | None = None
    """Input tokens of images."""
    cached_image_input: PriceField | None = None
    """Input tokens of images that were read from a cache."""
    output: PriceField | None = None
    """Output tokens."""
    audio_output: PriceField | None = None
    """Output tokens of audio."""
    image_output: PriceField | None = None
    """Output tokens of images."""
    character: PriceField | None = None
    """Characters that were spoken."""
    image: PriceField | None = None
    """One image."""
    second: PriceField | None = None
    """One second of audio."""
    session: PriceField | None = None
    """One session of a tool; `model` is what the bill calls it: "code interpreter sessions"."""
    call: PriceField | None = None
    """One call of a tool; `model` is what the bill calls it: "web search tool calls"."""
    per: PerField = "1M"
    """For how many tokens or characters the prices are: 1M, 1K or 1."""
    since: SinceField | None = None
    """From which day on (UTC); absent = always."""

    @model_validator(mode="after")
    def _some(self) -> PriceEntry:
        if not self.rates():
            raise ValueError("a price without any price; write input and output, or another one such as image")
        return self

    def rates(self) -> dict[str, Decimal]:
        """Money for one unit, by component."""
        found: dict[str, Decimal] = {}
        for name in type(self).model_fields:
            price = None if name in _CONDITIONS else getattr(self, name)
            if price is not None:
                found[name.replace("_", " ")] = price if name in _SINGLE else price / _PER[self.per]
        return found

    def price(self) -> Price:
        """As the program uses it."""
        fields = (("model", self.model), ("provider", self.provider))
        narrower = (("service_tier", self.service_tier), ("batch", self.batch))
        return Price(Match((*fields, *narrower)), self.rates(), self.since or date.min)
