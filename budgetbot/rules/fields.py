"""The kinds of values that rules share: matches, amounts, levels, durations, periods. Strict at the door.

Every validator raises ValueError with what is wrong and, after a semicolon, what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from budgetbot.core.match import Match, Patterns
from budgetbot.core.money import Nano, exact, nano
from budgetbot.core.period import Anchored, Between, Calendar, PeriodSpec, Rolling

CURRENCY = re.compile(r"[A-Z]{3}")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Strict(BaseModel):
    """A part of a policy file: unknown keys are errors; the docstring under a field describes it to editors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, arbitrary_types_allowed=True, populate_by_name=True
    )


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as written: nano-units, and a currency where one was named."""

    nano: Nano
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class At:
    """Where a level's line lies: a share of the effective amount (parts per billion), or money of a currency."""

    text: str
    share: int | None = None
    money: Nano | None = None
    currency: str | None = None

    def line(self, effective: Nano) -> Nano:
        """The line in nano-units, rounded up: reached means reached."""
        if self.money is not None:
            return self.money
        return -(-effective * (self.share or 0) // 10**9)


def _amount(value: object) -> object:
    if isinstance(value, Amount):
        return value
    text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    sign, number = (_SIGNS.get(text[:1]), text[1:]) if text[:1] in _SIGNS else (None, text)
    number, _, unit = number.partition(" ")
    if not re.fullmatch(r"-?\d+(\.\d+)?", number) or (unit and not CURRENCY.fullmatch(unit)) or (sign and unit):
        raise ValueError(f'{value!r} is not an amount of money; write 5000, 49.50, "$5000" or "5000 EUR"')
    money = nano(exact(number))
    if money <= 0:
        raise ValueError(f"{value!r} is not above zero; write a positive amount such as 5000")
    return Amount(money, sign or unit or None)


def _at(value: object) -> object:
    if isinstance(value, At):
        return value
    text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else repr(value)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?%", text)
    if found:
        share = exact(found[1]) * 10**7
        if share <= 0 or share != share.to_integral_value():
            raise ValueError(f"{text!r} is not a level; write a share above 0 % such as 80%")
        return At(text, share=int(share))
    if text[:1] in _SIGNS:
        amount = _amount(text)
        assert isinstance(amount, Amount)  # noqa: S101
        return At(text, money=amount.nano, currency=amount.currency)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        percent = exact(text) * 100 if exact(text) <= 2 else exact(text)
        raise ValueError(f"{text} says neither percent nor money; write {percent.normalize():f}% or ${text}")
    raise ValueError(f"{text!r} is not a level; write a share such as 80% or money such as $4200")


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d+)([smhdw])", value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is not a duration; write a number with s, m, h, d or w, such as 10m or 6h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _zone(value: object) -> object:
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError(f"{value!r} is not a time zone; write an IANA name such as UTC or Europe/Berlin")
    return ZoneInfo(value)


def _pattern(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"{value!r} is not a pattern; write an id, a name or a glob such as ci-*")
    text = str(value)
    if not text or text != text.strip():
        raise ValueError(f"{text!r} is not a pattern; write an id, a name or a glob without blanks around it")
    if "[" in text or "]" in text:
        raise ValueError(
            f"{text!r} is a bad glob: only * and ? are globs; write ? for one character, a bracket included"
        )
    return text


def patterns(value: object) -> Patterns:
    """One field of a match: a pattern, a list of patterns, or `not` with one or a list. Raises ValueError."""
    wanted: list[str] = []
    unwanted: list[str] = []
    items = value if isinstance(value, list) else [value]
    if not items:
        raise ValueError("an empty list matches nothing; name at least one pattern, or leave the field out")
    for item in items:
        if isinstance(item, Mapping):
            if set(item) != {"not"}:
                raise ValueError(f"{sorted(map(str, item))} is not understood here; write {{not: pattern}}")
            negated = item["not"]
            unwanted += [_pattern(p) for p in (negated if isinstance(negated, list) else [negated])]
        else:
            wanted.append(_pattern(item))
    return Patterns(tuple(wanted), tuple(unwanted))


