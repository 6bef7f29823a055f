"""What the patterns of routes and silences meet of an alert, and the pattern that meets one scope alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from budgetbot.core.match import Exactly, Match
from budgetbot.core.model import NAMED, Alert, Scope
from budgetbot.core.silence import Silence

_NEVER_SILENT = frozenset({"freshness", "delivery", "policy"})  # being blind, mute or out of rule is nobody's wish


def subject(alert: Alert) -> dict[str, tuple[str, ...]]:
    """Severity, kind, rule, and what all that the alert counts has in common."""
    known: dict[str, tuple[str, ...]] = {name: (value,) for name, value in alert.labels.items()}
    for name in NAMED:
        known[name] = tuple(v for v in (alert.labels.get(f"{name}_id"), alert.labels.get(name)) if v is not None)
    for part in alert.scope.parts:
        known[part.dimension] = tuple(dict.fromkeys(v for v in (part.id, part.name) if v is not None))
    return {**known, "severity": (alert.severity.value,), "kind": (alert.kind,), "rule": (alert.rule,)}


def silenced(alert: Alert, silences: Sequence[Silence], now: datetime) -> bool:
    """Whether somebody wants to hear nothing of it now."""
    if not silences or alert.kind in _NEVER_SILENT:
        return False
    values = subject(alert)
    return any(one.since <= now < one.until and one.match.meets(values) for one in silences)


def narrowed(match: Match, scope: Scope) -> Match:
    """What `match` means of one scope."""
    fields = [(part.dimension, Exactly(() if part.id is None else (part.id,))) for part in scope.parts]
    fields += [("source", Exactly((part.source,))) for part in scope.parts if part.source is not None]
    return Match((*match.fields, *fields))
