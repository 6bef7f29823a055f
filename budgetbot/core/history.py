"""Spend as known at one moment, as columns: one row per (series, bucket); sums stay exact int64 nano-units."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from budgetbot.core.directory import Directory
from budgetbot.core.fx import NO_FX, Course, Fx
from budgetbot.core.instant import micros
from budgetbot.core.match import Match
from budgetbot.core.model import Driver, Scope, Series, Watermark
from budgetbot.core.money import Nano
from budgetbot.core.period import Span
from budgetbot.core.total import Total as Total
from budgetbot.core.total import times

Ints = npt.NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)
SETTLE_AFTER = timedelta(hours=48)
_CLOCK_CHANGE = 2 * 3_600_000_000  # by as many microseconds a local day may be shorter than a day of the bill
_EMPTY: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Facts:
    """The rows: `series` indexes History.series, `start` and `end` are microseconds UTC, money is nano-units.

    spent = billed + estimated; low <= spent <= high. `currency` indexes History.currencies.
    """

    series: Ints = field(default_factory=lambda: _EMPTY)
    start: Ints = field(default_factory=lambda: _EMPTY)
    end: Ints = field(default_factory=lambda: _EMPTY)
    currency: Ints = field(default_factory=lambda: _EMPTY)
    billed: Ints = field(default_factory=lambda: _EMPTY)
    estimated: Ints = field(default_factory=lambda: _EMPTY)
    low: Ints = field(default_factory=lambda: _EMPTY)
    high: Ints = field(default_factory=lambda: _EMPTY)


class Converted(NamedTuple):
    """Totals in one currency, scope by scope; and what has no rate to it: for each scope, currency to total."""

    totals: list[Total]
    left: list[dict[str, Total]]


class Unpriced(NamedTuple):
    """A model of a source without a price: its use counts at the dearest sibling's."""

    source: str
    model: str


class History:
    """What is known of spend, with who is who. Answers totals and slices; decides nothing.

    `usage`: the same for what is counted instead of paid, by metric, where some rule asks for it: counts in place of
    money, the metric in place of a currency. `unpriced`: models that were used of late and that nobody has a price for.
    """

    def __init__(
        self,
        series: Sequence[Series],
        currencies: Sequence[str],
        facts: Facts,
        watermarks: Sequence[Watermark] = (),
        directory: Directory | None = None,
        usage: Mapping[str, History] | None = None,
        unpriced: Sequence[Unpriced] = (),
    ) -> None:
        self.series = tuple(series)
        self.currencies = tuple(currencies)
        self.facts = facts
        self.watermarks = tuple(watermarks)
        self.directory = directory or Directory()
        self.usage = dict(usage or {})
        self.unpriced = tuple(unpriced)
        self._groups: dict[tuple[Match, tuple[str, ...]], Group] = {}

    def group(self, match: Match, each: Sequence[str] = ()) -> Group:
        """The rows that `match` means, grouped by the values of `each` (dimensions or labels)."""
        known = self._groups.get((match, tuple(each)))
        if known is None:
            known = self._groups[match, tuple(each)] = self._grouped(match, each)
        return known

    def _grouped(self, match: Match, each: Sequence[str]) -> Group:
        scopes: dict[str, Scope] = {}
        index: dict[str, int] = {}
        of_series = np.full(len(self.series), -1, dtype=np.int64)
        for i, series in enumerate(self.series):
            if not match.meets(self.directory.subject(series)):
                continue
            scope = Scope(tuple(self.directory.part(series, name) for name in each))
            key = scope.key
            scopes.setdefault(key, scope)
            of_series[i] = index.setdefault(key, len(index))
        return Group(self, tuple(scopes.values()), of_series)

    def complete_to(self) -> datetime | None:
        """The moment up to which every report of every source is known; None where one was never read whole."""
        known = [mark.complete_to for mark in self.watermarks]
        return min((k for k in known if k is not None), default=None) if all(known) else None

    def settled_to(self, now: datetime) -> datetime | None:
        """The midnight before which days are old enough, and read, to be taken as the provider's final bill."""
        complete = self.complete_to()
        if complete is None:
            return None
        return min(complete, now - SETTLE_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)


