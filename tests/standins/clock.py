"""A clock that stands still until it is moved, and passes the time of those who wait for it."""

from __future__ import annotations

from datetime import datetime, timedelta


class Clock:
    """Calling it tells the time; `waits` is how long somebody slept, in seconds."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.waits: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Sleep, without anybody waiting."""
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)
