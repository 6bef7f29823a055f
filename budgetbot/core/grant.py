"""What people granted beforehand: time-boxed raises of a limit, and spend that is planned. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.money import Nano
from budgetbot.core.period import Span


@dataclass(frozen=True, slots=True)
class Grant:
    """A raise of one budget, [since, until) UTC: it adds, and ends by itself.

    `add` is in nano-units of the budget's currency, or in whole counts for a usage budget. `match` chooses among the
    values of the budget's `each`; empty: all of them.
    """

    budget: str
    add: Nano
    since: datetime
    until: datetime
    approved_by: str
    reason: str
    match: Match = EVERYTHING

    @property
    def span(self) -> Span:
        """While it raises."""
        return Span(self.since, self.until)


@dataclass(frozen=True, slots=True)
class Planned:
    """Spend that is expected, [since, until) UTC: no forecast, anomaly or burn rate speaks of it, up to an amount.

    `up_to` is in nano-units of `currency`. It is left out of what is taken for usual. Budgets fire all the same.
    """

    name: str
    match: Match
    since: datetime
    until: datetime
    up_to: Nano
    currency: str
    reason: str

    @property
    def span(self) -> Span:
        """While it is planned."""
        return Span(self.since, self.until)
