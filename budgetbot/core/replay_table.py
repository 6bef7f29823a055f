"""What every scope had spent in a span at each of many moments, all at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from budgetbot.core.group import Group, Ints
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.period import Span
from budgetbot.core.replay_ledger import Grouping, Ledger


class _Walked(Group):
    """A grouping of changes in place of rows."""

    def table(self, span: Span, currency: str, at: Ints, moments: int) -> Ints:
        """Scopes x moments: what was spent by then. `at`: from which moment on each change is known."""
        rows, scope = self._inside(span, currency)
        kept = at[rows] < moments
        rows, scope = rows[kept], scope[kept]
        sums = np.zeros((len(self.scopes), moments), dtype=np.int64)
        np.add.at(sums.reshape(-1), scope * moments + at[rows], self.history.facts.billed[rows])
        return np.cumsum(sums, axis=1, out=sums)


@dataclass(frozen=True)
class Tables:
    """The changes of a ledger in the order of their buckets, each with the first moment at which it is known."""

    ledger: Ledger
    facts: Facts
    known_at: Ints
    longest: int

    @classmethod
    def of(cls, ledger: Ledger, moments: Ints) -> Tables:
        """`moments`: microseconds UTC, rising."""
        changes = ledger.past.changes
        order = np.argsort(changes.start, kind="stable")
        spent = (changes.billed + changes.estimated)[order]
        start, end = changes.start[order], changes.end[order]
        facts = Facts(changes.series[order], start, end, changes.currency[order], spent, spent, spent, spent)
        known_at = np.searchsorted(moments, changes.at[order], side="left").astype(np.int64)
        return cls(ledger, facts, known_at, int((end - start).max(initial=0)))

    def spent(self, grouping: Grouping, currency: str, span: Span, first: int, after: int) -> Ints:
        """Scopes x moments from number `first` until (not including) `after`: what was known to be spent in `span`."""
        begin, end = np.searchsorted(self.facts.start, (micros(span.start) - self.longest, micros(span.end))).tolist()
        some = slice(begin, end)
        f = self.facts
        columns = (f.series, f.start, f.end, f.currency, f.billed, f.estimated, f.low, f.high)
        history = History(self.ledger.past.series, self.ledger.past.currencies, Facts(*(c[some] for c in columns)))
        at = np.maximum(self.known_at[some] - first, 0)
        return _Walked(history, *self.ledger.members(grouping)).table(span, currency, at, after - first)

    def units(self, grouping: Grouping) -> frozenset[str]:
        """The currencies in which any of it was ever spent; where there is but one at all, that one."""
        currencies = self.ledger.past.currencies
        if len(currencies) < 2:
            return frozenset(currencies)
        there = np.zeros(len(currencies), dtype=np.bool_)
        there[self.facts.currency[self.ledger.members(grouping).of_series[self.facts.series] >= 0]] = True
        return frozenset(currencies[i] for i in np.flatnonzero(there).tolist())
