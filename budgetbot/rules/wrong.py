"""What is wrong with a value of a policy, and where inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Way: TypeAlias = tuple[str | int, ...]
"""The way to a value: ("budgets", 0, "amount")."""

KEY = "[key]"
"""The last step of a way that means the key of a mapping rather than its value; pydantic writes it so."""

_LENGTH = 60


class Wrong(ValueError):
    """Mistakes inside one field: for each the way to it, from the field on, and what is wrong with what to write."""

    def __init__(self, parts: Sequence[tuple[Way, str]]) -> None:
        super().__init__("; ".join(message for _, message in parts))
        self.parts = tuple(parts)


def shown(value: object) -> str:
    """A value as a message may show it: short, on one line, whatever it holds."""
    if value is None:
        return "an empty value"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= _LENGTH else text[: _LENGTH - 3] + "..."
