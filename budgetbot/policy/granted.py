"""What is granted for a time: raises of a budget, planned spend, silences. Each ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from budgetbot.core.grant import Grant, Planned
from budgetbot.core.match import Match
from budgetbot.core.money import NANO
from budgetbot.core.silence import Silence
from budgetbot.policy.entry_fields import TextField
from budgetbot.policy.mistakes import Mistake, unknown
from budgetbot.policy.moments import MomentField
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import AmountField, MatchField, Strict
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import NameField
from budgetbot.rules.usage_budget import UsageBudget

if TYPE_CHECKING:
    from budgetbot.policy.draft import Draft, Entry

_YEAR = timedelta(days=366)


class Timed(Strict):
    """What holds from a moment until another."""

    longest: ClassVar[timedelta | None] = None

    since: MomentField = Field(alias="from")
    """From when: a day of the default time zone, or an instant such as 2026-11-20T08:00Z."""
    until: MomentField
    """Until when (not including); it ends by itself."""
    reason: TextField
    """Why, for those who read it later."""


class GrantEntry(Timed):
    """A raise of one budget for a time: it adds, and what was spent within it stays covered after it ended."""

    budget: str
    """Which budget, by name."""
    add: AmountField
    """How much more may be spent while it runs."""
    approved_by: TextField
    """Who approved it."""
    match: MatchField = Field(default_factory=Match)
    """Of a budget with each: which of its scopes; absent = all of them."""

    def grant(self, zone: tzinfo, *, counts: bool) -> Grant:
        """As the program uses it; `counts` for a usage budget, whose amounts are whole counts."""
        add = self.add.nano // NANO if counts else self.add.nano
        span = self.since.at(zone), self.until.at(zone)
        return Grant(self.budget, add, *span, self.approved_by, self.reason, self.match)


class PlannedEntry(Timed):
    """Spend that is expected: no forecast, anomaly or burn rate speaks of it, up to an amount; budgets still fire."""

    name: NameField
    """What it is called."""
    match: MatchField
    """Which spend."""
    up_to: AmountField
    """How much; beyond it nothing is muted any more."""

    def planned(self, zone: tzinfo, currency: str) -> Planned:
        """As the program uses it."""
        span = self.since.at(zone), self.until.at(zone)
        return Planned(self.name, self.match, *span, self.up_to.nano, self.up_to.currency or currency, self.reason)


class SilenceEntry(Timed):
    """Alerts that nobody wants to hear of for a while: the last resort, never without an end, never for freshness."""

    longest: ClassVar[timedelta | None] = _YEAR

    match: MatchField
    """Which alerts: severity, kind, rule, dimensions and labels with patterns."""
    by: TextField
    """Who wants it so."""

    def silence(self, zone: tzinfo) -> Silence:
        """As the program uses it."""
        return Silence(self.match, self.since.at(zone), self.until.at(zone), self.by, self.reason)


def check_granted(draft: Draft, zone: tzinfo, currency: str) -> Iterator[Mistake]:
    """Each ends after it begins, and a grant raises a budget that there is, in the budget's own unit."""
    for entry in draft.of("grants", "planned", "silences"):
        if isinstance(entry.model, Timed):
            yield from _ends(entry, entry.model, zone)
        if isinstance(entry.model, SilenceEntry) and not entry.model.match.fields:
            yield entry.mistake(("match",), "silences everything; name a rule, a kind or whose alerts")
        if isinstance(entry.model, GrantEntry):
            yield from _raises(entry, entry.model, draft, currency)


def _ends(entry: Entry, timed: Timed, zone: tzinfo) -> Iterator[Mistake]:
    length = timed.until.at(zone) - timed.since.at(zone)
    if length <= timedelta(0):
        yield entry.mistake(("until",), f"{timed.until.text} is not after {timed.since.text}; write a later end")
    elif timed.longest is not None and length > timed.longest:
        yield entry.mistake(("until",), f"more than a year is for ever; write an end within {_YEAR.days} days")


def _raises(entry: Entry, grant: GrantEntry, draft: Draft, default: str) -> Iterator[Mistake]:
    budgets = {e.name: e for e in draft.of("budgets", "usage_budgets") if e.name is not None}
    if not {"budgets", "usage_budgets"} & draft.unsure and grant.budget not in budgets:
        known = sorted(budgets)
        hint = f"write one of {', '.join(known[:20])}" if known else "declare it under budgets"
        yield entry.mistake(("budget",), unknown("budget", grant.budget, known, hint))
    found = budgets.get(grant.budget)
    budget = found.model if found else None
    if isinstance(budget, UsageBudget) and (grant.add.currency or grant.add.nano % NANO):
        yield entry.mistake(("add",), f"`{budget.name}` counts {budget.metric}; write a whole number such as 5000")
    if isinstance(budget, Budget):
        own = budget.amount.currency or default
        if (grant.add.currency or own) != own:
            yield entry.mistake(("add",), f"not in the budget's currency, {own}; write {grant.add.nano // NANO} {own}")
    if isinstance(budget, Limit):
        for name in sorted(grant.match.names - set(budget.each)):
            words = f"a grant chooses among the values of the budget's each; add {name} to that, or leave it out here"
            yield entry.mistake(("match", name), words, at_key=True)
