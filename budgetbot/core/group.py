"""A History seen through one grouping: totals, slices and drivers, scope by scope."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from budgetbot.core.distinct import distinct, taken
from budgetbot.core.fx import NO_FX, Course, Fx
from budgetbot.core.instant import micros
from budgetbot.core.model import Driver, Scope
from budgetbot.core.money import Nano
from budgetbot.core.period import Span
from budgetbot.core.total import Total, times

if TYPE_CHECKING:
    from budgetbot.core.history import History

Ints: TypeAlias = npt.NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)
CLOCK_CHANGE = 2 * 3_600_000_000
"""By as many microseconds a local day may be shorter than a day of the bill."""
_MOST = 2**63 - 1
_EMPTY: Ints = np.zeros(0, dtype=np.int64)


class Converted(NamedTuple):
    """Totals in one currency, scope by scope; and what has no rate to it: for each scope, currency to total."""

    totals: list[Total]
    left: list[dict[str, Total]]


class Group:
    """A History seen through one grouping: scopes in a fixed order, each with its rows."""

    def __init__(self, history: History, scopes: tuple[Scope, ...], of_series: Ints) -> None:
        self.history = history
        self.scopes = scopes
        self._of_series = of_series
        facts = history.facts
        of_row = of_series[facts.series] if len(facts.series) else _EMPTY
        self._rows = np.flatnonzero(of_row >= 0)
        self._scope = taken(of_row, self._rows)
        self._last: tuple[Span, str, list[Total]] | None = None

    def totals(self, span: Span, currency: str) -> list[Total]:
        """Per scope, what was spent in the buckets of `span`, in one currency.

        A bucket belongs to the span that holds its middle, and only to spans about as long as itself or longer: days of
        the bill are UTC days, so a local day, be it of 23 hours, is the UTC day that it mostly covers.
        """
        last = self._last
        if last is None or last[:2] != (span, currency):
            rows, scope = self._inside(span, currency)
            self._last = last = span, currency, self._sums(rows, scope, len(self.scopes))
        return list(last[2])

    def converted(self, span: Span, currency: str, fx: Fx = NO_FX) -> Converted:
        """Per scope, what was spent in all currencies, in one: sums per rate first, then each sum times its rate.

        The rate of a bucket is that of the UTC day that holds its middle.
        """
        totals = self.totals(span, currency)
        left: list[dict[str, Total]] = [{} for _ in self.scopes]
        for other in self.others(span, currency):
            course = fx.course(other, currency)
            rows, scope = self._inside(span, other)
            cells = scope * len(course.rates) + self._rate_of(rows, course)
            for i, total in enumerate(self._sums(rows, cells, len(self.scopes) * len(course.rates))):
                place, part = divmod(i, len(course.rates))
                rate = course.rates[part]
                if rate is not None:
                    totals[place] += total.times(rate)
                elif total != Total():
                    left[place][other] = left[place].get(other, Total()) + total
        return Converted(totals, left)

    def by_bucket(self, edges: Sequence[datetime], currency: str, fx: Fx = NO_FX) -> Ints:
        """Per scope and span between two neighbours of `edges` (rising), what was spent, in one currency.

        The same as `converted(span, currency, fx).totals[scope].spent` of each, all at once; at most what 64 bits hold.
        """
        size = max(len(edges) - 1, 0)
        spent = np.zeros((len(self.scopes), size), dtype=np.int64)
        rows, scope, bucket = self._bucketed(edges)
        facts = self.history.facts
        for index, code in enumerate(self.history.currencies if len(rows) else ()):
            wanted = facts.currency[rows] == index
            mine, cells = rows[wanted], scope[wanted] * size + bucket[wanted]
            if code == currency:
                np.add.at(spent.reshape(-1), cells, facts.billed[mine] + facts.estimated[mine])
            elif len(mine):
                self._add_converted(spent.reshape(-1), mine, cells, fx.course(code, currency))
        return spent

    def _bucketed(self, edges: Sequence[datetime]) -> tuple[Ints, Ints, Ints]:
        """The rows that belong to one of the spans, with the scope and the number of the span of each."""
        if len(edges) < 2:
            return _EMPTY, _EMPTY, _EMPTY
        marks = np.array([micros(edge) for edge in edges], dtype=np.int64)
        start, end = self.history.facts.start[self._rows], self.history.facts.end[self._rows]
        bucket = np.searchsorted(marks, (start + end) // 2, side="right") - 1
        within = (bucket >= 0) & (bucket < len(marks) - 1)
        within[within] &= (end - start)[within] <= np.diff(marks)[bucket[within]] + CLOCK_CHANGE
        return self._rows[within], self._scope[within], bucket[within]

    def _add_converted(self, spent: Ints, rows: Ints, cells: Ints, course: Course) -> None:
        """Sums per cell and rate first, then each sum times its rate."""
        count = len(course.rates)
        parts, of_row = np.unique(cells * count + self._rate_of(rows, course), return_inverse=True)
        for part, total in zip(parts.tolist(), self._sums(rows, of_row.reshape(-1), len(parts)), strict=True):
            cell, index = divmod(part, count)
            rate = course.rates[index]
            if rate is not None:
                spent[cell] = min(max(int(spent[cell]) + total.times(rate).spent, -_MOST), _MOST)

    def others(self, span: Span, currency: str) -> list[str]:
        """The other currencies that occur in the buckets of `span`."""
        if set(self.history.currencies) <= {currency}:
            return []
        return sorted(self.currencies(span) - {currency})

    def _rate_of(self, rows: Ints, course: Course) -> Ints:
        """Which of the rates holds at each row's middle."""
        middle = (self.history.facts.start[rows] + self.history.facts.end[rows]) // 2
        return np.searchsorted(np.array(course.edges, dtype=np.int64), middle, side="right").astype(np.int64)

    def totals_by(self, span: Span, currency: str, key: Callable[[int, int], Key]) -> dict[tuple[int, Key], Total]:
        """The same, parted further by a key of the bucket (its start and end, microseconds UTC), scope by scope."""
        rows, scope = self._inside(span, currency)
        if not len(rows):
            return {}
        facts = self.history.facts
        buckets, of_row = _buckets(taken(facts.start, rows), taken(facts.end, rows))
        index: dict[Key, int] = {}
        keys = [index.setdefault(key(start, end), len(index)) for start, end in buckets]
        part = np.array(keys, dtype=np.int64)[of_row]
        cells, of_row = distinct(scope * len(index) + part)
        totals = self._sums(rows, of_row, len(cells))
        names = list(index)
        where = ((cell // len(names), names[cell % len(names)]) for cell in cells.tolist())
        return dict(zip(where, totals, strict=True))

    def _sums(self, rows: Ints, index: Ints, size: int) -> list[Total]:
        columns = []
        for column in ("billed", "estimated", "low", "high"):
            sums = np.zeros(size, dtype=np.int64)
            np.add.at(sums, index, taken(getattr(self.history.facts, column), rows))
            columns.append(sums.tolist())
        return [Total(*values) for values in zip(*columns, strict=True)]

    def currencies(self, span: Span) -> frozenset[str]:
        """The currencies that occur in the buckets of `span`."""
        facts, known = self.history.facts, self.history.currencies
        rows = self._rows[self._in(span)]
        return frozenset(known[i] for i in np.unique(facts.currency[rows]).tolist())

    def drivers(self, span: Span, currency: str, scope: int, dimension: str, fx: Fx = NO_FX) -> list[Driver]:
        """What one scope's spend is made of along one dimension, dearest first; parts sum to the converted whole."""
        directory = self.history.directory
        amounts: dict[str, Driver] = {}
        for i, spent in self.by_series(span, currency, scope, fx):
            series = self.history.series[i]
            part = directory.part(series, dimension)
            before = amounts.get(Scope((part,)).key)
            owner = directory.owner(series.source, dimension, part.id)
            amount = spent + (before.amount if before else 0)
            amounts[Scope((part,)).key] = Driver(dimension, part.id, part.name, amount, owner)
        return sorted(amounts.values(), key=lambda d: (-d.amount, d.id or ""))

    def by_series(self, span: Span, currency: str, scope: int, fx: Fx = NO_FX) -> Iterator[tuple[int, Nano]]:
        """The same by index of the series; several parts of one where it has several currencies or rates."""
        for other in (currency, *self.others(span, currency)):
            course = fx.course(other, currency)
            rows, scopes = self._inside(span, other)
            rows = rows[scopes == scope]
            part = self._rate_of(rows, course)
            for i, rate in enumerate(course.rates):
                if rate is not None:
                    mine = rows[part == i]
                    series, index = np.unique(self.history.facts.series[mine], return_inverse=True)
                    sums = self._sums(mine, index.reshape(-1), len(series))
                    parts = zip(series.tolist(), times(sums, rate), strict=True)
                    yield from ((i, total.spent) for i, total in parts if total.spent)

    def members(self, scope: int) -> list[int]:
        """The series of one scope, by index."""
        return [int(i) for i in np.flatnonzero(self._of_series == scope)]

    def subject(self, scope: int) -> dict[str, tuple[str, ...]]:
        """The dimensions and labels, with their values, that all series of one scope have in common."""
        subjects = [self.history.directory.subject(self.history.series[i]) for i in self.members(scope)]
        if not subjects:
            return {}
        first = subjects[0]
        return {name: values for name, values in first.items() if all(s.get(name) == values for s in subjects)}

    def _in(self, span: Span) -> npt.NDArray[np.bool_]:
        start, end = taken(self.history.facts.start, self._rows), taken(self.history.facts.end, self._rows)
        middle = (start + end) >> 1
        first, after = micros(span.start), micros(span.end)
        return (middle >= first) & (middle < after) & (end - start <= after - first + CLOCK_CHANGE)

    def _inside(self, span: Span, currency: str) -> tuple[Ints, Ints]:
        if currency not in self.history.currencies:
            return _EMPTY, _EMPTY
        wanted = self._in(span)
        if len(self.history.currencies) > 1:
            code = self.history.currencies.index(currency)
            wanted &= taken(self.history.facts.currency, self._rows) == code
        return self._rows[wanted], self._scope[wanted]


def _buckets(start: Ints, end: Ints) -> tuple[list[tuple[int, int]], Ints]:
    """The buckets that occur, and the number of each row's; rows of one bucket mostly stand together."""
    begins = np.flatnonzero((np.diff(start) != 0) | (np.diff(end) != 0)) + 1
    firsts = np.concatenate(([0], begins))
    found, run = np.unique(np.stack((start[firsts], end[firsts])), axis=1, return_inverse=True)
    return [(a, b) for a, b in found.T.tolist()], np.repeat(run.reshape(-1), np.diff([*firsts, len(start)]))
