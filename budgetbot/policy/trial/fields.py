"""Kinds of values in test files: times, dimensions of a series, scopes, figures. Every validator raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.model import DIMENSIONS, NAMED
from budgetbot.core.money import exact
from budgetbot.core.period import local_midnight
from budgetbot.policy.mistakes import unknown
from budgetbot.policy.trial.series import Bucket, expand
from budgetbot.rules.fields import as_date
from budgetbot.rules.wrong import KEY, Way, Wrong, shown

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ELAPSED = re.compile(r"[0-9]{1,6}[smhdw](?: ?[0-9]{1,6}[smhdw])*")
_CLOCK = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(Z|[-+][0-9]{2}:?[0-9]{2})?")
_LIKE = "write it like 31h, 2d 6h, 2026-11-20 or 2026-11-20T08:00"


@dataclass(frozen=True, slots=True)
class When:
    """A time as written: so long after the start, or a day or a clock time of the test's time zone."""

    text: str
    time: timedelta | date

    def at(self, start: datetime, zone: tzinfo) -> datetime:
        """The instant, UTC."""
        if isinstance(self.time, timedelta):
            return start + self.time
        if isinstance(self.time, datetime):
            return (self.time if self.time.tzinfo else self.time.replace(tzinfo=zone)).astimezone(UTC)
        return local_midnight(self.time, zone)


def _when(value: object) -> object:
    if isinstance(value, When):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    if _ELAPSED.fullmatch(text):
        parts = re.findall(r"([0-9]+)([smhdw])", text)
        return When(text, sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta()))
    try:
        if found := _CLOCK.fullmatch(text):
            as_date(found[1])
            return When(text, datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}"))
        return When(text, as_date(text))
    except ValueError:
        raise ValueError(f"{shown(value)} is not a time; {_LIKE}") from None


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not str(value).strip():
        raise ValueError(f"{shown(value)} is not text; write an id or a name")
    return str(value).strip()


def _texts(value: object, known: tuple[str, ...] | None, what: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a mapping; write {what}")
    wrong: list[tuple[Way, str]] = []
    texts: dict[str, str] = {}
    for name, text in value.items():
        if known is not None and name not in known:
            hint = f"write one of {', '.join(known)}; labels follow from the policy"
            wrong.append(((str(name), KEY), unknown("dimension", str(name), known, hint)))
            continue
        try:
            texts[str(name)] = _plain(text)
        except ValueError as mistake:
            wrong.append(((str(name),), str(mistake)))
    if wrong:
        raise Wrong(wrong)
    return texts


def _of(value: object) -> object:
    return _texts(value, DIMENSIONS, "{project: research-eval, model: gpt-4o}")


def _names(value: object) -> object:
    return _texts(value, tuple(name for name in DIMENSIONS if name in NAMED), '{project: "Research"}')


def _scope(value: object) -> object:
    return _texts(value, None, "{api_key: ci-nightly}")


def _values(value: object) -> object:
    return value if isinstance(value, tuple) else expand(value)


def _figure(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _figure(below) for name, below in value.items()}
    try:
        return exact(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a number; write one such as 4120.50") from None


_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}

WhenField: TypeAlias = Annotated[
    When, BeforeValidator(_when), WithJsonSchema({"type": "string", "examples": ["31h", "2d 6h", "2026-11-20T08:00"]})
]
OfField: TypeAlias = Annotated[
    dict[str, str],
    BeforeValidator(_of),
    WithJsonSchema({"type": "object", "propertyNames": {"enum": list(DIMENSIONS)}, **_TEXTS}),
]
NamesField: TypeAlias = Annotated[
    dict[str, str],
    BeforeValidator(_names),
    WithJsonSchema({"type": "object", "propertyNames": {"enum": sorted(NAMED)}, **_TEXTS}),
]
ScopeField: TypeAlias = Annotated[dict[str, str], BeforeValidator(_scope), WithJsonSchema(_TEXTS)]
ValuesField: TypeAlias = Annotated[
    tuple[Bucket, ...],
    BeforeValidator(_values),
    WithJsonSchema({"type": ["string", "number", "array"], "examples": ["5x30 0+2x10 [1.5, 2, 3] _x5 stale 40"]}),
]
NumberField: TypeAlias = Annotated[Decimal, BeforeValidator(_figure), WithJsonSchema({"type": "number"})]
FigureField: TypeAlias = Annotated[
    Decimal | dict[str, Decimal], BeforeValidator(_figure), WithJsonSchema({"type": ["number", "object"]})
]
