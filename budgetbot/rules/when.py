"""Times as a policy writes them: durations, time zones, dates, periods. Every validator raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.period import Anchored, Between, Calendar, PeriodSpec, Rolling
from budgetbot.rules.wrong import Wrong, shown

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=3660)
_T = TypeVar("_T")


def as_duration(value: object) -> timedelta:
    """A duration such as 10m. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{shown(value)} is not a duration; write a number with s, m, h, d or w, such as 10m or 6h")
    if int(found[1]) > _LONGEST // timedelta(**{_UNITS[found[2]]: 1}):
        raise ValueError(f"{shown(value)} is longer than ten years; write a shorter duration, such as 30d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _zone(value: object) -> object:
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str) or value not in _zones():
        near = get_close_matches(value[:60], sorted(_zones()), 1) if isinstance(value, str) else []
        hint = near[0] if near else "an IANA name such as UTC or Europe/Berlin"
        raise ValueError(f"{shown(value)} is not a time zone; write {hint}")
    return ZoneInfo(value)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime"})


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
        f"{shown(value)} is not a period; write one of {', '.join(units)}, {{rolling: 30d}}, "
        "{every: month, from: 15} or {from: 2026-01-01, until: 2026-07-01}"
    )


def _period_mapping(value: Mapping[Any, Any]) -> PeriodSpec | None:
    if set(value) == {"rolling"}:
        length = _inside("rolling", as_duration, value)
        if length < timedelta(hours=1) or length % timedelta(hours=1):
            raise ValueError("a rolling period is whole hours or days; write {rolling: 30d} or {rolling: 6h}")
        return Rolling(length)
    if set(value) == {"every", "from"} and value["every"] == "month":
        day = value["from"]
        if not isinstance(day, int) or not 1 <= day <= 31:
            raise ValueError("a fiscal month begins on a day from 1 to 31; write {every: month, from: 15}")
        return Anchored(int(day))
    if set(value) == {"from", "until"}:
        first, until = _inside("from", as_date, value), _inside("until", as_date, value)
        if first >= until:
            raise ValueError("the period ends before it begins; write an until after from")
        return Between(first, until)
    return None


def _inside(key: str, read: Callable[[object], _T], mapping: Mapping[Any, Any]) -> _T:
    try:
        return read(mapping[key])
    except ValueError as mistake:
        raise Wrong([((key,), str(mistake))]) from None


def as_date(value: object) -> date:
    """A calendar date from YAML (a date, or "2026-11-20"). Raises ValueError."""
    text = str(value)
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"{shown(value)} is not a date; write it like 2026-11-20")
    if not 2000 <= day.year < 2200:
        raise ValueError(f"{shown(text)} is not a date of this age; write a year from 2000 to 2199")
    return day


def _object(required: Mapping[str, object]) -> dict[str, Any]:
    return {"type": "object", "properties": required, "required": list(required), "additionalProperties": False}


_PERIOD_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"enum": ["hour", "day", "week", "month", "quarter", "year"]},
        _object({"rolling": {"type": "string"}}),
        _object({"every": {"const": "month"}, "from": {"type": "integer", "minimum": 1, "maximum": 31}}),
        _object({"from": {"type": "string"}, "until": {"type": "string"}}),
    ]
}

DURATION_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\d+[smhdw]$"}
DurationField: TypeAlias = Annotated[timedelta, BeforeValidator(as_duration), WithJsonSchema(DURATION_SCHEMA)]
ZoneField: TypeAlias = Annotated[
    ZoneInfo, BeforeValidator(_zone), WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]})
]
PeriodField: TypeAlias = Annotated[PeriodSpec, BeforeValidator(_period), WithJsonSchema(_PERIOD_SCHEMA)]
