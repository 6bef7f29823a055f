"""How the current period of a limit will end, scope by scope, and what its forecast levels make of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from budgetbot.core.columns import Columns, columns
from budgetbot.core.forecast import Forecast, forecast
from budgetbot.core.group import Ints
from budgetbot.core.instant import iso_or_none
from budgetbot.core.model import Json
from budgetbot.core.period import Period
from budgetbot.rules.planned import excused, left_out, touching
from budgetbot.rules.share import WHOLE
from budgetbot.rules.threshold import Threshold

if TYPE_CHECKING:
    from budgetbot.rules.look import Look
    from budgetbot.rules.turn import Turn

LOOKS_BACK = timedelta(days=56)
_LATEST = timedelta(days=2)  # data that is older says nothing of the present
_CLEARLY = 95  # percent of the line, below which an expected value is clearly below it
_LESS_SURE = 0.15
_HOURS_KNOWN = 90  # percent of the spend that must be known by the hour to look at hours


@dataclass(frozen=True, slots=True)
class Expected:
    """The forecast for one scope. `excused`: a planned window runs, so that no level speaks of it."""

    forecast: Forecast
    excused: bool = False

    def above(self, threshold: Threshold, line: int) -> bool:
        """Whether the period ends at or above the line: as expected, or as surely as the level asks."""
        if threshold.probability is None:
            return self.forecast.expected >= line
        return self.forecast.p_over(line) >= threshold.probability.parts / WHOLE

    def clearly_below(self, threshold: Threshold, line: int) -> bool:
        """Whether it has fallen so far below that it will not be above again at the next look."""
        if threshold.probability is None:
            return self.forecast.expected * 100 < line * _CLEARLY
        return self.forecast.p_over(line) < threshold.probability.parts / WHOLE - _LESS_SURE

    def told(self, effective: int, say: Callable[[int], str]) -> dict[str, Json]:
        """As evidence holds it. `exhausted_at`: when the effective amount is used up, `earliest` to `latest`."""
        known = self.forecast
        middle, earliest, latest = known.exhausted_at(effective)
        return {
            "expected": say(known.expected),
            "low": say(known.low),
            "high": say(known.high),
            "p_overrun": round(known.p_over(effective), 4),
            "exhausted_at": iso_or_none(middle),
            "earliest": iso_or_none(earliest),
            "latest": iso_or_none(latest),
        }


def foreseen(look: Look, turn: Turn) -> dict[int, Expected]:
    """By the number of the scope: from its past days (of a single day: hours) less what was planned.

    Where all that a scope spent in a day was planned, nobody knows what it would have been, and the day says nothing.
    """
    found = _past(look, turn.period) if len(turn.spent) else None
    if found is None:
        return {}
    cols, amounts = found
    windows = list(touching(look.context.planned, look.group, look.limit.match, look.limit.each))
    planned = left_out(windows, cols.spans, len(amounts), look.unit, look.context.fx)
    usual = np.maximum(amounts - planned, 0)
    told = forecast(usual, turn.spent, cols, (planned > 0) & (usual == 0))
    quiet = excused(windows, look.context.history, look.now, look.context.fx)
    return {i: Expected(one, i in quiet) for i, one in enumerate(told) if one.enough}


def _past(look: Look, period: Period) -> tuple[Columns, Ints] | None:
    """The calendar of a forecast, and the spend in it: by the hour only where most of it is known by the hour."""
    known, zone = _known_to(look.history.complete_to(), look.now), look.context.zone
    cols = columns(period, known, zone)
    if cols is None:
        return None
    amounts = _amounts(look, cols)
    if cols.hourly:
        whole = look.group.by_bucket((cols.span.start, cols.span.end), look.unit, look.context.fx)
        if amounts.sum() * 100 < whole.sum() * _HOURS_KNOWN and (days := columns(period, known, zone, False)):
            return days, _amounts(look, days)
    return cols, amounts


def _amounts(look: Look, cols: Columns) -> Ints:
    edges = [*(span.start for span in cols.spans), cols.span.end]
    return look.group.by_bucket(edges, look.unit, look.context.fx)


def _known_to(complete_to: datetime | None, now: datetime) -> datetime:
    """Up to when spend is known."""
    return max(min(complete_to or now, now), now - _LATEST)
