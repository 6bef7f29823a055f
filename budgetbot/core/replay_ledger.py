"""The rows that ever were, with who is who: what stays the same while the past is walked through. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.group import Ints
from budgetbot.core.history import Facts, History
from budgetbot.core.match import Match, Subject
from budgetbot.core.model import Driver, Scope
from budgetbot.core.past import Past

Grouping: TypeAlias = tuple[Match, tuple[str, ...]]
"""What a rule looks at: its match, and its `each`."""
_MOST = 4096  # answers that are kept


class Members(NamedTuple):
    """The scopes of a grouping over all series that ever were, and which of them each series belongs to (-1: none)."""

    scopes: tuple[Scope, ...]
    of_series: Ints


class Parts(NamedTuple):
    """The values of a dimension, each as what drives nothing yet; which of them each series has; their order by id."""

    drivers: tuple[Driver, ...]
    of_series: Ints
    ranks: Ints


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
    _members: dict[Grouping, Members] = field(default_factory=dict)
    _parts: dict[str, Parts] = field(default_factory=dict)
    _drivers: dict[tuple[str, bytes, bytes], tuple[Driver, ...]] = field(default_factory=dict)
    _subjects: dict[tuple[int, ...], dict[str, tuple[str, ...]]] = field(default_factory=dict)

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

    @cached_property
    def longest(self) -> int:
        """The length of the longest bucket, in microseconds."""
        return int((self.rows.end - self.rows.start).max(initial=0))

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

    def parts(self, dimension: str) -> Parts:
        """What the series are along one dimension; found out once."""
        known = self._parts.get(dimension)
        if known is None:
            found: dict[str, Driver] = {}
            index: dict[str, int] = {}
            place: list[int] = []
            for series in self.past.series:
                part = self.directory.part(series, dimension)
                owner = self.directory.owner(series.source, dimension, part.id)
                found.setdefault(Scope((part,)).key, Driver(dimension, part.id, part.name, 0, owner))
                place.append(index.setdefault(Scope((part,)).key, len(index)))
            ids = sorted({driver.id or "" for driver in found.values()})
            ranks = [ids.index(driver.id or "") for driver in found.values()]
            columns = (np.array(column, dtype=np.int64) for column in (place, ranks))
            known = self._parts[dimension] = Parts(tuple(found.values()), *columns)
        return known

    def drivers(self, dimension: str, sums: Ints) -> list[Driver]:
        """What sums by series are made of along one dimension, dearest first; kept: what is closed is asked often."""
        some = np.flatnonzero(sums)
        key = dimension, some.tobytes(), sums[some].tobytes()
        known = self._drivers.get(key)
        if known is None:
            if len(self._drivers) >= _MOST:
                self._drivers.clear()
            known = self._drivers[key] = tuple(self._dearest(dimension, some, sums[some]))
        return list(known)

    def _dearest(self, dimension: str, series: Ints, sums: Ints) -> Iterator[Driver]:
        known, of_series, ranks = self.parts(dimension)
        amounts = np.zeros(len(known), dtype=np.int64)
        np.add.at(amounts, of_series[series], sums)
        there = np.array(list(dict.fromkeys(of_series[series].tolist())), dtype=np.int64)
        dearest = there[np.lexsort((ranks[there], -amounts[there]))]
        for i, amount in zip(dearest.tolist(), amounts[dearest].tolist(), strict=True):
            yield Driver(dimension, known[i].id, known[i].name, amount, known[i].owner)

    def subject(self, members: tuple[int, ...], find: Callable[[], Subject]) -> dict[str, tuple[str, ...]]:
        """What some series have in common; found out once."""
        known = self._subjects.get(members)
        if known is None:
            known = self._subjects[members] = dict(find())
        return dict(known)
