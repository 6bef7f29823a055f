"""Silences: what people do not want to be told for a while, never without an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from budgetbot.core.match import Match


@dataclass(frozen=True, slots=True)
class Silence:
    """[since, until) UTC. `match` looks at severity, kind, rule, dimensions and labels, as a route's does."""

    match: Match
    since: datetime
    until: datetime
    by: str
    reason: str
