"""At which moments what a rule says may change, found for all moments at once: at the others nothing has to be asked.

It errs on the side of asking: a moment too many costs time, and none is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from budgetbot.core.group import Ints
from budgetbot.core.model import Scope
from budgetbot.core.period import Period, Rolling, Span
from budgetbot.core.replay_table import Tables
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import grants_of, limit_of
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import GRACE
from budgetbot.rules.usage_budget import UsageBudget

_FORESEEN = {Budget, UsageBudget}
_PLAIN = {"name", "hold", "repeat", "notify", "runbook", "description"}
_FORESEEN_FIELDS = _PLAIN | {"match", "each", "period", "thresholds", "amount", "overrides", "metric"}
_FORESEEN_LEVELS = frozenset({"at", "severity"})


@dataclass
class Movement:
    """Scopes of one rule by the number of the moment.

    `crossed`: a level may be reached there, or be no more. `sunk`: what is below a level that it had reached may have
    moved; that matters while the level's alert is open.
    """

    crossed: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    sunk: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))


class Watch(NamedTuple):
    """One period and the moments (from, until) at which a rule looks at it."""

    span: Span
    first: int
    after: int


def foreseen(policy: Policy, rule: Rule, tables: Tables) -> bool:
    """Whether the moments of a limit can be found: its lines stand still, and all of it is in one currency.

    One that a burn rate is of is asked always, as that is.
    """
    if not isinstance(rule, Limit) or type(rule) not in _FORESEEN or rule.model_fields_set - _FORESEEN_FIELDS:
        return False
    if any(limit_of(policy, other) is rule for other in policy.rules):
        return False
    if grants_of(policy, rule) or any(level.model_fields_set - _FORESEEN_LEVELS for level in rule.thresholds):
        return False
    if any(match.names - set(rule.each) for match, _ in rule.sizes()[1]):
        return False
    return tables.units((rule.match, tuple(rule.each))) <= {unit_of(policy, rule)}


def unit_of(policy: Policy, rule: Limit) -> str:
    """What a limit counts, as columns name it."""
    if isinstance(rule, UsageBudget):
        return rule.metric
    assert isinstance(rule, Budget)  # noqa: S101
    return rule.amount.currency or policy.defaults.currency


def movements(
    policy: Policy, rules: Iterable[Limit], tables: Tables, moments: Sequence[datetime]
) -> Iterator[tuple[str, Movement]]:
    """When the levels of limits may change, by the name of each; those that look at the same share the looking."""
    alike: dict[tuple[object, ...], list[Limit]] = defaultdict(list)
    for rule in rules:
        alike[rule.match, tuple(rule.each), rule.period, unit_of(policy, rule)].append(rule)
    for some in alike.values():
        found = {rule.name: Movement() for rule in some}
        scopes = tables.ledger.members((some[0].match, tuple(some[0].each))).scopes
        for table, first in _tables(policy, some[0], tables, moments):
            for rule in some:
                for level, lines in _lines(rule):
                    _cross(found[rule.name], table, first, scopes, lines)
                    _sink(found[rule.name], table, first, scopes, lines, level)
        yield from found.items()


def _tables(policy: Policy, rule: Limit, tables: Tables, moments: Sequence[datetime]) -> Iterator[tuple[Ints, int]]:
    """What each scope had spent, period by period; windows that move are one table, as their alerts have no period."""
    grouping, unit = (rule.match, tuple(rule.each)), unit_of(policy, rule)
    found = watches(rule, moments, policy.defaults.timezone)
    parts = ((tables.spent(grouping, unit, *watch), watch.first) for watch in found)
    if isinstance(rule.period, Rolling) and found:
        yield np.concatenate([table for table, _ in parts], axis=1), found[0].first
    else:
        yield from parts


def _lines(rule: Limit) -> Iterator[tuple[str, list[int]]]:
    """Each level with the lines that it may have, one for each amount."""
    amount, overrides = rule.sizes()
    for threshold in rule.thresholds:
        yield threshold.level, sorted({threshold.line(size) for size in (amount, *(other for _, other in overrides))})


def _cross(found: Movement, table: Ints, first: int, scopes: Sequence[Scope], lines: Sequence[int]) -> None:
    for line in lines:
        reached = table >= line
        turned = np.diff(reached, axis=1, prepend=False)
        for scope, moment in np.argwhere(turned).tolist():
            found.crossed[first + moment].add(scopes[scope].key)


def _sink(found: Movement, table: Ints, first: int, scopes: Sequence[Scope], lines: Sequence[int], level: str) -> None:
    rows = np.flatnonzero((table >= lines[0]).any(axis=1))
    some = table[rows]
    before: npt.NDArray[np.bool_] = np.logical_or.accumulate(some >= lines[0], axis=1)
    moved = np.diff(some, axis=1, prepend=0) != 0
    for row, moment in np.argwhere(before & moved & (some < lines[-1])).tolist():
        found.sunk[first + moment].add((scopes[rows[row]].key, level))


def watches(rule: Limit, moments: Sequence[datetime], zone: ZoneInfo) -> list[Watch]:
    """The periods of a limit, each with the moments at which it is current or may still be restated."""
    found: dict[Span, Watch] = {}
    number, end = 0, len(moments)
    while number < end:
        periods = list(rule.periods(moments[number], zone))
        for period, _ in periods:
            if not period.ends:
                found[period.span] = Watch(period.span, found.get(period.span, (None, number))[1], number + 1)
            elif period.span not in found:
                found[period.span] = Watch(period.span, number, _place(moments, period.span.end + GRACE))
        number = max(number + 1, _next(periods, moments))
    return list(found.values())


def _next(periods: Sequence[tuple[Period, bool]], moments: Sequence[datetime]) -> int:
    current = next((period for period, late in periods if not late and period.ends), None)
    return _place(moments, current.span.end) if current is not None else 0


def _place(moments: Sequence[datetime], moment: datetime) -> int:
    """The number of the first of the moments, an hour apart, that is not before one; at most their count."""
    hours = -((moments[0] - moment) // timedelta(hours=1))
    return min(max(hours, 0), len(moments))