class Group:
    """A History seen through one grouping: scopes in a fixed order, each with its rows."""

    def __init__(self, history: History, scopes: tuple[Scope, ...], of_series: Ints) -> None:
        self.history = history
        self.scopes = scopes
        self._of_series = of_series
        facts = history.facts
        of_row = of_series[facts.series] if len(facts.series) else _EMPTY
        self._rows = np.flatnonzero(of_row >= 0)
        self._scope = of_row[self._rows]

    def totals(self, span: Span, currency: str) -> list[Total]:
        """Per scope, what was spent in the buckets of `span`, in one currency.

        A bucket belongs to the span that holds its middle, and only to spans about as long as itself or longer: days of
        the bill are UTC days, so a local day, be it of 23 hours, is the UTC day that it mostly covers.
        """
        rows, scope = self._inside(span, currency)
        return self._sums(rows, scope, len(self.scopes))

    def converted(self, span: Span, currency: str, fx: Fx = NO_FX) -> Converted:
        """Per scope, what was spent in all currencies, in one: sums per rate first, then each sum times its rate.

        The rate of a bucket is that of the UTC day that holds its middle.
        """
        totals = self.totals(span, currency)
        left: list[dict[str, Total]] = [{} for _ in self.scopes]
        for other in self._others(span, currency):
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

    def _others(self, span: Span, currency: str) -> list[str]:
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
        buckets, of_row = np.unique(np.stack((facts.start[rows], facts.end[rows])), axis=1, return_inverse=True)
        index: dict[Key, int] = {}
        keys = [index.setdefault(key(start, end), len(index)) for start, end in buckets.T.tolist()]
        part = np.array(keys, dtype=np.int64)[of_row.reshape(-1)]
        cells, of_row = np.unique(scope * len(index) + part, return_inverse=True)
        totals = self._sums(rows, of_row.reshape(-1), len(cells))
        names = list(index)
        where = ((cell // len(names), names[cell % len(names)]) for cell in cells.tolist())
        return dict(zip(where, totals, strict=True))

    def _sums(self, rows: Ints, index: Ints, size: int) -> list[Total]:
        columns = []
        for column in ("billed", "estimated", "low", "high"):
            sums = np.zeros(size, dtype=np.int64)
            np.add.at(sums, index, getattr(self.history.facts, column)[rows])
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
        for i, spent in self._by_series(span, currency, scope, fx):
            series = self.history.series[i]
            part = directory.part(series, dimension)
            before = amounts.get(Scope((part,)).key)
            owner = directory.owner(series.source, dimension, part.id)
            amount = spent + (before.amount if before else 0)
            amounts[Scope((part,)).key] = Driver(dimension, part.id, part.name, amount, owner)
        return sorted(amounts.values(), key=lambda d: (-d.amount, d.id or ""))

    def _by_series(self, span: Span, currency: str, scope: int, fx: Fx) -> Iterator[tuple[int, Nano]]:
        """The parts, by index of their series; several of one where it has several currencies or rates."""
        for other in (currency, *self._others(span, currency)):
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

    def subject(self, scope: int) -> dict[str, tuple[str, ...]]:
        """The dimensions and labels, with their values, that all series of one scope have in common."""
        subjects = [
            self.history.directory.subject(self.history.series[i])
            for i in np.flatnonzero(self._of_series == scope).tolist()
        ]
        if not subjects:
            return {}
        first = subjects[0]
        return {name: values for name, values in first.items() if all(s.get(name) == values for s in subjects)}

    def _in(self, span: Span) -> npt.NDArray[np.bool_]:
        start, end = self.history.facts.start[self._rows], self.history.facts.end[self._rows]
        middle = (start + end) // 2
        first, after = micros(span.start), micros(span.end)
        return (middle >= first) & (middle < after) & (end - start <= after - first + _CLOCK_CHANGE)

    def _inside(self, span: Span, currency: str) -> tuple[Ints, Ints]:
        if currency not in self.history.currencies:
            return _EMPTY, _EMPTY
        wanted = self._in(span) & (self.history.facts.currency[self._rows] == self.history.currencies.index(currency))
        return self._rows[wanted], self._scope[wanted]
