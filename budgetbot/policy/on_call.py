"""Who is told when: hours of the week, escalations, holidays, and who may do what in chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from budgetbot.core.escalate import Escalation, Step
from budgetbot.core.window import Window
from budgetbot.policy.mistakes import Mistake
from budgetbot.policy.policy import Access
from budgetbot.rules.fields import AmountField, DurationField, Strict, ZoneField, as_date
from budgetbot.rules.rule import NameField
from budgetbot.rules.wrong import shown

if TYPE_CHECKING:
    from budgetbot.policy.draft import Draft

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERYONE = "everyone"


def _days(value: object) -> object:
    if isinstance(value, frozenset):
        return value
    items = value if isinstance(value, list) else [value]
    found: set[int] = set()
    for item in items:
        first, _, last = str(item).strip().lower().partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"{shown(item)} is not a day; write days such as [mon-fri] or [sat, sun]")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)}
    if not found:
        raise ValueError("no day at all; write days such as [mon-fri]")
    return frozenset(found)


def _hours(value: object) -> object:
    if isinstance(value, tuple):
        return value
    found = re.fullmatch(r"([0-9]{2}):([0-9]{2}) ?- ?([0-9]{2}):([0-9]{2})", value) if isinstance(value, str) else None
    if found:
        hour, minute, end_hour, end_minute = (int(number) for number in found.groups())
        if (end_hour, end_minute) == (24, 0):
            end_hour = 0
        if max(hour, end_hour) < 24 and max(minute, end_minute) < 60:
            return time(hour, minute), time(end_hour, end_minute)
    raise ValueError(f'{shown(value)} are not hours; write them in quotes like "22:00-07:00"')


def _dates(value: object) -> object:
    if isinstance(value, frozenset):
        return value
    if not isinstance(value, list) or not value:
        raise ValueError("dates are a list; write dates such as [2026-12-25, 2026-12-26]")
    return frozenset(as_date(item) for item in value)


def _who(value: object) -> object:
    items = value if isinstance(value, list | tuple) else [value]
    for item in items:
        if item != EVERYONE and not re.fullmatch(r"[UWS][A-Z0-9]{2,30}", str(item)):
            words = "write a Slack user id (U...), a user group id (S...) or everyone"
            raise ValueError(f"{shown(item)} is nobody; {words}")
    return tuple(str(item) for item in items)


DaysField: TypeAlias = Annotated[
    frozenset[int], BeforeValidator(_days), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
HoursField: TypeAlias = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d ?- ?\d\d:\d\d$", "examples": ["22:00-07:00"]}),
]
DatesField: TypeAlias = Annotated[
    frozenset[date], BeforeValidator(_dates), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
WhoField: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(_who), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]


class TimeWindowEntry(Strict):
    """Hours of the week that routes may be active or muted in."""

    name: NameField
    """How routes call it."""
    timezone: ZoneField | None = None
    """Whose clock; the default time zone where absent."""
    days: DaysField = frozenset(range(7))
    """Which days: mon to sun, ranges too; all of them where absent. A night belongs to the day on which it begins."""
    hours: HoursField = (time(), time())
    """From and to, in quotes: "22:00-07:00"; the whole day where absent."""

    def window(self, default: ZoneInfo) -> Window:
        """As the program uses it."""
        return Window(self.name, self.timezone or default, self.days, *self.hours)


class StepEntry(Strict):
    """One step of an escalation."""

    after: DurationField
    """How long after the alert fired; 0m = with it."""
    to: list[str] = Field(min_length=1)
    """The receivers."""


class EscalationEntry(Strict):
    """Whom to tell next while nobody acknowledges; it ends with an acknowledgement or with the alert."""

    name: NameField
    """How routes call it."""
    steps: list[StepEntry] = Field(min_length=1)
    """Who is told when, in rising order."""

    def escalation(self) -> Escalation:
        """As the program uses it."""
        return Escalation(self.name, tuple(Step(s.after, tuple(dict.fromkeys(s.to))) for s in self.steps))


class HolidaysEntry(Strict):
    """Days on which little is usual."""

    name: NameField
    """What the calendar is called."""
    dates: DatesField
    """The days."""


class RaiseEntry(Strict):
    """Who may raise a budget in chat."""

    who: WhoField
    """Slack users (U...), user groups (S...), or everyone."""
    second_person_above: AmountField | None = None
    """Above this amount a second one of them has to approve; absent: never."""


class AccessEntry(Strict):
    """Who may do what in chat."""

    acknowledge: WhoField = (EVERYONE,)
    """Who may acknowledge and snooze: Slack users (U...), user groups (S...), or everyone."""
    raises: RaiseEntry | None = Field(default=None, alias="raise")
    """Who may raise a budget; nobody where absent."""
    spend_by_user: WhoField = (EVERYONE,)
    """Who may see spend by user."""

    def access(self) -> Access:
        """As the program uses it."""
        raises = self.raises
        above = raises.second_person_above if raises else None
        who = raises.who if raises else ()
        return Access(self.acknowledge, who, above.nano if above else None, self.spend_by_user)


def check_escalations(draft: Draft) -> Iterator[Mistake]:
    """The times of an escalation rise."""
    for entry in draft.of("escalations"):
        if isinstance(entry.model, EscalationEntry):
            steps = entry.model.steps
            for i, (before, step) in enumerate(pairwise(steps), 1):
                if step.after <= before.after:
                    words = "not after the step before it; steps stand in the order of their times, each later"
                    yield entry.mistake(("steps", i, "after"), words)
