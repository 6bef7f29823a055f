"""Periods that ended over their amount, by the figures of today: how early somebody was warned, and what was noise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from budgetbot.core.group import Group
from budgetbot.core.instant import from_micros
from budgetbot.core.model import Alert, Scope, Severity
from budgetbot.core.period import Period, Span
from budgetbot.core.replay import Replay
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context, usage_needed
from budgetbot.rules import Rule
from budgetbot.rules.effective import INSTANT
from budgetbot.rules.limit import Limit
from budgetbot.rules.look import Look
from budgetbot.rules.status import BudgetStatus
from budgetbot.rules.turn import turns

_LOUD = frozenset({Severity.WARNING, Severity.CRITICAL})
_LIMITS = frozenset({"budget", "usage_budget", "forecast"})
Cell = tuple[str, str]
"""The key of a scope, and that of a period."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """A scope that ended a period over its amount (nano-units, or counts; of `unit`).

    `exceeded_at`: the end of the bucket in which it crossed it. `warned_at`: its first alert before that, of a level at
    or below the amount, or forecasting it.
    """

    scope: Scope
    period: Period
    effective: int
    spent: int
    unit: str
    exceeded_at: datetime
    warned_at: datetime | None

    @property
    def lead(self) -> timedelta | None:
        """How long before that somebody was warned."""
        return self.exceeded_at - self.warned_at if self.warned_at is not None else None


@dataclass(frozen=True, slots=True)
class Judged:
    """`periods`: how many periods of scopes ended. `still_open`: those over their amount that have not ended yet.
    `noise`: by the id of an alert, whether it was for nothing."""

    periods: int = 0
    overruns: tuple[Overrun, ...] = ()
    still_open: int = 0
    noise: Mapping[str, bool] = field(default_factory=dict)

    @property
    def unwarned(self) -> int:
        """How many were exceeded before anybody was told."""
        return sum(one.warned_at is None for one in self.overruns)


def judged(policy: Policy, rule: Rule, alerts: Sequence[Alert], final: Replay, span: Span) -> Judged:
    """One rule, by what is known today (`final`). A window that has no end is not judged."""
    if not isinstance(rule, Limit):
        return Judged()
    by_cell: dict[Cell, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.kind in _LIMITS and alert.end is not None:
            by_cell[alert.scope.key, alert.period].append(alert)
    found = Judged()
    for period in _periods(rule, span, policy):
        told = frozenset(scope for scope, key in by_cell if key == period.key)
        count, statuses = _statuses(policy, rule, final, period, told)
        if period.span.end > span.end:
            found = replace(found, still_open=found.still_open + sum(_over(status) for _, status in statuses))
            continue
        overruns, noise = [], dict(found.noise)
        for group, status in statuses:
            mine = by_cell.get((status.scope.key, period.key), [])
            if _over(status):
                overruns.append(_overrun(group, status, mine))
            noise |= {a.id: status.total.spent < max(a.line, status.effective) for a in mine if a.severity in _LOUD}
        found = Judged(found.periods + count, (*found.overruns, *overruns), found.still_open, noise)
    return found


def _over(status: BudgetStatus) -> bool:
    return status.total.spent >= status.effective


def _periods(rule: Limit, span: Span, policy: Policy) -> Iterator[Period]:
    """Those that end after the beginning of the span, from the first on."""
    zone = policy.defaults.timezone
    moment = span.start
    while moment < span.end:
        current = next((period for period, late in rule.periods(moment, zone) if not late), None)
        if current is not None and not current.ends:
            return
        if current is None:
            moment += timedelta(days=1)
            continue
        if current.span.end > span.start:
            yield current
        moment = current.span.end


def _statuses(
    policy: Policy, rule: Limit, final: Replay, period: Period, told: frozenset[str]
) -> tuple[int, list[tuple[Group, BudgetStatus]]]:
    """How many scopes spent something in one period, and those that are over their amount or were told of."""
    moment = period.span.end - INSTANT
    usage = usage_needed(replace(policy, rules=(rule,)), moment)
    history = final.history(rule.span(moment, policy.defaults.timezone), moment, usage=usage)
    asked = replace(context(policy, rule, history, State(), moment), since=period.span.end)
    known = rule.known(asked)
    if known is None:
        return 0, []
    look = Look(rule, asked, known, moment)
    (turn,) = turns(look)
    chosen = [i for i, spent in enumerate(turn.spent) if spent >= look.amount(i) or look.scopes[i].key in told]
    statuses = [(look.group, status) for status in look.statuses(turn, chosen)]
    return sum(spent != 0 for spent in turn.spent), statuses


def _overrun(group: Group, status: BudgetStatus, alerts: Iterable[Alert]) -> Overrun:
    at = _exceeded_at(group, status)
    told = (a.fired_at for a in alerts if a.fired_at is not None and not a.late and a.line <= status.effective)
    warned = min((moment for moment in told if moment < at), default=None)
    return Overrun(status.scope, status.period, status.effective, status.total.spent, status.currency, at, warned)


def _exceeded_at(group: Group, status: BudgetStatus) -> datetime:
    """The end of the bucket in which the figures of today cross the amount."""
    span, spent = status.period.span, 0
    for end, amount in _by_end(group, status):
        spent += amount
        if spent >= status.effective:
            return min(end, span.end)
    return span.end


def _by_end(group: Group, status: BudgetStatus) -> list[tuple[datetime, int]]:
    """What was spent in the buckets of the period, by their end; what has no rate is not in the sum."""
    found: dict[int, int] = defaultdict(int)
    span = status.period.span
    for currency in sorted(group.currencies(span)):
        parts = group.totals_by(span, currency, lambda start, end: (start, end))
        for (scope, (start, end)), total in parts.items():
            rate = status.fx.course(currency, status.currency).at(from_micros((start + end) // 2))
            if scope == status.index and rate is not None:
                found[end] += total.times(rate).spent
    return [(from_micros(end), found[end]) for end in sorted(found)]
