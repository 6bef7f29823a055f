"""Fire drills by the clock: what a file says of them, when one is due, and what it sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from budgetbot.core.drill import drill, drill_id
from budgetbot.core.instant import length_text
from budgetbot.core.notification import Notification
from budgetbot.policy.entry_fields import CronField
from budgetbot.policy.pagers import pagers
from budgetbot.policy.policy import Drill, Policy
from budgetbot.policy.schedule import due_slot
from budgetbot.rules.fields import DurationField, Strict, ZoneField
from budgetbot.rules.rule import NameField
from budgetbot.rules.undelivered import UNSENT_AFTER

if TYPE_CHECKING:
    from budgetbot.policy.step import Seen

_LEAST = timedelta(minutes=1)


def _within(value: timedelta) -> timedelta:
    if _LEAST <= value <= UNSENT_AFTER:
        return value
    most = length_text(UNSENT_AFTER)
    raise ValueError(f"not 1m to {most}; what is unconfirmed by then is told of anyway; write a time such as 10m")


class DrillEntry(Strict):
    """A drill by the clock: an alert that says it is none is sent; where it is not confirmed, others are told."""

    name: NameField
    """Its name; unique."""
    schedule: CronField
    """When: minute hour day month weekday, by cron's numbers (0 and 7 = Sunday) or names."""
    to: list[str] = Field(min_length=1)
    """The receivers. One that wakes people is woken, and told at once that it is over."""
    timezone: ZoneField | None = None
    """Whose clock; the default time zone where absent."""
    within: Annotated[DurationField, AfterValidator(_within)] = timedelta(minutes=10)
    """How soon it must be confirmed, 15m at most; else others are told that the receiver fails."""

    def drill(self) -> Drill:
        """As the program uses it."""
        return Drill(self.name, self.schedule, tuple(dict.fromkeys(self.to)), self.timezone, self.within)


def seen_name(spec: Drill) -> str:
    """The name under which it is remembered when a drill was last due."""
    return f"drill:{spec.name}"


def due(spec: Drill, policy: Policy, seen: Seen, now: datetime) -> datetime | None:
    """The slot that is due (local time): since the last one, or since the drill was first known."""
    _, since = seen.get(seen_name(spec), ("", now))
    return due_slot(spec.schedule, _zone(spec, policy), since, now)


def any_due(policy: Policy, seen: Seen, now: datetime) -> bool:
    """Whether the time of some drill has come."""
    return any(due(spec, policy, seen, now) for spec in policy.drills)


def written(policy: Policy, seen: Seen, now: datetime) -> tuple[list[Notification], Seen]:
    """The drills whose time has come, and from when on each is waited for next."""
    told: list[Notification] = []
    marks: dict[str, tuple[str, datetime]] = {}
    for spec in policy.drills:
        slot = due(spec, policy, seen, now)
        name = seen_name(spec)
        marks[name] = ("", slot.astimezone(UTC) if slot else seen.get(name, ("", now))[1])
        if slot is not None:
            told += drill(_id(spec, slot), spec.to, now, name=spec.name, pagers=pagers(policy))
    return told, marks


def latest(policy: Policy, seen: Seen) -> dict[str, timedelta]:
    """The ids of the drills that were sent last, and how soon each has to be confirmed."""
    marks = ((spec, seen.get(seen_name(spec))) for spec in policy.drills)
    return {_id(spec, mark[1].astimezone(_zone(spec, policy))): spec.within for spec, mark in marks if mark}


def _zone(spec: Drill, policy: Policy) -> ZoneInfo:
    return spec.timezone or policy.defaults.timezone


def _id(spec: Drill, slot: datetime) -> str:
    """By the wall clock: an hour that comes twice is one slot."""
    return drill_id(spec.name, f"{slot:%Y-%m-%dT%H:%M}")
