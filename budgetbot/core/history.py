"""Spend as known at one moment, as columns: one row per (series, bucket); sums stay exact int64 nano-units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.group import Group
from budgetbot.core.group import Ints as Ints
from budgetbot.core.instant import from_micros
from budgetbot.core.match import Match
from budgetbot.core.model import Part, Scope, Series, Watermark
from budgetbot.core.pricing import PriceOf
from budgetbot.core.total import Total as Total

SETTLE_AFTER = timedelta(hours=48)
_BY_HOUR = 2 * 3_600_000_000  # rows up to this long, in microseconds, tell of hours
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


class Unpriced(NamedTuple):
    """A model of a source without a price: its use counts at the dearest sibling's."""

    source: str
    model: str


class Loaded(NamedTuple):
    """The policy in force, by its hash, and the mistakes in newer files, which therefore are not in force."""

    hash: str = ""
    mistakes: tuple[str, ...] = ()


class Letters(NamedTuple):
    """What one receiver does not get: `dead` messages were given up since it last confirmed one, the first `since`.

    `waiting` were due, the oldest at `oldest_due`, and are neither confirmed nor given up; a drill among them should
    have been confirmed at `drill_due`. Every owner is a receiver, as long as there is `owner`.
    """

    receiver: str
    dead: int = 0
    since: datetime | None = None
    waiting: int = 0
    oldest_due: datetime | None = None
    last_error: str | None = None
    drill_due: datetime | None = None


class History:
    """What is known of spend, with who is who. Answers totals and slices; decides nothing.

    `usage`: the same for what is counted instead of paid, by metric, where some rule asks for it: counts in place of
    money, the metric in place of a currency. `unpriced`: models that were used of late and that nobody has a price for.
    `loaded`: how the policy stands that asks. `letters`: every receiver, and what it does not get.
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
        self.loaded = Loaded()
        self.letters: tuple[Letters, ...] = ()
        self.prices: PriceOf | None = None
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
        known: dict[tuple[Part, ...], int] = {}
        of_series = np.full(len(self.series), -1, dtype=np.int64)
        for i, series in enumerate(self.series):
            if not match.meets(self.directory.subject(series)):
                continue
            parts = tuple(self.directory.part(series, name) for name in each)
            if parts not in known:
                scope = Scope(parts)
                scopes.setdefault(scope.key, scope)
                known[parts] = index.setdefault(scope.key, len(index))
            of_series[i] = known[parts]
        return Group(self, tuple(scopes.values()), of_series)

    def begins(self) -> datetime | None:
        """The start of its earliest bucket; None where it holds nothing."""
        return from_micros(int(self.facts.start.min())) if len(self.facts.start) else None

    def hours_begin(self) -> datetime | None:
        """From when spend is known by the hour; None where it never is."""
        short = self.facts.start[self.facts.end - self.facts.start <= _BY_HOUR]
        return from_micros(int(short.min())) if len(short) else None

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
