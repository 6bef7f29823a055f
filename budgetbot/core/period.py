"""Calendar periods and rolling windows: local calendar edges, then UTC instants, half-open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Period:
    """One turn of a budget. `key` names it ("2026-11", "2026-W47"); `ends` is False for rolling windows."""

    key: str
    span: Span
    ends: bool = True


def local_midnight(day: date, zone: tzinfo) -> datetime:
    """The instant at which `day` begins in `zone`; where midnight does not exist, the transition itself."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def day_span(first: date, days: int, zone: tzinfo) -> Span:
    """`days` whole local days from `first` on."""
    return Span(local_midnight(first, zone), local_midnight(first + timedelta(days=days), zone))


def month_start(day: date, months: int = 0) -> date:
    """The first of the month `months` after the one that holds `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """hour, day, week (from Monday), month, quarter or year, by the calendar of a time zone."""

    unit: Unit

    def at(self, moment: datetime, zone: tzinfo) -> Period:
        """The period that holds `moment`."""
        if self.unit == "hour":
            start = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            return Period(f"{start:%Y-%m-%dT%HZ}", Span(start, start + timedelta(hours=1)))
        key, first, after = self._dates(moment.astimezone(zone).date())
        return Period(key, Span(local_midnight(first, zone), local_midnight(after, zone)))

    def _dates(self, day: date) -> tuple[str, date, date]:
        if self.unit == "day":
            return day.isoformat(), day, day + timedelta(days=1)
        if self.unit == "week":
            monday = day - timedelta(days=day.weekday())
            return f"{day:%G-W%V}", monday, monday + timedelta(days=7)
        if self.unit == "month":
            return f"{day:%Y-%m}", month_start(day), month_start(day, 1)
        if self.unit == "quarter":
            first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            return f"{day.year}-Q{(day.month + 2) // 3}", first, month_start(first, 3)
        return f"{day.year}", date(day.year, 1, 1), date(day.year + 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last `length`, today (or this hour) included: whole local days for days, whole hours for hours."""

    length: timedelta

    def at(self, moment: datetime, zone: tzinfo) -> Period:
        """The window that ends with the day (or hour) that holds `moment`."""
        if self.length % timedelta(days=1):
            end = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            return Period("rolling", Span(end - self.length, end), ends=False)
        days = self.length.days
        today = moment.astimezone(zone).date()
        return Period("rolling", day_span(today - timedelta(days=days - 1), days, zone), ends=False)


@dataclass(frozen=True, slots=True)
class Anchored:
    """Every month from day `day` on (a fiscal month); short months are clamped from the anchor each time."""

    day: int

    def at(self, moment: datetime, zone: tzinfo) -> Period:
        """The fiscal month that holds `moment`."""
        today = moment.astimezone(zone).date()
        first = self._anchor(today, 0)
        if today < first:
            first = self._anchor(today, -1)
        after = self._anchor(first.replace(day=1), 1)
        return Period(f"from-{first.isoformat()}", Span(local_midnight(first, zone), local_midnight(after, zone)))

    def _anchor(self, day: date, months: int) -> date:
        start = month_start(day, months)
        last = month_start(start, 1) - timedelta(days=1)
        return start.replace(day=min(self.day, last.day))


@dataclass(frozen=True, slots=True)
class Between:
    """One stretch from a date until (not including) another."""

    first: date
    until: date

    def at(self, moment: datetime, zone: tzinfo) -> Period | None:
        """The stretch, or None where `moment` lies outside it."""
        span = Span(local_midnight(self.first, zone), local_midnight(self.until, zone))
        return Period(f"{self.first}..{self.until}", span) if moment in span else None


PeriodSpec: TypeAlias = Calendar | Rolling | Anchored | Between


def previous(spec: PeriodSpec, period: Period, zone: tzinfo) -> Period | None:
    """The period that ended where `period` begins; None for what has no predecessor."""
    if not period.ends:
        return None
    return spec.at(period.span.start - timedelta(seconds=1), zone)
