"""A History of a past moment: the same answers, of which those that hold for all moments are found out once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TypeAlias

import numpy as np

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.group import Group, Ints
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.match import Match
from budgetbot.core.model import Driver, Scope, Watermark
from budgetbot.core.period import Span
from budgetbot.core.replay_ledger import Grouping, Ledger

Only: TypeAlias = Mapping[Grouping, frozenset[str]]
"""The keys of the scopes that are asked for; a grouping that is not named: all of them."""


class PastHistory(History):
    """A History whose groups are not found out anew at every moment, and hold no more scopes than are asked for."""

    def __init__(self, ledger: Ledger, facts: Facts, marks: Sequence[Watermark], only: Only) -> None:
        super().__init__(ledger.past.series, ledger.past.currencies, facts, marks, ledger.directory)
        self.ledger = ledger
        self._only = only
        self._there = np.zeros(len(self.series), dtype=np.bool_)
        self._there[facts.series] = True

    def _grouped(self, match: Match, each: Sequence[str]) -> Group:
        grouping = match, tuple(each)
        scopes, of_series = self.ledger.members(grouping)
        wanted = self._only.get(grouping)
        here = np.zeros(len(scopes) + 1, dtype=np.bool_)  # the last place is that of series that are not meant (-1)
        here[of_series[self._there]] = True
        kept = [i for i in np.flatnonzero(here[:-1]).tolist() if wanted is None or scopes[i].key in wanted]
        place = np.full(len(scopes) + 1, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        return PastGroup(self, tuple(scopes[i] for i in kept), np.where(self._there, place[of_series], -1))


class PastGroup(Group):
    """A group that finds out once for all moments who its series are: there, most of the time would go."""

    def __init__(self, history: PastHistory, scopes: tuple[Scope, ...], of_series: Ints) -> None:
        super().__init__(history, scopes, of_series)
        self._ledger = history.ledger
        self._starts = history.facts.start[self._rows]
        self._sum: tuple[object, Ints] = (None, of_series)

    def subject(self, scope: int) -> dict[str, tuple[str, ...]]:
        """The dimensions and labels, with their values, that all series of one scope have in common."""
        return self._ledger.subject(tuple(self.members(scope)), lambda: super(PastGroup, self).subject(scope))

    def drivers(self, span: Span, currency: str, scope: int, dimension: str, fx: Fx = NO_FX) -> list[Driver]:
        """What one scope's spend is made of along one dimension, dearest first."""
        if set(self.history.currencies) != {currency}:
            return super().drivers(span, currency, scope, dimension, fx)
        return self._ledger.drivers(dimension, self._of_series_spent(span, currency, scope))

    def _of_series_spent(self, span: Span, currency: str, scope: int) -> Ints:
        """By series; kept, as one dimension after the other is asked for."""
        if self._sum[0] != (span, scope):
            rows, scopes = self._inside(span, currency)
            mine, facts = rows[scopes == scope], self.history.facts
            sums = np.zeros(len(self.history.series), dtype=np.int64)
            np.add.at(sums, facts.series[mine], facts.billed[mine] + facts.estimated[mine])
            self._sum = (span, scope), sums
        return self._sum[1]

    def _inside(self, span: Span, currency: str) -> tuple[Ints, Ints]:
        """The same; of the rows, which stand in the order of time, only those that begin about then are looked at."""
        edges = micros(span.start) - self._ledger.longest, micros(span.end)
        some = slice(*np.searchsorted(self._starts, edges).tolist())
        part = copy(self)
        part._rows, part._scope = self._rows[some], self._scope[some]
        return Group._inside(part, span, currency)
