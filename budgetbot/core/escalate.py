"""Escalation: whom to tell next while nobody acknowledges. Steps are kept as they were when the alert fired. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell how long after the alert fired."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """Steps in rising order of their times."""

    name: str
    steps: tuple[Step, ...]


class Where(NamedTuple):
    """Where an alert goes: receivers that are told at once, and escalations that it climbs."""

    to: tuple[str, ...] = ()
    climbs: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class Climb:
    """One alert on its way up one escalation, whose steps are those of the moment at which it began.

    `taken`: how many steps. `waited`: for how long it was held up so far, by an acknowledgement, a snooze, a silence or
    a higher level; `held_since`: since when it is held up now.
    """

    escalation: Escalation
    began: datetime
    taken: int = 0
    waited: timedelta = timedelta(0)
    held_since: datetime | None = None

    @property
    def next_at(self) -> datetime | None:
        """When the next step is taken unless something holds it up; None after the last one."""
        if self.taken >= len(self.escalation.steps):
            return None
        return self.began + self.escalation.steps[self.taken].after + self.waited

    def at_once(self) -> tuple[str, ...]:
        """Who is told with the alert itself."""
        return tuple(name for step in self.escalation.steps if not step.after for name in step.to)

    def climbed(self, now: datetime, *, held: bool) -> tuple[Climb, list[tuple[int, Step]]]:
        """Where it stands at `now`, and the steps to take, by their number. What holds it up shifts what is to come."""
        if held:
            return (self if self.held_since is not None else replace(self, held_since=now)), []
        climb = self
        if self.held_since is not None:
            climb = replace(self, waited=self.waited + (now - self.held_since), held_since=None)
        steps: list[tuple[int, Step]] = []
        while (due := climb.next_at) is not None and due <= now:
            steps.append((climb.taken, climb.escalation.steps[climb.taken]))
            climb = replace(climb, taken=climb.taken + 1)
        return climb, [(number, step) for number, step in steps if step.after]
