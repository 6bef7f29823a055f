"""What planned windows mean to one limit: spend that its forecasts do not learn from, scopes that they leave alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from budgetbot.core.fx import Fx
from budgetbot.core.grant import Planned
from budgetbot.core.group import Group, Ints
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.period import Span


class Touching(NamedTuple):
    """A window and the spend that both it and the limit mean, grouped as the limit's is.

    `numbers`: which scope of the limit's group each of its scopes is.
    """

    window: Planned
    group: Group
    numbers: Sequence[int]


def touching(windows: Sequence[Planned], group: Group, match: Match, each: Sequence[str]) -> Iterator[Touching]:
    """The windows that touch a scope of the limit."""
    numbers = {scope.key: i for i, scope in enumerate(group.scopes)} if windows else {}
    for window in windows:
        both = group.history.group(Match((*match.fields, *window.match.fields)), each)
        if both.scopes and all(scope.key in numbers for scope in both.scopes):
            yield Touching(window, both, [numbers[scope.key] for scope in both.scopes])


def left_out(windows: Sequence[Touching], spans: Sequence[Span], scopes: int, unit: str, fx: Fx) -> Ints:
    """Per scope and span, what was spent inside a window; each span begins where the one before it ends."""
    found: Ints = np.zeros((scopes, len(spans)), dtype=np.int64)
    for window, group, numbers in windows:
        inside = [i for i, span in enumerate(spans) if span.start < window.until and window.since < span.end]
        if inside:
            edges = [max(spans[inside[0]].start, window.since), *(spans[i].start for i in inside[1:])]
            edges.append(min(spans[inside[-1]].end, window.until))
            found[np.ix_(numbers, inside)] += group.by_bucket(edges, unit, fx)
    return found


def excused(windows: Sequence[Touching], money: History, now: datetime, fx: Fx) -> frozenset[int]:
    """The scopes that a window touches which is running, and in which no more was spent than planned."""
    found: set[int] = set()
    for window, _, numbers in windows:
        if now in window.span:
            spent = money.group(window.match).by_bucket((window.since, window.until), window.currency, fx)
            if int(spent.sum()) <= window.up_to:
                found.update(numbers)
    return frozenset(found)
