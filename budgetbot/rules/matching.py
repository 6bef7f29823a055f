"""A match as a policy writes it: dimensions and labels with patterns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.match import Match, Patterns
from budgetbot.rules.wrong import Way, Wrong, shown


def _pattern(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(
            f"{shown(value)} is not a pattern; write an id, a name or a glob such as ci-*, or none for what is absent"
        )
    text = str(value)
    if not text or text != text.strip():
        raise ValueError(f"{shown(text)} is not a pattern; write an id, a name or a glob without blanks around it")
    if "[" in text or "]" in text:
        raise ValueError(
            f"{shown(text)} is a bad glob: only * and ? are globs; write ? for one character, a bracket included"
        )
    return text


def patterns(value: object) -> Patterns:
    """One field of a match: a pattern, a list of patterns, or `not` with one or a list.

    Raises Wrong, a ValueError, with every mistake.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    wrong: list[tuple[Way, str]] = []
    for way, item in _items(value):
        if isinstance(item, Mapping):
            if set(item) == {"not"}:
                for below, negated in _items(item["not"]):
                    _add(unwanted, (*way, "not", *below), negated, wrong)
            else:
                wrong.append((way, "a mapping is not a pattern; write {not: PATTERN} to leave something out"))
        else:
            _add(wanted, way, item, wrong)
    if wrong:
        raise Wrong(wrong)
    return Patterns(tuple(wanted), tuple(unwanted))


def _items(value: object) -> list[tuple[Way, object]]:
    if not isinstance(value, list):
        return [((), value)]
    if not value:
        raise Wrong([((), "an empty list matches nothing; name at least one pattern, or leave the field out")])
    return [((i,), item) for i, item in enumerate(value)]


def _add(texts: list[str], way: Way, item: object, wrong: list[tuple[Way, str]]) -> None:
    try:
        texts.append(_pattern(item))
    except ValueError as mistake:
        wrong.append((way, str(mistake)))


def _match(value: object) -> object:
    if isinstance(value, Match):
        return value
    if value is None:
        return Match()
    if not isinstance(value, Mapping):
        raise ValueError("a match is a mapping; write dimension: pattern, such as {project: research*}")
    fields: list[tuple[str, Patterns]] = []
    wrong: list[tuple[Way, str]] = []
    for name, wanted in value.items():
        try:
            fields.append((str(name), patterns(wanted)))
        except Wrong as mistakes:
            wrong += [((str(name), *way), message) for way, message in mistakes.parts]
    if wrong:
        raise Wrong(wrong)
    return Match(tuple(fields))


_PATTERN_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_NOT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"not": {"anyOf": [_PATTERN_SCHEMA, {"type": "array", "items": _PATTERN_SCHEMA, "minItems": 1}]}},
    "required": ["not"],
    "additionalProperties": False,
}
_FIELD_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _PATTERN_SCHEMA,
        _NOT_SCHEMA,
        {"type": "array", "items": {"anyOf": [_PATTERN_SCHEMA, _NOT_SCHEMA]}, "minItems": 1},
    ]
}

PatternsField: TypeAlias = Annotated[
    Patterns,
    BeforeValidator(lambda value: value if isinstance(value, Patterns) else patterns(value)),
    WithJsonSchema(_FIELD_SCHEMA),
]
MatchField: TypeAlias = Annotated[
    Match, BeforeValidator(_match), WithJsonSchema({"type": "object", "additionalProperties": _FIELD_SCHEMA})
]
