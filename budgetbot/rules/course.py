"""The verdicts on the last buckets of a block of series, remembered: what has not changed is not gone through again.

The same input gives the same verdicts, whatever is remembered; memory only makes it fast.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly import Bucket, Detector, Verdict

Floats = npt.NDArray[np.float64]
_MOST = 256  # courses that are remembered
_SCOPES = 256  # series that are gone through together: all of them anew where one of them is new


class Terms(NamedTuple):
    """What a course is of. `identity` tells it from others, `floor` is money, `target` false alarms a series a year."""

    identity: str
    scopes: tuple[str, ...]
    floor: float
    hourly: bool
    target: float


class Rows(NamedTuple):
    """Buckets that are over, by time: their starts as wall time, what they came to, and what is known of each."""

    times: npt.NDArray[np.datetime64]
    settled: Floats
    excluded: npt.NDArray[np.bool_]
    holiday: npt.NDArray[np.bool_]
    peers: Floats
    price: Floats

    def digest(self, count: int) -> bytes:
        """Of the first `count`."""
        found = hashlib.blake2b(digest_size=16)
        for part in (self.times, self.settled, self.excluded, self.holiday, self.peers, self.price):
            found.update(np.ascontiguousarray(part[:count]).tobytes())
        return found.digest()

    def bucket(self, row: int) -> Bucket:
        """One of them, as it is judged."""
        return Bucket(
            time=self.times[row],
            first=self.settled[row],
            holiday=bool(self.holiday[row]),
            peers=float(self.peers[row]),
            price=self.price[row],
            excluded=self.excluded[row],
        )


@dataclass
class _Memory:
    """Detectors after so many rows, each with the digest of these, and the verdicts on the last rows."""

    marks: dict[int, tuple[bytes, Detector]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


_MEMORY: OrderedDict[Terms, _Memory] = OrderedDict()
_LOCK = Lock()


def course(terms: Terms, rows: Rows, tail: int, filling: Bucket | None) -> list[Verdict]:
    """The verdicts on the last `tail` rows, and on the bucket that fills where there is one."""
    with _LOCK:
        memory = _MEMORY.pop(terms, None) or _Memory()
        count = len(rows.times)
        detector, done = _resumed(memory, terms, rows, tail)
        for row in range(done, count):
            verdict = detector.learn(rows.bucket(row), rows.settled[row])
            memory.verdicts[row] = verdict
            if (row + 1) % tail == 0 and row + 1 < count:
                memory.marks[row + 1] = (rows.digest(row + 1), detector.copy())
        _forget(memory, count, tail)
        if count:
            memory.marks[count] = (rows.digest(count), detector)
        _MEMORY[terms] = memory
        while len(_MEMORY) > _MOST:
            _MEMORY.popitem(last=False)
        found = [memory.verdicts[row] for row in range(max(0, count - tail), count)]
        return [*found, detector.judge(filling)] if filling is not None else found


def _resumed(memory: _Memory, terms: Terms, rows: Rows, tail: int) -> tuple[Detector, int]:
    """The detector that has learnt the most of what still holds, and how many rows that is."""
    for count in sorted((c for c in memory.marks if c <= len(rows.times)), reverse=True):
        digest, detector = memory.marks[count]
        wanted = range(max(0, len(rows.times) - tail), count)
        if digest == rows.digest(count) and all(row in memory.verdicts for row in wanted):
            kept = count % tail == 0 and count < len(rows.times)  # it is learnt with, and gone back to later
            return detector.copy() if kept else detector, count
    memory.marks.clear()
    memory.verdicts.clear()
    floor = np.full(len(terms.scopes), terms.floor)
    return Detector(floor, hourly=terms.hourly, target=terms.target), 0


def _forget(memory: _Memory, count: int, tail: int) -> None:
    """All but what the next evaluations may go back to: the marks of the last two tails."""
    kept = {n for n in memory.marks if n % tail == 0 and count - 2 * tail <= n < count}
    memory.marks = {n: mark for n, mark in memory.marks.items() if n in kept}
    memory.verdicts = {row: verdict for row, verdict in memory.verdicts.items() if row >= count - 3 * tail}


def blocks(scopes: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """The numbers of the scopes that are gone through together; a scope stays where it is when others come."""
    parts = 1
    while parts * _SCOPES < len(scopes):
        parts *= 2
    place = np.array([crc32(key.encode("utf-8", "replace")) % parts for key in scopes], dtype=np.int64)
    return [found for part in range(parts) if len(found := np.flatnonzero(place == part))]
