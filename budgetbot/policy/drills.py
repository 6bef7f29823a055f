"""Fire drills by the clock: what a file says of them, when one is due, and what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from budgetbot.core.drill import drill, drill_id
from budgetbot.core.instant import length_text
from budgetbot.core.model import Notification
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
    raise ValueError(f"not between 1m and {most}, after which all that is unconfirmed is told of; write such as 10m")


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


def notifications(spec: Drill, policy: Policy, slot: datetime, now: datetime) -> Iterator[Notification]:
    """The drill of one slot, once for each receiver."""
    return drill(_id(spec, slot), spec.to, now, name=spec.name, pagers=pagers(policy))


def last_id(spec: Drill, policy: Policy, seen: Seen) -> str | None:
    """The id of the drill that was sent last; None where none was."""
    mark = seen.get(seen_name(spec))
    return _id(spec, mark[1].astimezone(_zone(spec, policy))) if mark else None


def _zone(spec: Drill, policy: Policy) -> ZoneInfo:
    return spec.timezone or policy.defaults.timezone


def _id(spec: Drill, slot: datetime) -> str:
    """By the wall clock: an hour that comes twice is one slot."""
    return drill_id(spec.name, f"{slot:%Y-%m-%dT%H:%M}")
