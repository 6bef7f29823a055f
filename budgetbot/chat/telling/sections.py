"""Answers of several parts: a title and its lines, and the rows of JSON they are made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetbot.core.model import Json


def section(title: str, lines: Sequence[str]) -> str:
    """The title over its lines, indented; nothing where there are none."""
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)]) if lines else ""


def joined(parts: Sequence[str]) -> str:
    """The parts that say something, a blank line between them."""
    return "\n\n".join(part for part in parts if part)


def items(value: Json) -> list[Json]:
    """The items of a list; none of anything else."""
    return value if isinstance(value, list) else []


def rows(value: Json) -> list[Mapping[str, Json]]:
    """Those of them that are mappings."""
    return [row for row in items(value) if isinstance(row, dict)]
