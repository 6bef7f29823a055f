"""The past of many series, bucket by bucket, as the detector goes through it; and a digest of it, to know it again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from budgetbot.core.anomaly import Bucket

Floats = npt.NDArray[np.float64]
Columns = npt.NDArray[np.int64]
_CHUNK = 24  # rows whose digest is taken together


class Rows(NamedTuple):
    """Buckets that are over, by time: their starts as wall time, what they came to, and what is known of each.

    `price`: the list price against that of the first row; None where it stayed.
    """

    times: npt.NDArray[np.datetime64]
    settled: Floats
    excluded: npt.NDArray[np.bool_]
    holiday: npt.NDArray[np.bool_]
    peers: Floats
    price: Floats | None = None

    def of(self, columns: Columns) -> Rows:
        """Of some series, by number; -1 is one that spends nothing."""
        gone = columns < 0
        settled, excluded = self.settled[:, columns], self.excluded[:, columns]
        price = None if self.price is None else self.price[:, columns]
        if gone.any():
            settled[:, gone], excluded[:, gone] = 0.0, False
            if price is not None:
                price[:, gone] = 1.0
        return self._replace(settled=settled, excluded=excluded, price=price)

    def first(self, count: int) -> Rows:
        """Of the first so many buckets."""
        return Rows(
            times=self.times[:count],
            settled=self.settled[:count],
            excluded=self.excluded[:count],
            holiday=self.holiday[:count],
            peers=self.peers[:count],
            price=None if self.price is None else self.price[:count],
        )

    def digests(self, counts: Collection[int]) -> dict[int, bytes]:
        """Of the first so many rows, for each of `counts`, in one pass."""
        running, found, done = hashlib.blake2b(digest_size=16), dict[int, bytes](), 0
        for count in sorted(counts):
            while done + _CHUNK <= count:
                self._into(running, done, done + _CHUNK)
                done += _CHUNK
            rest = running.copy()
            self._into(rest, done, count)
            found[count] = rest.digest()
        return found

    def _into(self, running: hashlib.blake2b, first: int, last: int) -> None:
        """A price that stayed is told as none: the digest of rows before it changed is as it was."""
        price = None if self.price is None or (self.price[first:last] == 1.0).all() else self.price
        for part in (self.times, self.settled, self.excluded, self.holiday, self.peers, price):
            running.update(b"" if part is None else np.ascontiguousarray(part[first:last]).tobytes())

    def bucket(self, row: int) -> Bucket:
        """One of them, as it is judged."""
        return Bucket(
            time=self.times[row],
            first=self.settled[row],
            holiday=bool(self.holiday[row]),
            peers=float(self.peers[row]),
            price=1.0 if self.price is None else self.price[row],
            excluded=self.excluded[row],
        )
