"""Kinds of values of labels, sources, routes and digests. Every validator raises ValueError with the fix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from cronsim import CronSim, CronSimError
from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.match import NONE
from budgetbot.core.model import DIMENSIONS
from budgetbot.rules.fields import CURRENCY
from budgetbot.rules.wrong import KEY, Way, Wrong, shown

ROUTE_FIELDS = ("severity", "kind", "rule")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_CRON = 'write minute hour day month weekday, such as "0 9 * * mon-fri"'


def _currency(value: object) -> object:
    if isinstance(value, str) and CURRENCY.fullmatch(value):
        return value
    upper = value.upper() if isinstance(value, str) and CURRENCY.fullmatch(value.upper()) else "a code such as USD"
    raise ValueError(f"{shown(value)} is not a currency; write {upper}")


def _cron(value: object) -> object:
    words = value.split() if isinstance(value, str) and len(value) <= 200 else []
    if len(words) != 5:
        raise ValueError(f"{shown(value)} is not a cron schedule of five fields; {_CRON}")
    schedule = " ".join(words)
    try:
        next(CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(f"{shown(value)} is not a cron schedule ({str(error).lower()}); {_CRON}") from None
    except StopIteration:
        raise ValueError(f"{shown(value)} never comes; {_CRON}") from None
    return schedule


def _env_name(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]{0,99}", value):
        return value
    raise ValueError(  # never shown: it may be the key itself
        "not the name of an environment variable; write one such as OPENAI_EU_ADMIN_KEY, never the key itself"
    )


def _text(value: object) -> object:
    text = str(value).strip() if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not text or len(text) > 500:
        raise ValueError(f"{shown(value)} is not a text of up to 500 characters; write a few words")
    return text


def _labels(value: object) -> object:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("labels are a mapping; write label: text, such as {team: research}")
    wrong: list[tuple[Way, str]] = []
    for name, text in value.items():
        if name in DIMENSIONS or name in (*ROUTE_FIELDS, NONE, "not"):
            wrong.append(((name, KEY), f"`{name}` means something else already; choose another name for the label"))
        elif not _LABEL.fullmatch(str(name)):
            wrong.append(((str(name), KEY), "not a label; write letters, digits, _ and -, such as cost_center"))
        elif not isinstance(text, str | int | Decimal) or not str(text).strip():
            wrong.append(((name,), f"{shown(text)} is not text; write a value such as research"))
        elif text == NONE:
            wrong.append(((name,), "`none` stands for an absent label; leave the label out"))
    if wrong:
        raise Wrong(wrong)
    return {name: str(text).strip() for name, text in value.items()}


CurrencyField: TypeAlias = Annotated[
    str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]})
]
CronField: TypeAlias = Annotated[
    str, BeforeValidator(_cron), WithJsonSchema({"type": "string", "examples": ["0 9 * * mon-fri"]})
]
EnvNameField: TypeAlias = Annotated[
    str, BeforeValidator(_env_name), WithJsonSchema({"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"})
]
TextField: TypeAlias = Annotated[
    str, BeforeValidator(_text), WithJsonSchema({"type": ["string", "number"], "minLength": 1})
]
LabelsField: TypeAlias = Annotated[
    dict[str, str],
    BeforeValidator(_labels),
    WithJsonSchema(
        {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]
