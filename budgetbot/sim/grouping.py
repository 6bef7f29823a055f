"""Grouping: which rows of an array belong to which group of a report, after its filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from budgetbot.sim.stream import Dimensions
from budgetbot.sim.traffic import Counts


@dataclass(frozen=True)
class Grouping:
    """`labels` are the groups' values of the grouped dimensions; `first` is one member of each."""

    labels: tuple[tuple[str | bool | None, ...], ...]
    first: tuple[int, ...]
    _order: npt.NDArray[np.intp]
    _starts: npt.NDArray[np.intp]

    def sums(self, values: Counts) -> Counts:
        """Sums over the members of each group along the first axis."""
        if not self.labels:
            return values[:0]
        sums: Counts = np.add.reduceat(values[self._order], self._starts, axis=0)
        return sums


def grouping(
    rows: Sequence[Dimensions], group_by: tuple[str, ...], filters: Mapping[str, frozenset[str | bool]]
) -> Grouping:
    """Groups in the order in which they first appear; without `group_by`, one group of everything that passes."""
    members: dict[tuple[str | bool | None, ...], list[int]] = {}
    for index, row in enumerate(rows):
        if all(row.get(dimension) in wanted for dimension, wanted in filters.items()):
            members.setdefault(tuple(row.get(name) for name in group_by), []).append(index)
    sizes = [len(group) for group in members.values()]
    return Grouping(
        labels=tuple(members),
        first=tuple(group[0] for group in members.values()),
        _order=np.array([index for group in members.values() for index in group], dtype=np.intp),
        _starts=np.array([sum(sizes[:place]) for place in range(len(sizes))], dtype=np.intp),
    )
