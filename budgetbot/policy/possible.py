"""The alerts that a rule could fire for what the ledger knows, whatever was spent: as the engine would begin them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from budgetbot.core.history import History, Letters, Unpriced
from budgetbot.core.lifecycle import Book, Situation
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Alert, Finding, Severity
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context, limit_of
from budgetbot.rules import Rule
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.limit import Limit
from budgetbot.rules.undelivered import Undelivered
from budgetbot.rules.unpriced import UnpricedUsage


def possible_alerts(policy: Policy, rule: Rule, history: History, now: datetime) -> Iterator[Alert]:
    """One for every level of every scope of the current period; none where the rule matches nothing."""
    info = replace(rule.info(policy.defaults.timezone, policy.where.get(rule.name)), hold=timedelta(0))
    book = Book(Situation(alerts=(), told=(), rules={rule.name: info}, policy_hash=policy.hash), now)
    for finding in _findings(policy, rule, history, now):
        if not finding.late:
            alert = book.move(replace(finding, active=True, clear=False))
            if alert is not None:
                yield alert


def _findings(policy: Policy, rule: Rule, history: History, now: datetime) -> Iterable[Finding]:
    if isinstance(rule, Limit):
        return rule.every_level(context(policy, rule, history, State(), now), now)
    if isinstance(rule, Freshness):
        return rule.evaluate(context(policy, rule, history, State(), now), now)
    if isinstance(rule, UnpricedUsage):
        return rule.evaluate(context(policy, rule, _without_prices(history), State(), now), now)
    if isinstance(rule, Undelivered):
        return rule.evaluate(context(policy, rule, _out_of_reach(policy, history), State(), now), now)
    return _of_scopes(policy, rule, history)


def counted(policy: Policy, rule: Rule) -> tuple[Match, Sequence[str]] | None:
    """The match and each by which a rule looks at spend, be they those of its budget; None where it does not."""
    rule = limit_of(policy, rule) or rule
    match, each = getattr(rule, "match", None), getattr(rule, "each", None)
    return (match, tuple(each or ())) if isinstance(match, Match) else None


def _without_prices(history: History) -> History:
    """As if no model that was ever used had a price."""
    used = {Unpriced(series.source, series.model): None for series in history.series if series.model is not None}
    bare = copy(history)
    bare.unpriced = tuple(used)
    return bare


def _out_of_reach(policy: Policy, history: History) -> History:
    """As if every receiver failed."""
    dead = copy(history)
    dead.letters = tuple(Letters(name, dead=1) for name in policy.receivers)
    return dead


def _of_scopes(policy: Policy, rule: Rule, history: History) -> Iterator[Finding]:
    """A rule that has no levels: one alert for each of its scopes, at the severity that it declares."""
    looks = counted(policy, rule)
    group = history.group(*(looks or (EVERYTHING, ())))
    for index, scope in enumerate(group.scopes):
        yield Finding(
            rule=rule.name,
            kind=rule.told_kind if isinstance(rule, Anomaly) else rule.kind,
            severity=getattr(rule, "severity", Severity.WARNING),
            scope=scope,
            level=rule.level if isinstance(rule, BurnRate) else "",
            rank=0,
            line=0,
            active=True,
            clear=False,
            subject=group.subject(index) if looks else {},
        )
