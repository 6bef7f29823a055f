"""What pydantic's complaints mean, in plain words with the fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from budgetbot.policy.mistakes import Mistake, nearest, unknown
from budgetbot.policy.unsupported import refusal
from budgetbot.policy.yaml_node import Tree
from budgetbot.rules.wrong import KEY, Way, Wrong, shown

_MAPPINGS = frozenset({"dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"})
_NO_VALUE = "no value; write one (a value that begins with # needs quotes)"


def explain(tree: Tree, base: Way, model: type[BaseModel], error: ValidationError) -> list[Mistake]:
    """The mistakes of one entry, each once; what follows from another one is left out."""
    found: dict[Way, Mistake] = {}
    errors = error.errors(include_url=False)
    strangers = [(*base, *map(_step, e["loc"])) for e in errors if e["type"] == "extra_forbidden"]
    for detail in errors:
        way = (*base, *map(_step, detail["loc"]))
        for mistake in _mistakes(tree, base, way, model, detail, strangers):
            if not _spoiled(tree, mistake.way):
                found.setdefault(mistake.way, mistake)
    return list(found.values())


def _step(step: object) -> str | int:
    return step if isinstance(step, int) else str(step)


def _spoiled(tree: Tree, way: Way) -> bool:
    return any(way[: i + 1] in tree.spoiled for i in range(len(way)))


def _mistakes(
    tree: Tree, base: Way, way: Way, model: type[BaseModel], detail: ErrorDetails, strangers: list[Way]
) -> Iterator[Mistake]:
    if detail["type"] == "extra_forbidden":
        yield tree.mistake(way, _stranger(way, base, model), at_key=True)
    elif detail["type"] == "missing":
        if not _explained(way, base, model, strangers):
            yield tree.mistake(way, f"missing; add {way[-1]}: ...")
    else:
        cause = (detail.get("ctx") or {}).get("error")
        parts = cause.parts if isinstance(cause, Wrong) else [((), str(cause) if cause else _words(detail))]
        for below, words in parts:
            whole = (*way, *below)
            at_key = whole[-1:] == (KEY,)
            yield tree.mistake(tree.follow(whole[:-1] if at_key else whole), words, at_key=at_key)


def _stranger(way: Way, base: Way, model: type[BaseModel]) -> str:
    known = field_names(model, way[len(base) : -1])
    return refusal(way) or unknown("key", str(way[-1]), known, f"write one of {', '.join(known)}")


def _explained(missing: Way, base: Way, model: type[BaseModel], strangers: list[Way]) -> bool:
    """Whether an unknown key beside it says already why the field is missing."""
    beside = [way for way in strangers if way[:-1] == missing[:-1]]
    known = field_names(model, missing[len(base) : -1])
    return any(refusal(way) or nearest(str(way[-1]), known) == missing[-1] for way in beside)


def field_names(model: type[BaseModel], way: Way) -> list[str]:
    """The keys that the model knows at the end of a way."""
    current: type[BaseModel] | None = model
    for step in way:
        if current is not None and isinstance(step, str):
            fields = {field.alias or name: field for name, field in current.model_fields.items()}
            current = _model_in(fields[step].annotation) if step in fields else None
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _words(detail: ErrorDetails) -> str:
    kind, value = detail["type"], detail["input"]
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if value is None and kind.endswith(("_type", "enum", "literal_error")):
        return _NO_VALUE
    if kind == "list_type":
        simple = isinstance(value, str | int | Decimal) and len(str(value)) <= 60
        return f"must be a list; write [{value}]" if simple else "must be a list; write [a, b]"
    if kind in _MAPPINGS:
        return "must be a mapping; write key: value"
    if kind in {"enum", "literal_error"}:
        return _one_of(value, str(context.get("expected", "")))
    if kind.startswith("string"):
        return "must be text; write a word"
    if kind.startswith("bool"):
        return f"{shown(value)} is not a truth value; write true or false"
    if kind.startswith("int"):
        return f"{shown(value)} is not a whole number; write one such as 10"
    if kind == "too_short":
        return "an empty list; write at least one item"
    if kind in {"greater_than_equal", "less_than_equal"}:
        side = ("at least", context.get("ge")) if "ge" in context else ("at most", context.get("le"))
        return f"{shown(value)} is out of range; write {side[0]} {side[1]}"
    return f"{detail['msg'].replace('Input should', 'must')}; write it as the grammar says"


def _one_of(value: object, expected: str) -> str:
    known = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
    near = nearest(str(value), known)
    return f"{shown(value)} is not one of {', '.join(known)}" + (f"; did you mean {near}?" if near else "; write one")
