"""Recurring hours of the week in a time zone, such as nights or office hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end` by the local clock on the `days` (0 = Monday); an `end` not later lies on the next day.

    A night belongs to the day on which it begins. Equal times are the whole day.
    """

    name: str
    zone: ZoneInfo
    days: frozenset[int]
    start: time
    end: time

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in the window."""
        local = moment.astimezone(self.zone)
        clock, today = local.time(), local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        if clock >= self.start and today in self.days:
            return True
        return clock < self.end and (local - timedelta(days=1)).weekday() in self.days
