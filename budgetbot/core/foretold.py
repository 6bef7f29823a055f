"""What evidence tells of how a period will end, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano
from budgetbot.core.unit import Unit


@dataclass(frozen=True, slots=True)
class Foretold:
    """In nano-units. `chance`: to reach the effective amount; the moments: when that is used up, if at all."""

    expected: Nano
    low: Nano
    high: Nano
    chance: float | None
    exhausted: datetime | None
    earliest: datetime | None
    latest: datetime | None

    def band(self, unit: Unit) -> str:
        """ "$6,100 ($5,800 to $6,400)" """
        return f"{unit.limit(self.expected)} ({unit.limit(self.low)} to {unit.limit(self.high)})"

    @property
    def used_up(self) -> str | None:
        """ "about 23 Nov 14:00 UTC (between 22 Nov 10:00 UTC and 25 Nov 08:00 UTC)" """
        if self.exhausted is None:
            return None
        about = f"about {day_and_time(self.exhausted)}"
        if self.earliest is None:
            return about
        if self.latest is None:
            return f"{about} (not before {day_and_time(self.earliest)})"
        return f"{about} (between {day_and_time(self.earliest)} and {day_and_time(self.latest)})"

    @property
    def likelihood(self) -> str | None:
        """ "92 %", cut; never 0 or 100, as nobody knows."""
        if self.chance is None:
            return None
        if self.chance < 0.01:
            return "less than 1 %"
        return f"{int(self.chance * 100)} %" if self.chance < 0.99 else "over 99 %"


def foretold(evidence: Mapping[str, Json]) -> Foretold | None:
    """The forecast in evidence; None where there is none, or it is of another shape."""
    told = evidence.get("forecast")
    if not isinstance(told, Mapping):
        return None
    try:
        expected, low, high = (nano(exact(told[name])) for name in ("expected", "low", "high"))
    except (KeyError, ValueError):
        return None
    chance = told.get("p_overrun")
    moments = (moment(told.get(name)) for name in ("exhausted_at", "earliest", "latest"))
    return Foretold(expected, low, high, float(chance) if isinstance(chance, int | float) else None, *moments)


def amount(text: Json) -> Nano | None:
    """An amount in evidence, in nano-units; None for anything else."""
    try:
        return nano(exact(text))
    except ValueError:
        return None


def full_at_this_pace(evidence: Mapping[str, Json]) -> datetime | None:
    """When the amount is used up if the last hours go on, where these are far from the usual."""
    pace = evidence.get("pace")
    return moment(pace.get("full_at")) if isinstance(pace, Mapping) else None


def moment(text: Json) -> datetime | None:
    """An instant in evidence; None for anything else."""
    try:
        known = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return known.astimezone(UTC) if known.tzinfo else None


def day_and_time(at: datetime) -> str:
    """ "23 Nov 14:00 UTC"; of a midnight the day alone."""
    known = at.astimezone(UTC)
    day = f"{known.day} {known:%b}"
    return day if known.time() == time() else f"{day} {known:%H:%M} UTC"
