"""Anomaly rules over a thousand keys: the first look after a start, the next ones, a week that turns, late bills.

Beside a plain robust z-score of the same buckets, which remembers nothing and does as much at each look, and beside the
sums of the same rows alone.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from budgetbot.core.anomaly_baseline import robust_z
from budgetbot.core.anomaly_past import Floats
from budgetbot.core.history import Facts, History, Ints
from budgetbot.core.instant import micros
from budgetbot.core.model import Series, Watermark
from budgetbot.core.money import NANO
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.rule import Context

KEYS, DAYS = 1000, 400
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # a Sunday: the week turns with the look after next
_FLOOR = 5  # dollars
_FLOORS = np.full(KEYS, 1.0 * _FLOOR)
_SHAPE = np.array([1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 10, 10, 9, 8, 6, 4, 3, 2, 2, 1]) / 5.0
FIRST, NEXT, TURN = 5.0, 0.3, 1.0  # goals in seconds; the last is what may come on top of an ordinary look


class World:
    """Keys by the day for a year, and by the hour since `hours` days; one in ten spends rarely."""

    def __init__(self, hours: int) -> None:
        draw = np.random.default_rng(7)
        self._midnight = NOW.replace(hour=0, minute=0) - hours * DAY
        count, days = 24 * (hours + 2), DAYS - hours
        usual = draw.lognormal(0.5, 1.0, KEYS)  # dollars an hour
        often = np.where(np.arange(KEYS) % 10 == 0, 0.05, 1.0)
        by_hour = np.tile(_SHAPE, hours + 2)[:, None] * usual * draw.lognormal(0.0, 0.3, (count, KEYS))
        self.spent = (by_hour * (draw.random((count, KEYS)) < often) * NANO).astype(np.int64)
        self._days = (24.0 * usual * draw.lognormal(0.0, 0.3, (days, KEYS)) * often * NANO).astype(np.int64)
        self.keys = KEYS - 1  # nobody has seen the last one before the week has turned
        self.spent[: (NOW + 2 * HOUR - self._midnight) // HOUR + 1, -1] = 0
        self._days[:, -1] = 0

    def history(self, now: datetime) -> History:
        """What is known at a moment: half of the hour that fills."""
        hours = (now - self._midnight) // HOUR + 1
        spent = self.spent[:hours].copy()
        spent[-1] //= 2
        first = micros(self._midnight) - len(self._days) * _micros(DAY)
        parts = [_rows(self._days, first, _micros(DAY)), _rows(spent, micros(self._midnight), _micros(HOUR))]
        who, start, end, amount = (np.concatenate(pair) for pair in zip(*parts, strict=True))
        seen = who < self.keys
        who, start, end, amount = who[seen], start[seen], end[seen], amount[seen]
        none = np.zeros_like(start)
        mark = Watermark("openai", "usage", since=now - DAYS * DAY, complete_to=now, pulled_at=now)
        series = [Series("openai", "openai", f"p{i % 30}", f"key_{i}", None, "gpt-5") for i in range(KEYS)]
        return History(series[: self.keys], ["USD"], Facts(who, start, end, none, amount, none, amount, amount), [mark])

    def restate(self, start: datetime, hours: int) -> None:
        """A bill that comes late, one per cent off."""
        first = (start - self._midnight) // HOUR
        self.spent[first : first + hours] = self.spent[first : first + hours] * 101 // 100

    def settled(self, now: datetime) -> Floats:
        """All that is known by the hour, in dollars: (hours, keys)."""
        return np.asarray(self.spent[: (now - self._midnight) // HOUR] / NANO)

    def by_day(self, now: datetime) -> Floats:
        """The last months day by day, in dollars: (days, keys)."""
        hours = self.settled(now)
        days = hours[: len(hours) // 24 * 24].reshape(-1, 24, KEYS).sum(axis=1)
        return np.concatenate([self._days[len(days) - 110 :] / NANO, days])


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _rows(spent: Ints, first: int, length: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Series, start, end and amount of all that is not nothing."""
    row, who = np.nonzero(spent)
    start = first + row * length
    return who, start, start + length, spent[row, who]


def main() -> None:
    """Print seconds beside the goals and the floor, and memory."""
    print(f"anomaly rules over {KEYS} keys, {DAYS} days of history; seconds, and those of processors")
    day, hour, long, short = _rule("day"), _rule("hour"), World(42), World(28)
    _daily(day, short)
    _print("hourly, 42 days by the hour: first look", _look(hour, long, NOW - 71 * HOUR))
    _weekly(hour, long)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    _print("hourly, 28 days by the hour: first look", _look(hour, short, NOW), FIRST)
    settled = short.settled(NOW)
    _print("  a plain robust z of these hours", _timed(lambda: robust_z(settled, settled, _FLOORS, per_day=24)))
    known = short.history(NOW)
    edges = [NOW.replace(minute=0) - n * HOUR for n in range(28 * 24, -1, -1)]
    _print(
        "  the sums of these hours alone", _timed(lambda: known.group(hour.match, hour.each).by_bucket(edges, "USD"))
    )


def _daily(rule: Anomaly, world: World) -> None:
    _print("daily: first look", _look(rule, world, NOW), FIRST)
    _print("  next look, an hour later", _look(rule, world, NOW + HOUR), NEXT)
    settled = world.by_day(NOW)
    _print("  a plain robust z of these days", _timed(lambda: robust_z(settled, settled, _FLOORS)))


def _weekly(rule: Anomaly, world: World) -> None:
    """Look by look from Thursday until the week has turned."""
    looks = [_look(rule, world, NOW + n * HOUR) for n in range(-70, 2)]
    usual = sorted(looks[:20])[10]
    _print("  next look, an hour later", usual, NEXT)
    _print("  the dearest of those before the week turns", max(looks))
    monday = NOW + 2 * HOUR
    _print("  the week turns", _look(rule, world, monday), usual[0] + TURN)
    world.restate(monday.replace(hour=0, minute=0) - DAY, 24)
    _print("  yesterday's bill comes", _look(rule, world, monday), usual[0] + TURN)
    world.keys = KEYS
    _print("  a key that nobody has seen before", _look(rule, world, monday + HOUR), usual[0] + TURN)


def _rule(bucket: str) -> Anomaly:
    fields = {"name": f"{bucket}s", "each": ["api_key"], "bucket": bucket, "min_impact": _FLOOR}
    return Anomaly.model_validate(fields)


def _look(rule: Anomaly, world: World, now: datetime) -> tuple[float, float]:
    """Seconds, and those of the processors."""
    context = Context(world.history(now), ZoneInfo("UTC"), "USD", now - DAYS * DAY)
    gc.collect()
    return _timed(lambda: rule.evaluate(context, now))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def _print(name: str, took: tuple[float, float], goal: float | None = None) -> None:
    held = "" if goal is None else f"   goal {goal:.1f}" + ("  MISSED" if took[0] > goal else "")
    print(f"  {name:44s}{took[0]:8.2f}{took[1]:8.2f}{held}", flush=True)


if __name__ == "__main__":
    main()