def _match(value: object) -> object:
    if isinstance(value, Match):
        return value
    if value is None:
        return Match()
    if not isinstance(value, Mapping):
        raise ValueError("a match is a mapping; write dimension: pattern, such as {project: research*}")
    return Match(tuple((str(name), patterns(wanted)) for name, wanted in value.items()))


def _period(value: object) -> object:
    if isinstance(value, Calendar | Rolling | Anchored | Between):
        return value
    units = ("hour", "day", "week", "month", "quarter", "year")
    if isinstance(value, str) and value in units:
        return Calendar(value)  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        spec = _period_mapping(value)
        if spec is not None:
            return spec
    raise ValueError(
        f"{_brief(value)} is not a period; write one of {', '.join(units)}, {{rolling: 30d}}, "
        "{every: month, from: 15} or {from: 2026-01-01, until: 2026-07-01}"
    )


def _period_mapping(value: Mapping[Any, Any]) -> PeriodSpec | None:
    if set(value) == {"rolling"}:
        length = _duration(value["rolling"])
        assert isinstance(length, timedelta)  # noqa: S101
        if length < timedelta(hours=1) or length % timedelta(hours=1):
            raise ValueError("a rolling period is whole hours or days; write {rolling: 30d} or {rolling: 6h}")
        return Rolling(length)
    if set(value) == {"every", "from"} and value["every"] == "month":
        day = value["from"]
        if not isinstance(day, int | Decimal) or not 1 <= day <= 31 or day != int(day):
            raise ValueError("a fiscal month begins on a day from 1 to 31; write {every: month, from: 15}")
        return Anchored(int(day))
    if set(value) == {"from", "until"}:
        first, until = as_date(value["from"]), as_date(value["until"])
        if first >= until:
            raise ValueError("the period ends before it begins; write an until after from")
        return Between(first, until)
    return None


def as_date(value: object) -> date:
    """A calendar date from YAML (a date, or "2026-11-20"). Raises ValueError."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{_brief(value)} is not a date; write it like 2026-11-20") from None


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_PATTERN_SCHEMA: dict[str, Any] = {"type": ["string", "integer"]}
_NOT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"not": {"anyOf": [_PATTERN_SCHEMA, {"type": "array", "items": _PATTERN_SCHEMA}]}},
    "required": ["not"],
    "additionalProperties": False,
}
_FIELD_SCHEMA: dict[str, Any] = {
    "anyOf": [_PATTERN_SCHEMA, _NOT_SCHEMA, {"type": "array", "items": {"anyOf": [_PATTERN_SCHEMA, _NOT_SCHEMA]}}]
}
_PERIOD_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": ["hour", "day", "week", "month", "quarter", "year"]},
        {"type": "object", "properties": {"rolling": {"type": "string"}}, "required": ["rolling"]},
        {"type": "object", "properties": {"every": {"const": "month"}, "from": {}}, "required": ["every", "from"]},
        {"type": "object", "properties": {"from": {}, "until": {}}, "required": ["from", "until"]},
    ]
}

MatchField: TypeAlias = Annotated[
    Match, BeforeValidator(_match), WithJsonSchema({"type": "object", "additionalProperties": _FIELD_SCHEMA})
]
AmountField: TypeAlias = Annotated[
    Amount, BeforeValidator(_amount), WithJsonSchema({"type": ["number", "string"], "examples": [5000, "5000 EUR"]})
]
AtField: TypeAlias = Annotated[
    At, BeforeValidator(_at), WithJsonSchema({"type": "string", "examples": ["80%", "$4200"]})
]
DurationField: TypeAlias = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": r"^\d+[smhdw]$"})
]
ZoneField: TypeAlias = Annotated[
    ZoneInfo, BeforeValidator(_zone), WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]})
]
PeriodField: TypeAlias = Annotated[PeriodSpec, BeforeValidator(_period), WithJsonSchema(_PERIOD_SCHEMA)]
