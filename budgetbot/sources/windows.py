"""Bucket edges, and walks that leave out what is empty."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from budgetbot.core.model import Bucket


def edge_after(moment: datetime, seconds: int) -> int:
    """The first bucket edge at or after the moment, in Unix seconds."""
    return -int(-moment.timestamp() // seconds) * seconds


def filled(report: str, starts: range, walk: Iterable[tuple[int, Bucket]]) -> Iterator[Bucket]:
    """One bucket for each start (Unix seconds), empty where the walk has none.

    What comes after a gap waits for the end of the walk: only a complete walk says that the gap is empty.
    """
    expected = deque(starts)
    held: dict[int, Bucket] = {}
    for start, bucket in walk:
        if expected and start == expected[0]:
            expected.popleft()
            yield bucket
        else:
            held[start] = bucket
    for start in expected:
        yield held.get(start) or _empty(report, start, starts.step)


def _empty(report: str, start: int, seconds: int) -> Bucket:
    begin = datetime.fromtimestamp(start, UTC)
    return Bucket(report, begin, begin + timedelta(seconds=seconds))
