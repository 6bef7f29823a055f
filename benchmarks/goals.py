"""What the detector and the forecast are to reach, and the table of what they do. Figures are shares unless named."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

MISSED = "MISSED"


class Goal(NamedTuple):
    """What is to be reached, and what would be better still. `most`: it must be no more than that; `limit`: nor more
    than this."""

    reach: float
    stretch: float | None = None
    most: bool = False
    limit: float = inf

    def met(self, found: float) -> str:
        """The better of both that a figure reaches."""
        if self.stretch is not None and self._reaches(found, self.stretch):
            return "stretch"
        return "met" if self._reaches(found, self.reach) else MISSED

    def _reaches(self, found: float, goal: float) -> bool:
        return found <= goal if self.most else goal <= found <= self.limit


class Row(NamedTuple):
    """A figure, by the name of its goal. `world`: what it was measured on. `beside`: the best rival's, in words."""

    goal: str
    found: float
    world: str = ""
    beside: str = ""


GOALS = {
    "daily F1": Goal(0.85, 0.90),
    "daily false alarms a series-year": Goal(0.20, 0.10, most=True),
    "daily recall": Goal(0.82, 0.90),
    "daily recall of slow leaks": Goal(0.80, 0.90),
    "daily, abrupt ones in the first bucket": Goal(0.75, 0.85),
    "hourly F1": Goal(0.78, 0.85),
    "hourly false alarms a series-year": Goal(1.0, 0.5, most=True),
    "real series, daily F1": Goal(0.90, 0.93),
    "real series, hourly F1": Goal(0.83, 0.88),
    "NAB, standard profile": Goal(62.0, 66.0),
    "95 % band held": Goal(0.93, limit=0.97),
    "top driver right": Goal(0.90, 0.95),
    "1,000 series, one new bucket, seconds": Goal(0.05, 0.02, most=True),
    "1,000 series, 400 days, seconds": Goal(20.0, 5.0, most=True),
    "forecast, false alarms": Goal(0.05, 0.02, most=True),
    "forecast, overruns warned before": Goal(0.95),
    "forecast, median lead in days": Goal(5.0),
    "forecast, band of day 10 holds the end": Goal(0.90),
}

BECAUSE = {
    ("daily F1", "own world"): "faults in office hours of a few people and in single sessions are no larger than what "
    "is usual there, and the first large job of a month looks like one",
    ("95 % band held", "M4 series, daily"): "four weeks of 40 days are too few for the band to become as narrow as "
    "these smooth series are",
    ("real series, hourly F1", "public counts"): "tweets burst by themselves: all false alarms are one burst of one "
    "company, and what is missed is smaller than such bursts",
    ("NAB, standard profile", "NAB"): "nothing was fitted on it, as fitting gains nothing elsewhere",
}
"""By goal and world: why it is missed where it is."""


def told(rows: Sequence[Row]) -> list[str]:
    """The lines of the table, and below it why what is missed is missed."""
    head = f"{'measure':40}{'on':22}{'reach':>10}{'stretch':>9}{'measured':>10}  {'':8}best rival in this run"
    missed = [row for row in rows if GOALS[row.goal].met(row.found) == MISSED]
    reasons = [(row, BECAUSE[row.goal, row.world]) for row in missed if (row.goal, row.world) in BECAUSE]
    return [head.rstrip(), *map(_line, rows), *(f"{row.goal} on {row.world}: {why}" for row, why in reasons)]


def _line(row: Row) -> str:
    goal = GOALS[row.goal]
    stretch = "" if goal.stretch is None else f"{goal.stretch:g}"
    reach = f"{'<=' if goal.most else '>='} {goal.reach:g}" if goal.limit == inf else f"{goal.reach:g}-{goal.limit:g}"
    figures = f"{reach:>10}{stretch:>9}{row.found:>10.3g}  {goal.met(row.found):8}"
    return f"{row.goal:40}{row.world:22}{figures}{row.beside}".rstrip()
