"""A chart of spend over time, before it is drawn anywhere: the points, their words, and a line of text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from budgetbot.core.foretold import amount
from budgetbot.core.model import Json
from budgetbot.core.money import Nano
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit, unit_of

POINTS = 20
_HEIGHTS = "▁▂▃▅▇"
_TO_ITS_DAY = timedelta(hours=13)  # from midnight of any time zone but Samoa's, told in UTC
_STEPS = {"day": "%b", "hour": "%b %H:%M"}


@dataclass(frozen=True, slots=True)
class Point:
    """One bar."""

    label: str
    amount: Nano


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, oldest first, one or more; `line` is what they are compared with, where there is something."""

    title: str
    unit: Unit
    points: tuple[Point, ...]
    line: Nano | None = None

    @property
    def highest(self) -> Point:
        """The first of the highest bars."""
        return max(self.points, key=lambda point: point.amount)

    @property
    def line_fits(self) -> bool:
        """Whether the line is near enough to the bars not to flatten them."""
        return self.line is not None and 0 < self.line <= 4 * self.highest.amount

    def sparkline(self) -> str:
        """ "▁▂▃▅▇": what is nothing is lowest, the highest bar highest."""
        top = max(self.highest.amount, 1)
        return "".join(_HEIGHTS[max(point.amount, 0) * (len(_HEIGHTS) - 1) // top] for point in self.points)

    def told(self) -> str:
        """ "Spent by day: ▁▂▃▅▇ 16 Nov to 20 Nov, at most $123.45" """
        return f"{self.title}: {self.sparkline()} {self._span()}, at most {self.unit.show(self.highest.amount)}"

    def described(self) -> str:
        """The same for who cannot see it."""
        bars = ", ".join(f"{point.label} {self.unit.show(point.amount)}" for point in self.points)
        line = f"; the line is at {self.unit.limit(self.line)}" if self.line is not None else ""
        return f"Bar chart, {self.title[:1].lower()}{self.title[1:]}: {bars}{line}"

    def _span(self) -> str:
        first, last = self.points[0].label, self.points[-1].label
        return first if len(self.points) == 1 else f"{first} to {last}"


def chart_of(title: str, unit: Unit, points: list[Point], line: Nano | None = None) -> Chart | None:
    """The last of the points; None where nothing is to be seen."""
    shown = tuple(points[-POINTS:])
    return Chart(title, unit, shown, line) if any(point.amount > 0 for point in shown) else None


def trend_of(evidence: Mapping[str, Json]) -> Chart | None:
    """The trend in evidence: {"unit": "day" or "hour", "points": [[ISO start, amount], ...], "line"}.

    A bar is named in the time zone that its start is written in. None where there is none, or it is of another shape.
    """
    trend = evidence.get("trend")
    if not isinstance(trend, Mapping):
        return None
    step, listed = str(trend.get("unit")), trend.get("points")
    points = [_point(point, step) for point in listed] if isinstance(listed, list) and step in _STEPS else []
    if not points or None in points:
        return None
    unit = unit_of(evidence)
    title = f"{'Used' if unit.counts else 'Spent'} by {step}"
    return chart_of(title, unit, [point for point in points if point is not None], amount(trend.get("line")))


def digest_chart(bars: list[tuple[str, Nano]], currency: str) -> Chart | None:
    """The bars of a digest, a day each."""
    return chart_of("Spent by day", Unit(currency), [Point(clean(label, 20), size) for label, size in bars])


def _point(told: Json, step: str) -> Point | None:
    if not isinstance(told, list) or len(told) != 2:
        return None
    size = amount(told[1])
    try:
        start = datetime.fromisoformat(str(told[0]))
    except ValueError:
        return None
    if step == "day" and start.time() != time():
        start += _TO_ITS_DAY
    return None if size is None else Point(f"{start.day} {start.strftime(_STEPS[step])}", size)
