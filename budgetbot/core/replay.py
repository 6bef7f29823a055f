"""The ledger walked through its own past: at each moment the rows as they were known then. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.group import Group, Ints
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.match import Match
from budgetbot.core.model import Driver, Scope, Watermark
from budgetbot.core.past import Past, PastMark
from budgetbot.core.period import Span

Grouping: TypeAlias = tuple[Match, tuple[str, ...]]
"""What a rule looks at: its match, and its `each`."""
Only: TypeAlias = Mapping[Grouping, frozenset[str]]
"""The keys of the scopes that are asked for; a grouping that is not named: all of them."""
_MEASURES = ("billed", "estimated", "low", "high")


class Members(NamedTuple):
    """The scopes of a grouping over all series that ever were, and which of them each series belongs to (-1: none)."""

    scopes: tuple[Scope, ...]
    of_series: Ints


@dataclass(frozen=True)
class Ledger:
    """The rows that ever were, by start: which row each change belongs to, and who belongs to which grouping.

    `names`: today's. Nobody remembers what things were called.
    """

    past: Past
    directory: Directory
    rows: Facts
    of_change: Ints
    usage: Mapping[str, Ledger]
    subjects: dict[tuple[int, ...], dict[str, tuple[str, ...]]] = field(default_factory=dict)
    _members: dict[Grouping, Members] = field(default_factory=dict)

    @classmethod
    def of(cls, past: Past, directory: Directory) -> Ledger:
        """The rows of a past, to be read with these names and labels."""
        changes, count = past.changes, len(past.changes.at)
        columns = (changes.start, changes.end - changes.start, changes.series, changes.currency)
        keys: Ints = np.zeros(count, dtype=np.int64)
        for column in columns:  # each key stands for all that is told by the columns so far, in their order
            known, place = np.unique(column, return_inverse=True)
            _, keys = np.unique(keys * max(len(known), 1) + place.reshape(-1), return_inverse=True)
            keys = keys.reshape(-1).astype(np.int64, copy=False)
        _, first = np.unique(keys, return_index=True)
        rows = Facts(changes.series[first], changes.start[first], changes.end[first], changes.currency[first])
        usage = {metric: cls.of(used, directory) for metric, used in past.usage.items()}
        return cls(past, directory, rows, keys, usage)

    def members(self, grouping: Grouping) -> Members:
        """Who belongs to a grouping; found out once."""
        known = self._members.get(grouping)
        if known is None:
            group = History(self.past.series, (), Facts(), directory=self.directory).group(*grouping)
            of_series = np.full(len(self.past.series), -1, dtype=np.int64)
            for place in range(len(group.scopes)):
                of_series[group.members(place)] = place
            known = self._members[grouping] = Members(group.scopes, of_series)
        return known


class Replay:
    """What was known at one moment after the other; time only goes on."""

    def __init__(self, ledger: Ledger, marks: Sequence[PastMark] = (), *, driven: bool = True) -> None:
        """`driven`: its histories tell what drives the spend."""
        self.ledger = ledger
        self._driven = driven
        self._values = np.zeros((len(_MEASURES), len(ledger.rows.start)), dtype=np.int64)
        self._taken = 0
        self._usage = {metric: Replay(used, driven=driven) for metric, used in ledger.usage.items()}
        self._marks: dict[tuple[str, str], list[PastMark]] = {}
        for mark in sorted(marks, key=lambda mark: mark.at):
            self._marks.setdefault((mark.source, mark.report), []).append(mark)

    def advance(self, at: datetime | None = None) -> None:
        """To a moment; to the end where there is none."""
        changes = self.ledger.past.changes
        until = len(changes.at) if at is None else int(np.searchsorted(changes.at, micros(at), side="right"))
        now = slice(self._taken, max(until, self._taken))
        for values, measure in zip(self._values, _MEASURES, strict=True):
            np.add.at(values, self.ledger.of_change[now], getattr(changes, measure)[now])
        self._taken = now.stop
        for used in self._usage.values():
            used.advance(at)

    def history(
        self,
        span: Span,
        at: datetime,
        only: Only | None = None,
        usage: Mapping[str, Span] | None = None,
    ) -> History:
        """What was known of the buckets that start in `span`. `usage`: the stretch of each metric that is asked for."""
        marks = self.watermarks(at)
        known = self._money(span, marks, only or {})
        for metric, stretch in (usage or {}).items():
            if metric in self._usage:
                known.usage[metric] = self._usage[metric]._money(stretch, marks, only or {})
        return known

    def _money(self, span: Span, marks: Sequence[Watermark], only: Only) -> History:
        rows = self.ledger.rows
        first, after = np.searchsorted(rows.start, (micros(span.start), micros(span.end))).tolist()
        there = first + np.flatnonzero(self._values[:, first:after].any(axis=0))
        facts = Facts(
            rows.series[there], rows.start[there], rows.end[there], rows.currency[there], *self._values[:, there]
        )
        return PastHistory(self.ledger, facts, marks, only, driven=self._driven)

    def watermarks(self, at: datetime) -> list[Watermark]:
        """How far each report was known. Before its first mark nothing is remembered, and it is taken for fresh."""
        found: list[Watermark] = []
        for (source, report), marks in sorted(self._marks.items()):
            place = bisect_right(marks, at, key=lambda mark: mark.at)
            if place:
                mark = marks[place - 1]
                found.append(Watermark(source, report, marks[0].at, mark.complete_to, mark.pulled_at))
            else:
                found.append(Watermark(source, report, at, at, at))
        return found


class _PastGroup(Group):
    """A group that remembers what the series of a scope have in common, over all moments."""

    def __init__(self, history: PastHistory, scopes: tuple[Scope, ...], of_series: Ints) -> None:
        super().__init__(history, scopes, of_series)
        self._subjects = history.subjects

    def subject(self, scope: int) -> dict[str, tuple[str, ...]]:
        """The dimensions and labels, with their values, that all series of one scope have in common."""
        members = tuple(self.members(scope))
        known = self._subjects.get(members)
        if known is None:
            known = self._subjects[members] = super().subject(scope)
        return dict(known)


class _Undriven(_PastGroup):
    """The same where nobody asks what drives the spend: finding that out would take most of the time."""

    def drivers(self, span: Span, currency: str, scope: int, dimension: str, fx: Fx = NO_FX) -> list[Driver]:
        """None."""
        return []


class PastHistory(History):
    """A History whose groups are not found out anew at every moment, and hold no more scopes than are asked for."""

    def __init__(self, ledger: Ledger, facts: Facts, marks: Sequence[Watermark], only: Only, *, driven: bool) -> None:
        super().__init__(ledger.past.series, ledger.past.currencies, facts, marks, ledger.directory)
        self._ledger = ledger
        self._only = only
        self._kind = _PastGroup if driven else _Undriven
        self.subjects = ledger.subjects
        self._there = np.zeros(len(self.series), dtype=np.bool_)
        self._there[facts.series] = True

    def _grouped(self, match: Match, each: Sequence[str]) -> Group:
        grouping = match, tuple(each)
        scopes, of_series = self._ledger.members(grouping)
        wanted = self._only.get(grouping)
        here = np.zeros(len(scopes) + 1, dtype=np.bool_)  # the last place is that of series that are not meant (-1)
        here[of_series[self._there]] = True
        kept = [i for i in np.flatnonzero(here[:-1]).tolist() if wanted is None or scopes[i].key in wanted]
        place = np.full(len(scopes) + 1, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        return self._kind(self, tuple(scopes[i] for i in kept), np.where(self._there, place[of_series], -1))
