"""The kinds of values that rules share: matches, amounts, levels, durations, periods. Strict at the door.

Every validator raises ValueError with what is wrong and, after a semicolon, what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from budgetbot.core.money import NANO, Nano, exact, nano
from budgetbot.rules.matching import MatchField as MatchField
from budgetbot.rules.matching import PatternsField as PatternsField
from budgetbot.rules.matching import patterns as patterns
from budgetbot.rules.share import MOST, Share, share
from budgetbot.rules.when import DurationField as DurationField
from budgetbot.rules.when import PeriodField as PeriodField
from budgetbot.rules.when import ZoneField as ZoneField
from budgetbot.rules.when import as_date as as_date
from budgetbot.rules.wrong import shown

CURRENCY = re.compile(r"[A-Z]{3}")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
_NUMBER = re.compile(r"[0-9]{1,40}(\.[0-9]{1,40})?")
_MOST = 900_000_000  # times the highest level, in nano-units, this still fits the 64 bits of a database's integer


class Strict(BaseModel):
    """A part of a policy file: unknown keys are errors; the docstring under a field describes it to editors."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
        coerce_numbers_to_str=True,
    )


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as written: nano-units, and a currency where one was named."""

    nano: Nano
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class At:
    """Where a level's line lies: a share of the effective amount, or money of a currency."""

    text: str
    share: Share | None = None
    money: Nano | None = None
    currency: str | None = None

    def line(self, effective: Nano) -> Nano:
        """The line in nano-units, rounded up: reached means reached."""
        if self.money is not None:
            return self.money
        return self.share.line(effective) if self.share else 0


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _amount(value: object) -> object:
    if isinstance(value, Amount):
        return value
    text = _text(value)
    sign, number = (_SIGNS.get(text[:1]), text[1:]) if text[:1] in _SIGNS else (None, text)
    number, _, unit = number.partition(" ")
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", number):
        raise ValueError(f"{shown(text)} has a thousands comma; write {number.replace(',', '')}")
    if not _NUMBER.fullmatch(number.removeprefix("-")) or (unit and not CURRENCY.fullmatch(unit)) or (sign and unit):
        raise ValueError(f'{shown(value)} is not an amount of money; write 5000, 49.50, "$5000" or "5000 EUR"')
    money = nano(exact(number))
    if money <= 0:
        raise ValueError(f"{shown(value)} is not above zero; write a positive amount such as 5000")
    if money > _MOST * NANO:
        raise ValueError(f"{shown(value)} is more than can be kept exactly; write at most {_MOST}")
    return Amount(money, sign or unit or None)


def _at(value: object) -> object:
    if isinstance(value, At):
        return value
    text = _text(value)
    if text[:1].isdigit() and text.endswith("%"):
        part = share(text)
        if part is None or part.parts > MOST:
            raise ValueError(f"{shown(text)} is not a level; write a share above 0% and up to 1000%, such as 80%")
        return At(part.text, share=part)
    if text[:1] in _SIGNS or CURRENCY.fullmatch(text.partition(" ")[2]):
        amount = _amount(text)
        assert isinstance(amount, Amount)  # noqa: S101
        return At(text, money=amount.nano, currency=amount.currency)
    if _NUMBER.fullmatch(text):
        percent = exact(text) * 100 if exact(text) <= 2 else exact(text)
        raise ValueError(f"{text} says neither percent nor money; write {percent.normalize():f}% or ${text}")
    raise ValueError(f"{shown(value)} is not a level; write a share such as 80% or money such as $4200")


AmountField: TypeAlias = Annotated[
    Amount, BeforeValidator(_amount), WithJsonSchema({"type": ["number", "string"], "examples": [5000, "5000 EUR"]})
]
AtField: TypeAlias = Annotated[
    At, BeforeValidator(_at), WithJsonSchema({"type": "string", "examples": ["80%", "$4200"]})
]
