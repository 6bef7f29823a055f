"""A raise that was made in chat, as the lines of a policy, for whoever wants to commit it. Pure."""

from __future__ import annotations

from typing import Any

import yaml

from budgetbot.core.match import NONE
from budgetbot.core.model import Scope
from budgetbot.core.money import plain
from budgetbot.core.usage import COUNTED


def grant_lines(
    *, budget: str, amount: int, unit: str, since: str, until: str, approved_by: str, reason: str, scope: Scope
) -> str:
    """The entry under `grants:`; every text in quotes, so that it reads as it is, and safe within a code block.

    `amount` is in nano-units of `unit`, a currency, or in whole counts of it, a metric; times are ISO 8601.
    """
    entry: dict[str, Any] = {
        "budget": _Quoted(budget),
        "add": amount if unit in COUNTED else _Quoted(f"{plain(amount)} {unit}"),
        "from": _Quoted(since),
        "until": _Quoted(until),
        "approved_by": _Quoted(approved_by),
        "reason": _Quoted(reason),
    }
    if scope.parts:
        entry["match"] = {part.dimension: _Quoted(NONE if part.id is None else part.id) for part in scope.parts}
    lines = yaml.dump({"grants": [entry]}, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=10**6)
    return "".join(_shown(char) for char in lines.rstrip())


class _Quoted(str):
    """Unquoted, 1e3 and 5,000 are a number, a name may be a time, to who reads it."""


class _Lines(yaml.SafeDumper):
    """As PyYAML writes, but for such texts."""


_Lines.add_representer(
    _Quoted, lambda lines, text: lines.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


def _shown(char: str) -> str:
    """What is invisible, turns the line around, or ends a code block, as YAML's escape within quotes."""
    if char == "\n" or (char.isprintable() and char != "`"):
        return char
    return f"\\x{ord(char):02X}" if ord(char) < 256 else f"\\U{ord(char):08X}"
