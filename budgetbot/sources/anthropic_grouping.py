"""How finely Anthropic groups a report: the finest first, coarser where it refuses, remembered for a week."""

from __future__ import annotations

from datetime import datetime

from budgetbot.sources.anthropic_reports import Endpoint, Grouping
from budgetbot.sources.notes import Notes
from budgetbot.sources.refusal import ApiRefusal


class Groupings:
    """Which grouping to ask for, by report."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def ladder(self, endpoint: Endpoint, now: datetime) -> list[Grouping]:
        """The groupings to try, in order; it begins at what worked last and ends with none."""
        finest = endpoint.pulled_by
        steps = [finest[:length] for length in range(len(finest), -1, -1)]
        noted = self._notes.recall(_key(endpoint), now)
        known = tuple(filter(None, noted.split(","))) if noted is not None else finest
        return steps[steps.index(known) :] if known in steps else steps

    def worked(self, endpoint: Endpoint, grouping: Grouping, now: datetime) -> None:
        """Remembers a coarser grouping than was tried first; the finest is tried again after a week."""
        self._notes.keep(_key(endpoint), ",".join(grouping), now)


def about_grouping(refusal: ApiRefusal) -> bool:
    """Whether a refusal speaks of the grouping, so that a coarser one may be accepted."""
    words = refusal.reason.lower()
    return refusal.status in (400, 422) and any(word in words for word in ("group_by", "group by", "grouping"))


def _key(endpoint: Endpoint) -> str:
    return f"{endpoint.report}.group_by"
