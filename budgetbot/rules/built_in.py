"""What rules have in common that are there without being declared."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from budgetbot.core.period import Span
from budgetbot.rules.rule import Rule


class BuiltIn(Rule):
    """A rule of every policy. It looks at no spend, but at what others noted of the moment, which no ledger keeps."""

    title: ClassVar[str]
    """Its name, unless a policy has given it to a rule of its own."""
    watches: ClassVar[str]
    """What it is for, in words."""

    def identity(self, zone: ZoneInfo) -> str:
        """Always the same."""
        return self.title

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """No history."""
        return Span(now, now)
