"""The verdicts on the last buckets of a block of series, remembered: what has not changed is not gone through again.

The same input gives the same verdicts, whatever is remembered; memory only makes it fast.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

import numpy as np

from budgetbot.core.anomaly import Bucket, Detector, Verdict
from budgetbot.rules.unusual_rows import Rows

_MOST = 256  # courses that are remembered
_STEPS = 3  # of a tail: after each a detector is kept for a while


class Terms(NamedTuple):
    """What a course is of: `identity` tells it from others, whatever its first bucket, of which `begins` is the start
    (ISO, UTC). `floor` is money, `target` false alarms a series a year."""

    identity: str
    begins: str
    scopes: tuple[str, ...]
    floor: float
    hourly: bool
    target: float


@dataclass
class _Memory:
    """Detectors after so many rows, each with the digest of these, and the verdicts on the last rows."""

    marks: dict[int, tuple[bytes, Detector]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


_MEMORY: OrderedDict[Terms, _Memory] = OrderedDict()
_LOCK = Lock()


def course(terms: Terms, rows: Rows, tail: int, filling: Bucket | None) -> list[Verdict]:
    """The verdicts on the last `tail` rows, and on the bucket that fills where there is one.

    What was remembered of the same series from an earlier beginning is forgotten: time does not go back to it.
    """
    with _LOCK:
        for old in [t for t in _MEMORY if t.identity == terms.identity and t.begins < terms.begins]:
            del _MEMORY[old]
        count = len(rows.times)
        detector, verdicts = _learnt(terms, rows, tail, _kept(count, tail))
        found = [verdicts[row] for row in range(max(0, count - tail), count)]
        return [*found, detector.judge(filling)] if filling is not None else found


def is_behind(terms: Terms, count: int, tail: int) -> bool:
    """Whether `ahead` has something to do, where so many buckets are over."""
    with _LOCK:
        memory = _MEMORY.get(terms)
        return _reached(memory) < _steps(count, tail)


def ahead(terms: Terms, rows: Rows, tail: int, most: int) -> None:
    """Go through `most` rows more of a course that will be asked for later, so that little is left to do then.

    The last rows are left for then: they may still change.
    """
    with _LOCK:
        memory, count = _MEMORY.setdefault(terms, _Memory()), len(rows.times)
        done = _resumed(memory, rows.digests([n for n in memory.marks if n <= count]), count, 0)
        until = min(done + most, _steps(count, tail))
        _learnt(terms, rows.first(until), tail, frozenset({(until - 1) // tail * tail}))


def _learnt(terms: Terms, rows: Rows, tail: int, kept: frozenset[int]) -> tuple[Detector, dict[int, Verdict]]:
    """What has learnt all rows, and the verdicts on the last ones by row.

    It is remembered, and what it was after each of `kept` rows.
    """
    memory = _MEMORY.pop(terms, None) or _Memory()
    count = len(rows.times)
    digests = rows.digests({count, *kept, *(n for n in memory.marks if n <= count)})
    done = _resumed(memory, digests, count, tail)
    detector = _after(memory, terms, done, again=done in kept and done < count)
    for row in range(done, count):
        memory.verdicts[row] = detector.learn(rows.bucket(row), rows.settled[row])
        if row + 1 in kept:
            memory.marks[row + 1] = (digests[row + 1], detector.copy())
    memory.marks = {n: mark for n, mark in memory.marks.items() if n in kept}
    memory.marks[count] = (digests[count], detector)
    memory.verdicts = {row: verdict for row, verdict in memory.verdicts.items() if row >= count - 3 * tail}
    _MEMORY[terms] = memory
    while len(_MEMORY) > _MOST:
        _MEMORY.popitem(last=False)
    return detector, memory.verdicts


def _resumed(memory: _Memory, digests: Mapping[int, bytes], count: int, tail: int) -> int:
    """The most rows that were learnt and still hold."""
    for done in sorted((n for n in memory.marks if n <= count), reverse=True):
        wanted = range(max(0, count - tail), done)
        if memory.marks[done][0] == digests[done] and all(row in memory.verdicts for row in wanted):
            return done
    memory.marks.clear()
    memory.verdicts.clear()
    return 0


def _after(memory: _Memory, terms: Terms, done: int, *, again: bool) -> Detector:
    """A detector that has learnt so many rows. `again`: it is learnt with now, and gone back to later."""
    if done not in memory.marks:
        return Detector(np.full(len(terms.scopes), terms.floor), hourly=terms.hourly, target=terms.target)
    _, detector = memory.marks[done]
    return detector.copy() if again else detector


def _kept(count: int, tail: int) -> frozenset[int]:
    """After which rows a detector is kept beside the newest: what was restated of late costs less than older days."""
    return frozenset(
        n
        for size in (max(1, tail // _STEPS), tail)
        for n in ((count - 1) // size * size, ((count - 1) // size - 1) * size)
        if n > 0
    )


def _steps(count: int, tail: int) -> int:
    step = max(1, tail // _STEPS)
    return count // step * step


def _reached(memory: _Memory | None) -> int:
    return max(memory.marks, default=0) if memory is not None else 0
