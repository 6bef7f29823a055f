"""What is left out of the usual: planned spend and silenced times; and whom a planned window leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from budgetbot.core.fx import Fx
from budgetbot.core.grant import Planned
from budgetbot.core.group import Group, Ints
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.model import Scope
from budgetbot.core.period import Span
from budgetbot.core.silence import Silence
from budgetbot.rules.planned import Touching, left_out, touching
from budgetbot.rules.rule import Context

Bools = npt.NDArray[np.bool_]


class Asked(NamedTuple):
    """Whose alerts they are: rule, kind and severity, as silences mean them, and the spend that the rule looks at."""

    rule: str
    kind: str
    severity: str
    match: Match
    each: tuple[str, ...]

    @property
    def common(self) -> dict[str, tuple[str, ...]]:
        """What patterns meet in all of its alerts."""
        return {"rule": (self.rule,), "kind": (self.kind,), "severity": (self.severity,)}


class Aside(NamedTuple):
    """`usual`: spend by bucket and scope without what was planned. `excluded`: buckets of scopes that teach nothing.
    `excused`: scopes that a planned window leaves alone now."""

    usual: Ints
    excluded: Bools
    excused: frozenset[int]


def left_aside(
    asked: Asked, context: Context, group: Group, edges: Sequence[datetime], spent: Ints, now: datetime
) -> Aside:
    """Of the buckets between `edges`. What went beyond the amount of a window is judged, and teaches nothing either."""
    excluded = np.zeros(spent.shape, dtype=np.bool_)
    kept: list[Touching] = []
    for window in windows_of(asked, context, group, Span(edges[0], edges[-1])):
        _hold(excluded, edges, window.window.span, window.numbers)
        if kept_to(window.window, group.history, context.fx):
            kept.append(window)
    usual = spent
    if kept:
        spans = [Span(*pair) for pair in pairwise(edges)]
        planned = left_out(kept, spans, len(group.scopes), context.currency, context.fx).T
        usual = np.maximum(spent - planned, 0)
    for span, scopes in silent(context.silences, asked, group):
        _hold(excluded, edges, span, scopes)
    return Aside(usual, excluded, frozenset(i for w in kept if now in w.window.span for i in w.numbers))


def windows_of(asked: Asked, context: Context, group: Group, span: Span) -> list[Touching]:
    """The planned windows that touch a scope in a stretch of time."""
    inside = [w for w in context.planned if w.since < span.end and span.start < w.until]
    return list(touching(inside, group, asked.match, asked.each))


def kept_to(window: Planned, money: History, fx: Fx) -> bool:
    """Whether no more was spent in the window than planned, as far as is known."""
    spent = money.group(window.match).by_bucket((window.since, window.until), window.currency, fx)
    return int(spent.sum()) <= window.up_to


def silent(silences: Sequence[Silence], asked: Asked, group: Group) -> list[tuple[Span, list[int]]]:
    """The times in which nobody wanted to hear of scopes, with their numbers."""
    return [(Span(one.since, one.until), found) for one in silences if (found := _meant(one.match, asked, group))]


def _meant(match: Match, asked: Asked, group: Group) -> list[int]:
    numbers = list(range(len(group.scopes)))
    if not match.names - asked.common.keys():
        return numbers if match.meets(asked.common) else []
    return [i for i in numbers if match.meets({**group.subject(i), **_own(group.scopes[i]), **asked.common})]


def _own(scope: Scope) -> dict[str, tuple[str, ...]]:
    return {p.dimension: tuple(dict.fromkeys(v for v in (p.id, p.name) if v is not None)) for p in scope.parts}


def _hold(mask: Bools, edges: Sequence[datetime], span: Span, scopes: Sequence[int]) -> None:
    buckets = [i for i in range(len(edges) - 1) if edges[i] < span.end and span.start < edges[i + 1]]
    if buckets and scopes:
        mask[np.ix_(buckets, list(scopes))] = True
