"""Whether the series that moved most is the faulty one, where the fault matters to its organisation. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.anomaly_world import Floats
from benchmarks.goals import GOALS

_MATTERS = 0.1  # of what the organisation spends in the bucket


@dataclass(frozen=True)
class Organisation:
    """Buckets by series: what was seen and expected, what was told, and what faults added to the spend."""

    seen: Floats
    expected: Floats
    told: npt.NDArray[np.bool_]
    added: Floats


@dataclass
class Drivers:
    """Of faults told that add at least a tenth to the bucket: how often the largest move is theirs, in the bucket that
    told them and in the worst of their window."""

    when_told: int = 0
    at_told: int = 0
    right_at_peak: int = 0
    at_peak: int = 0

    def add(self, org: Organisation, faults: Iterable[tuple[int, int, int]]) -> None:
        """`faults`: column, start and end of each."""
        for column, start, end in faults:
            told, added = org.told[start:end, column], org.added[start:end, column]
            if not told.any() or added.max() <= 0.0:
                continue
            right = _right(org, column, start + int(told.argmax()))
            self.at_told += right is not None
            self.when_told += bool(right)
            right = _right(org, column, start + int(added.argmax()))
            self.at_peak += right is not None
            self.right_at_peak += bool(right)

    def __str__(self) -> str:
        when, peak = _share(self.when_told, self.at_told), _share(self.right_at_peak, self.at_peak)
        of, goal = "told faults of a tenth of the organisation's day", GOALS["top driver right"].reach
        return f"top driver right, {of}: {when} when told, {peak} on the worst day (goal {goal:.2f})"


def _right(org: Organisation, column: int, bucket: int) -> bool | None:
    """None where the fault does not matter."""
    if org.added[bucket, column] < _MATTERS * org.seen[bucket].sum():
        return None
    return int((org.seen[bucket] - org.expected[bucket]).argmax()) == column


def _share(right: int, of: int) -> str:
    return f"{right / max(of, 1):.3f} of {of}"
