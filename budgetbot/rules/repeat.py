"""How often an alert is told again: one duration for all of a rule, or one for each severity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.model import Repeat, Severity
from budgetbot.rules.when import DURATION_SCHEMA, as_duration
from budgetbot.rules.wrong import KEY, Way, Wrong, shown

_SPELLING = "write a duration such as 4h, or one for each severity such as {critical: 30m, warning: 4h}"


def _repeat(value: object) -> object:
    if not isinstance(value, Mapping):
        if isinstance(value, list):
            raise ValueError(f"a list does not say how often; {_SPELLING}")
        return as_duration(value)
    if not value:
        raise ValueError(f"an empty mapping does not say how often; {_SPELLING}")
    found: dict[Severity, timedelta] = {}
    wrong: list[tuple[Way, str]] = []
    for name, every in value.items():
        if name not in list(Severity):
            words = f"{shown(name)} is not a severity; write one of {', '.join(Severity)}"
            wrong.append(((str(name), KEY), words))
            continue
        try:
            found[Severity(name)] = as_duration(every)
        except ValueError as mistake:
            wrong.append(((str(name),), str(mistake)))
    if wrong:
        raise Wrong(wrong)
    return found


_SCHEMA: dict[str, Any] = {
    "anyOf": [
        DURATION_SCHEMA,
        {
            "type": "object",
            "properties": {severity.value: DURATION_SCHEMA for severity in Severity},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}
RepeatField: TypeAlias = Annotated[Repeat, BeforeValidator(_repeat), WithJsonSchema(_SCHEMA)]
