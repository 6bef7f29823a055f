"""How finely a server groups: the finest first, coarser where it refuses, remembered for a week."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from budgetbot.sources.notes import Notes
from budgetbot.sources.openai_reports import Endpoint
from budgetbot.sources.refusal import ApiRefusal

KEY_FLOOR = 1_764_979_200  # 2025-12-06: costs by key are refused for earlier starts
_MOMENT = re.compile(r"(?<!\d)(?:(1[5-9]\d{8}|2\d{9})|(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00)?Z?)?)(?!\d)")
Grouping = tuple[str, ...]


class Groupings:
    """Which grouping to ask for, by report and start of the window."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def ladder(self, endpoint: Endpoint, start: int, now: datetime) -> list[Grouping]:
        """The groupings to try, in order; it begins at what worked last."""
        finest = endpoint.pulled_by
        if self._early(endpoint, start, now):
            finest = tuple(name for name in finest if name != "api_key_id")
        steps = [finest[:length] for length in range(len(finest), -1, -1)]
        noted = self._notes.recall(self._key(endpoint, start, now), now)
        known = tuple(filter(None, noted.split(","))) if noted is not None else finest
        return steps[steps.index(known) :] if known in steps else steps

    def worked(self, endpoint: Endpoint, start: int, grouping: Grouping, first: Grouping, now: datetime) -> None:
        """Remembers the grouping that was accepted; `first` is the one that was tried first."""
        if grouping == first:
            return  # nothing new; a noted one keeps its date, so that the finest is tried again after a week
        self._notes.keep(self._key(endpoint, start, now), ",".join(grouping), now)

    def floor(self, endpoint: Endpoint, now: datetime) -> int | None:
        """The Unix second before which this report cannot be grouped by key, where the server has said so."""
        noted = self._notes.recall(f"{endpoint.report}.key_floor", now)
        return int(noted) if noted and noted.isdecimal() else None

    def learn_floor(
        self, refusal: ApiRefusal, endpoint: Endpoint, start: int, grouping: Grouping, now: datetime
    ) -> bool:
        """Whether the refusal means that `start` is too early to group by key; if so, it is remembered."""
        floor = floor_in(refusal, start) if "api_key_id" in grouping else None
        if floor is None:
            return False
        self._notes.keep(f"{endpoint.report}.key_floor", str(floor), now)
        return True

    def _early(self, endpoint: Endpoint, start: int, now: datetime) -> bool:
        floor = self.floor(endpoint, now)
        return floor is not None and start < floor

    def _key(self, endpoint: Endpoint, start: int, now: datetime) -> str:
        return f"{endpoint.report}.group_by" + (".early" if self._early(endpoint, start, now) else "")


def about_grouping(refusal: ApiRefusal) -> bool:
    """Whether a refusal speaks of the grouping, so that a coarser one may be accepted."""
    if refusal.status not in (400, 422):
        return False
    words = f"{refusal.param or ''} {refusal.reason}".lower()
    return any(word in words for word in ("group_by", "group by", "grouped by", "grouping"))


def floor_in(refusal: ApiRefusal, start: int) -> int | None:
    """The second from which on `start` would have been accepted for grouping by key; None if it is not about that.

    The date in the text where it gives one, else the one that is known.
    """
    if refusal.status not in (400, 422):
        return None
    told = next((moment for moment in _moments(refusal.reason) if moment > start), None)
    if refusal.param == "start_time" or "start_time" in refusal.reason:
        return told or (KEY_FLOOR if start < KEY_FLOOR else None)
    return told if "api_key" in refusal.reason else None


def _moments(text: str) -> list[int]:
    """Unix seconds and ISO dates (midnight UTC) in a text, in order."""
    return [moment for found in _MOMENT.findall(text) if (moment := _moment(*found)) is not None]


def _moment(seconds: str, day: str) -> int | None:
    try:
        return int(seconds) if seconds else int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
