"""The history: what is spent when, by a seed. It goes in slots, so that nothing hangs on the minute of an evaluation.

What one rule looks at stays as it is for hours; in each slot somebody evaluates before the next one begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from budgetbot.core.model import Bucket, CostLine, Entity, Series, UsageRow
from budgetbot.core.period import Span
from budgetbot.sources import Grain, Report

SLOT = timedelta(minutes=20)
_MIDNIGHT = datetime(2026, 6, 11, tzinfo=UTC)
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_AMOUNTS = (20, 60, 85, 110)
_KEYS = ("k1", "k2", "k3", "k4", "k5")
_BUSY, _IDLE = 130, 10  # requests of an hour
_LEVELS = "[{at: 50%, severity: info}, {at: 80%, severity: warning}, {at: 100%, severity: critical}]"
_POLICY = """
version: 1
budgets:
{projects}
  - {{name: keys, match: {{project: g}}, each: [api_key], amount: 100, period: day,
     thresholds: [{{at: 100%, severity: warning}}]}}
  - {{name: month, match: {{project: m}}, amount: 100, period: month,
     thresholds: [{{at: 50%, severity: info}}, {{at: 80%, severity: warning}}]}}
  - {{name: nag, match: {{project: r}}, amount: 100, period: month, repeat: 3h,
     thresholds: [{{at: 100%, severity: warning}}]}}
usage_budgets:
  - {{name: hourly, match: {{project: h}}, metric: requests, amount: 100, period: hour,
     thresholds: [{{at: 100%, severity: warning}}]}}
receivers:
  - {{name: team, slack: {{channel: "#general"}}}}
  - {{name: pager, pagerduty: {{}}}}
  - {{name: post, email: {{to: [finance@example.com]}}}}
  - {{name: hook, webhook: {{url: "http://127.0.0.1:1/"}}}}
routes:
  - {{match: {{severity: critical}}, escalation: night, continue: true}}
  - {{match: {{rule: keys}}, to: [team, pager]}}
  - {{match: {{rule: month}}, to: [team, post]}}
  - {{match: {{rule: nag}}, to: [hook, post]}}
  - {{match: {{rule: hourly}}, to: [hook]}}
  - {{to: [team, hook]}}
escalations:
  - {{name: night, steps: [{{after: 5m, to: [pager]}}, {{after: 25m, to: [post]}}]}}
"""


class _Change(NamedTuple):
    """From this slot on, so much was spent on that day (0: the first one, 1: the second one) by a project or key."""

    slot: int
    day: int
    name: str
    amount: int


class Script:
    """`slots` slots, with a midnight in the middle."""

    def __init__(self, seed: int, slots: int) -> None:
        self.slots = slots
        self._middle = slots // 2
        self.start = _MIDNIGHT - self._middle * SLOT
        random = Random(f"history {seed}")
        self._projects = [f"p{i:02d}" for i in range(max(4, slots // 4))]
        self._changes = sorted((*self._spread(random), *self._grouped(random), *self._monthly()))

    @property
    def policy(self) -> str:
        """The policy of the house, as YAML."""
        each = "  - {{name: {0}, match: {{project: {0}}}, amount: 100, period: day, thresholds: {1}}}"
        return _POLICY.format(projects="\n".join(each.format(name, _LEVELS) for name in self._projects))

    def moment(self, slot: int) -> datetime:
        """When a slot begins."""
        return self.start + slot * SLOT

    def _moments(self, random: Random) -> Iterator[int]:
        """Slots far enough from each other, and from midnight, for all steps of an escalation."""
        slot = random.randint(1, 6)
        while slot < self.slots:
            if not self._middle - 5 < slot <= self._middle:
                yield slot
            slot += random.randint(7, 9)

    def _spread(self, random: Random) -> Iterator[_Change]:
        for i, name in enumerate(self._projects):
            before = 20
            for slot in self._moments(random):
                before = random.choice([amount for amount in _AMOUNTS if amount != before])
                yield _Change(slot, int(slot > self._middle), name, before)
            if i % 3 == 0:  # the closed day is restated: told once, and nobody is woken
                yield _Change(self._middle + 2 + i % 4, 0, name, 125)

    def _grouped(self, random: Random) -> Iterator[_Change]:
        for slot in self._moments(random):
            over = set(random.sample(_KEYS, random.choice((0, 2, 4, 5))))
            for key in _KEYS:
                yield _Change(slot, int(slot > self._middle), key, 120 if key in over else 30)

    def _monthly(self) -> Iterator[_Change]:
        yield _Change(3, 0, "m", 60)
        yield _Change(self.slots // 2 + 3, 0, "m", 90)
        for first in range(1, self.slots - 16, 24):  # the time of one repeat, and not of two
            yield _Change(first, 0, "r", 110)
            yield _Change(first + 14, 0, "r", 40)

    def spent(self, day: datetime, now: datetime) -> dict[str, int]:
        """Dollars by project or key, as known at `now`."""
        number = (day - _MIDNIGHT) // _DAY + 1
        return {one.name: one.amount for one in self._changes if one.day == number and self.moment(one.slot) <= now}

    def requests(self, hour: datetime, now: datetime) -> int:
        """Too many in every other hour, from its twentieth minute on."""
        busy = hour >= self.start and hour.hour % 2 == 1 and hour < self.moment(self.slots)
        return _BUSY if busy and now >= hour + SLOT else _IDLE


class Scripted:
    """The provider that tells the script."""

    name = provider = "openai"

    def __init__(self, script: Script) -> None:
        self._script = script

    def reports(self) -> tuple[Report, ...]:
        """A bill by the day, use by the hour."""
        return Report("costs", "cost", "day"), Report("completions", "usage", "hour")

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """Every bucket of the span."""
        length = _DAY if grain == "day" else _HOUR
        start = span.start
        while start < span.end:
            if report.kind == "cost":
                yield Bucket(report.name, start, start + length, costs=self._costs(start, now))
            else:
                yield Bucket(report.name, start, start + length, usage=self._usage(start, grain, now))
            start += length

    def _costs(self, day: datetime, now: datetime) -> tuple[CostLine, ...]:
        return tuple(
            CostLine(self._series(name), Decimal(amount), "USD")
            for name, amount in self._script.spent(day, now).items()
        )

    def _usage(self, start: datetime, grain: Grain, now: datetime) -> tuple[UsageRow, ...]:
        if grain == "day" or not self._script.start - _HOUR <= start <= now:
            return ()
        return (UsageRow(self._series("h"), {"requests": self._script.requests(start, now)}),)

    def _series(self, name: str) -> Series:
        if name in _KEYS:
            return Series(self.provider, self.name, project="g", api_key=name)
        return Series(self.provider, self.name, project=name)

    def entities(self) -> Iterator[Entity]:
        """Ids stand in for names."""
        return iter(())

    def check(self) -> list[str]:
        """It always works."""
        return []

    def close(self) -> None:
        """Nothing is held."""
