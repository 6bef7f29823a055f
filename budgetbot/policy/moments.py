"""Moments as a policy writes them: a day of the policy's time zone, or an instant with its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from budgetbot.core.period import local_midnight
from budgetbot.rules.fields import as_date
from budgetbot.rules.wrong import shown

_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(Z|[-+][0-9]{2}:?[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Moment:
    """As written."""

    text: str
    when: date | datetime

    def at(self, zone: tzinfo) -> datetime:
        """The instant, UTC; a day begins at midnight in `zone`."""
        if isinstance(self.when, datetime):
            return self.when.astimezone(UTC)
        return local_midnight(self.when, zone)


def _moment(value: object) -> object:
    if isinstance(value, Moment):
        return value
    text = str(value).strip()
    if found := _INSTANT.fullmatch(text):
        day, clock, zone = found.groups()
        as_date(day)
        if zone is None:
            raise ValueError(f"{shown(text)} has no time zone; write {day}T{clock}Z, or the day alone")
        try:
            return Moment(text, datetime.fromisoformat(f"{day}T{clock}{zone}"))
        except ValueError:
            raise ValueError(f"{shown(text)} is not a moment; write it like 2026-11-20T08:00Z") from None
    try:
        return Moment(text, as_date(text))
    except ValueError:
        raise ValueError(f"{shown(value)} is not a moment; write it like 2026-11-20 or 2026-11-20T08:00Z") from None


MomentField: TypeAlias = Annotated[
    Moment,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-20", "2026-11-20T08:00Z"]}),
]
