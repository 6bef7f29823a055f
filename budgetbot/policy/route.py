"""Which receivers an alert goes to: routes in order, the first match wins unless it continues."""

from __future__ import annotations

from collections.abc import Sequence

from budgetbot.core.model import NAMED, Alert
from budgetbot.policy.policy import Route


def subject(alert: Alert) -> dict[str, tuple[str, ...]]:
    """What a route's patterns meet: severity, kind, rule, and what all that the alert counts has in common."""
    known: dict[str, tuple[str, ...]] = {name: (value,) for name, value in alert.labels.items()}
    for name in NAMED:
        known[name] = tuple(v for v in (alert.labels.get(f"{name}_id"), alert.labels.get(name)) if v is not None)
    for part in alert.scope.parts:
        known[part.dimension] = tuple(dict.fromkeys(v for v in (part.id, part.name) if v is not None))
    return {**known, "severity": (alert.severity.value,), "kind": (alert.kind,), "rule": (alert.rule,)}


def route(routes: Sequence[Route], alert: Alert) -> tuple[str, ...]:
    """The receivers, each once, in the order of the routes."""
    told: dict[str, None] = {}
    values = subject(alert)
    for one in routes:
        if one.match.meets(values):
            told.update(dict.fromkeys(one.to))
            if not one.continues:
                break
    return tuple(told)
