"""A raise that was made in chat, as the lines of a policy: for whoever wants to commit it. Pure."""

from __future__ import annotations

from typing import Any

import yaml

from budgetbot.core.allowance import Allowance
from budgetbot.core.instant import iso
from budgetbot.core.match import NONE
from budgetbot.core.money import plain
from budgetbot.core.usage import COUNTED


class _Text(str):
    """Always in quotes: unquoted, 1e3 and 5,000 mean different things to different readers."""


class _Lines(yaml.SafeDumper):
    """As PyYAML writes, but for texts."""


_Lines.add_representer(_Text, lambda lines, text: lines.represent_scalar("tag:yaml.org,2002:str", str(text), style='"'))


def yaml_lines(grant: Allowance) -> str:
    """The entry under `grants:`, with the amount and times exactly as they hold; empty for what is no raise."""
    if grant.kind != "grant":
        return ""
    counts = grant.currency in COUNTED
    entry: dict[str, Any] = {
        "budget": _Text(grant.rule),
        "add": grant.amount if counts else _Text(f"{plain(grant.amount)} {grant.currency}"),
        "from": _Text(iso(grant.since)),
        "until": _Text(iso(grant.end.replace(microsecond=0))),
        "approved_by": _Text(grant.by),
        "reason": _Text(grant.reason),
    }
    if grant.of.parts:
        entry["match"] = {part.dimension: _Text(NONE if part.id is None else part.id) for part in grant.of.parts}
    return yaml.dump({"grants": [entry]}, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=10**6)
