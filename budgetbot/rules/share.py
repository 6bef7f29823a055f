"""Shares as people write them: 80%, 99.9 %. Exact, in parts per billion."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.money import exact
from budgetbot.rules.wrong import shown

WHOLE = 10**9
MOST = 10 * WHOLE
"""1000 %: of the largest amount, this still fits 64 bits."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an amount, in parts per billion, as written."""

    text: str
    parts: int

    def line(self, amount: int) -> int:
        """The share of an amount, rounded up: reached means reached."""
        return -(-amount * self.parts // WHOLE)

    def most(self, amount: int) -> int:
        """The share of an amount, rounded down: never more than it."""
        return amount * self.parts // WHOLE


def share(text: str) -> Share | None:
    """From "80%"; None for what is no share above nothing, or finer than a billionth."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s?%", text)
    parts = exact(found[1]) * WHOLE / 100 if found else Decimal(0)
    if not found or parts <= 0 or parts != parts.to_integral_value():
        return None
    return Share(f"{exact(found[1]).normalize():f}%", int(parts))


def _within(most: int, words: str, above: int = 0) -> BeforeValidator:
    def validated(value: object) -> object:
        found = value if isinstance(value, Share) else share(value.strip()) if isinstance(value, str) else None
        if found is None or not above < found.parts <= most:
            raise ValueError(f"{shown(value)} is not {words}")
        return found

    return BeforeValidator(validated)


def _schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


ForecastField: TypeAlias = Annotated[
    Share, _within(MOST, "a share of the amount; write one above 0% and up to 1000%, such as 100%"), _schema("100%")
]
ProbabilityField: TypeAlias = Annotated[
    Share,
    _within(WHOLE * 999 // 1000, "a probability; write one above 50% and up to 99.9%, such as 90%", WHOLE // 2),
    _schema("90%"),
]
CarriedField: TypeAlias = Annotated[
    Share, _within(WHOLE, "a share of the amount; write one above 0% and up to 100%, such as 20%"), _schema("20%")
]
