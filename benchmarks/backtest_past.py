"""Four months of an organisation, as they became known: an estimate every hour, a bill the day after, restatements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from budgetbot.core.directory import Directory
from budgetbot.core.group import Ints
from budgetbot.core.instant import micros
from budgetbot.core.model import Entity, Series
from budgetbot.core.money import NANO
from budgetbot.core.past import Changes, Past, PastMark

PROJECTS, KEYS, MODELS = 20, 10, 2
UNTIL = datetime(2026, 11, 20, tzinfo=UTC)
DAYS, WARM = 90, 60  # those that are judged, and those before them that the ledger holds as well
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SHAPE = np.array([1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 9, 10, 10, 9, 8, 6, 4, 3, 2, 2, 1])


def make() -> Past:
    """Every key has two models; each hour adds to the day, most days settle near it and a tenth are restated."""
    draw = np.random.default_rng(7)
    series = [
        Series("openai", "openai", f"proj_{k // KEYS}", f"key_{k}", None, f"model-{m}", f"model-{m}")
        for k in range(PROJECTS * KEYS)
        for m in range(MODELS)
    ]
    usual = draw.lognormal(0.5, 1.0, len(series))  # dollars a day
    parts = [_day(draw, UNTIL - (DAYS + WARM - day) * _DAY, usual) for day in range(DAYS + WARM)]
    table = np.concatenate(parts, axis=1)
    table = table[:, np.argsort(table[3], kind="stable")]
    who, start, end, at, billed, estimated = table
    low, high = billed + estimated * 9 // 10, billed + estimated * 11 // 10
    none = np.zeros(table.shape[1], dtype=np.int64)
    changes = Changes(who, start, end, none, at, billed, estimated, low, high, at < micros(UNTIL - DAYS * _DAY))
    return Past(series, ("USD",), changes, _marks(), Directory(_names()))


def _day(draw: np.random.Generator, day: datetime, usual: npt.NDArray[np.float64]) -> Ints:
    """One UTC day: rows are series, start, end, at, billed, estimated."""
    busy = (0.3 if day.weekday() >= 5 else 1.0) * usual * draw.lognormal(0, 0.35, len(usual))
    shape = _SHAPE * draw.lognormal(0, 0.3, (len(usual), 24))
    hourly = (busy[:, None] * shape / shape.sum(axis=1, keepdims=True) * NANO).astype(np.int64)
    who, start, count = np.arange(len(usual)), micros(day), len(usual)
    rows = [_rows(who, start, day + (hour + 1) * _HOUR, 0, hourly[:, hour]) for hour in range(24)]
    known = hourly.sum(axis=1)
    bill = (known * draw.normal(1, 0.02, count)).astype(np.int64)
    rows.append(_rows(who, start, day + _DAY + int(draw.integers(8, 20)) * _HOUR, bill, -known))
    some = np.flatnonzero(draw.random(count) < 0.1)
    again = (bill[some] * draw.normal(0, 0.03, len(some))).astype(np.int64)
    rows.append(_rows(some, start, day + _DAY + int(draw.integers(30, 60)) * _HOUR, again, 0 * again))
    return np.concatenate(rows, axis=1)


def _rows(who: Ints, start: int, at: datetime, billed: Ints | int, estimated: Ints) -> Ints:
    ones = np.ones(len(who), dtype=np.int64)
    day = _DAY // timedelta(microseconds=1)
    return np.stack((who, start * ones, (start + day) * ones, micros(at) * ones, billed * ones, estimated))


def _names() -> list[Entity]:
    keys = [
        Entity("openai", "api_key", f"key_{k}", f"{'ci' if k % 5 == 0 else 'app'}-{k}") for k in range(PROJECTS * KEYS)
    ]
    return keys + [Entity("openai", "project", f"proj_{p}", f"project-{p}") for p in range(PROJECTS)]


def _marks() -> list[PastMark]:
    """Read every hour, but for one outage."""
    hours = [UNTIL - (DAYS + WARM) * _DAY + hour * _HOUR for hour in range(24 * (DAYS + WARM) + 1)]
    out = UNTIL - 30 * _DAY
    return [PastMark("openai", "costs", at, at, at) for at in hours if not out <= at < out + 9 * _HOUR]
