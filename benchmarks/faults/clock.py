"""Hours in seconds: one clock for many processes, which stands still where it is told to."""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime

_FORM = struct.Struct("dddd")


class SharedClock:
    """Goes `rate` times as fast as the world, and waits at the moment up to which it may go.

    It lies in memory that forked processes share; one of them sets it. Calling it tells the time.
    """

    def __init__(self, start: datetime, rate: float) -> None:
        self._memory = mmap.mmap(-1, _FORM.size)
        self.set(start, rate, start)

    def set(self, start: datetime, rate: float, until: datetime) -> None:
        """Begin anew."""
        values = start.timestamp(), time.monotonic(), rate, until.timestamp()
        self._memory[: _FORM.size] = _FORM.pack(*values)

    def __call__(self) -> datetime:
        base, began, rate, until = self._values()
        seconds = min(base + rate * (time.monotonic() - began), until)
        return datetime.fromtimestamp(round(seconds, 3), UTC)

    def until(self, moment: datetime) -> None:
        """Go on from where it is, up to this moment."""
        self.set(self(), self._values()[2], moment)

    def _values(self) -> tuple[float, float, float, float]:
        seen = self._memory[: _FORM.size]
        while (again := self._memory[: _FORM.size]) != seen:  # amid a change
            seen = again
        base, began, rate, until = _FORM.unpack(seen)
        return base, began, rate, until
