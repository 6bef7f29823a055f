"""A history made by hand: a line for each amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.match import LabelRule
from budgetbot.core.model import Entity, Series, Watermark
from budgetbot.core.money import NANO


class Spend(NamedTuple):
    """What one series cost in one bucket, in nano-units."""

    series: Series
    start: datetime
    billed: int
    estimated: int = 0
    length: timedelta = timedelta(days=1)
    currency: str = "USD"


def series(project: str | None = None, source: str = "openai", **more: str | None) -> Series:
    """A series of an account of OpenAI."""
    return Series("openai", source, project=project, **more)


def utc(text: str) -> datetime:
    """ "2026-11-20" or "2026-11-20T09:30" as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def usd(day: str, dollars: int, project: str | None = "p1", source: str = "openai", **more: str | None) -> Spend:
    """Whole dollars billed on one UTC day."""
    return Spend(series(project, source, **more), utc(day), dollars * NANO)


def fresh(now: datetime, source: str = "openai") -> Watermark:
    """A source that was read whole this very moment."""
    return Watermark(source, "costs", since=now - timedelta(days=90), complete_to=now, pulled_at=now)


def history(
    rows: Iterable[Spend],
    watermarks: Sequence[Watermark] = (),
    entities: Iterable[Entity] = (),
    labels: Sequence[LabelRule] = (),
) -> History:
    """The rows as columns, exactly as given."""
    rows = list(rows)
    known = list(dict.fromkeys(row.series for row in rows))
    currencies = list(dict.fromkeys(row.currency for row in rows))
    facts = Facts(
        series=_ints(known.index(row.series) for row in rows),
        start=_ints(micros(row.start) for row in rows),
        end=_ints(micros(row.start + row.length) for row in rows),
        currency=_ints(currencies.index(row.currency) for row in rows),
        billed=_ints(row.billed for row in rows),
        estimated=_ints(row.estimated for row in rows),
        low=_ints(row.billed for row in rows),
        high=_ints(row.billed + 2 * row.estimated for row in rows),
    )
    return History(known, currencies, facts, watermarks, Directory(entities, labels))


def _ints(values: Iterable[int]) -> np.typing.NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)
