"""What lint compares: the policy, the ledger of last month and this one, and whom alerts reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.instant import micros
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Alert, Scope
from budgetbot.core.money import Nano
from budgetbot.core.period import Span, local_midnight, month_start
from budgetbot.policy.build import BUILT_IN
from budgetbot.policy.lint.reach import Reaches
from budgetbot.policy.lint.remark import Level, Remark
from budgetbot.policy.policy import Policy
from budgetbot.policy.possible import counted, possible_alerts
from budgetbot.policy.step import needed
from budgetbot.rules import Rule

_RECENT = timedelta(days=30)
_ONE = {
    "labels": "label rule",
    "receivers": "receiver",
    "escalations": "escalation",
    "sources": "source",
    "grants": "grant",
    "silences": "silence",
}
"""What one entry of a section is called."""


def last_month(policy: Policy, now: datetime) -> Span:
    """The last complete calendar month of the default time zone."""
    zone = policy.defaults.timezone
    today = now.astimezone(zone).date()
    return Span(local_midnight(month_start(today, -1), zone), local_midnight(month_start(today), zone))


def lint_span(policy: Policy, now: datetime) -> Span:
    """The history that lint looks at: last month and this one, and whatever the rules themselves look at."""
    rules = needed(policy, now)
    return Span(min(last_month(policy, now).start, now - _RECENT, rules.start), max(now, rules.end))


class Survey:
    """Everything that the checks ask for, worked out once."""

    def __init__(self, policy: Policy, history: History, now: datetime, lacking: Mapping[str, str]) -> None:
        self.policy = policy
        self.history = history
        self.now = now
        self.lacking = lacking
        self.reaches = Reaches(policy, lacking, now)
        self.since = min(last_month(policy, now).start, now - _RECENT)
        self.rules = tuple(rule for rule in policy.rules if policy.where.get(rule.name) != BUILT_IN)
        self._alerts: dict[str, tuple[Alert, ...]] = {}
        self._members: dict[str, dict[str, frozenset[int]]] = {}

    @property
    def begins(self) -> str:
        """The first day that is looked at, for people."""
        return f"{self.since.astimezone(self.policy.defaults.timezone):%-d %B}"

    @cached_property
    def seen(self) -> frozenset[int]:
        """The series with spend in last month or this one, by index."""
        facts = self.history.facts
        return frozenset(np.unique(facts.series[facts.start >= micros(self.since)]).tolist())

    def alerts(self, rule: Rule) -> tuple[Alert, ...]:
        """Those that a rule could fire."""
        if rule.name not in self._alerts:
            self._alerts[rule.name] = tuple(possible_alerts(self.policy, rule, self.history, self.now))
        return self._alerts[rule.name]

    def members(self, rule: Rule) -> dict[str, frozenset[int]]:
        """The series that each scope of a rule counts, by the key of the scope; empty where it counts no spend."""
        if rule.name not in self._members:
            looks = counted(self.policy, rule)
            group = self.history.group(*looks) if looks else None
            scopes = enumerate(group.scopes) if group else ()
            self._members[rule.name] = {scope.key: frozenset(group.members(i)) for i, scope in scopes if group}
        return self._members[rule.name]

    def counted(self, rule: Rule) -> frozenset[int]:
        """The series that a rule counts in all its scopes."""
        return frozenset().union(*self.members(rule).values())

    def spend(self, series: Collection[int], span: Span) -> list[tuple[Scope, Nano]]:
        """What these series cost by project, dearest first, in the default currency as far as there are rates."""
        projects = self.history.group(EVERYTHING, ("project",))
        of_series = np.full(len(self.history.series), -1, dtype=np.int64)
        for index in range(len(projects.scopes)):
            of_series[[i for i in projects.members(index) if i in series]] = index
        some = Group(self.history, projects.scopes, of_series)
        totals = some.converted(span, self.policy.defaults.currency, self.policy.fx).totals
        pairs = ((scope, total.spent) for scope, total in zip(projects.scopes, totals, strict=True) if total.spent)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0].key))

    @cached_property
    def compared(self) -> tuple[Span, bool]:
        """The last complete month; where nothing was spent in it the last 30 days, and False."""
        month = last_month(self.policy, self.now)
        if self.spend(self.seen, month):
            return month, True
        return Span(self.now - _RECENT, self.now), False

    def of_rule(self, code: str, level: Level, rule: Rule, message: str) -> Remark:
        """A remark on a rule, with its place; one that is built in has none."""
        where = self.policy.where.get(rule.name, "")
        return Remark(code, level, "" if where == BUILT_IN else where, rule.name, message)

    def of(self, code: str, level: Level, section: str, key: str | int, message: str) -> Remark:
        """A remark on an entry of another section, by its name or number."""
        name = f"{_ONE.get(section, section)} {key + 1 if isinstance(key, int) else key}"
        return Remark(code, level, self.policy.places.get(f"{section}:{key}", ""), name, message)
