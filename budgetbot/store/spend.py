"""The derived table that everything reads, and the way from its rows to columns in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    type_coerce,
)

from budgetbot.core.history import Facts
from budgetbot.core.period import Span
from budgetbot.store.tables import cost_line, spend

_COLUMNS = ("series", "start", "end", "currency", "billed", "estimated", "low", "high")
_FETCH = 2000
_DAY = timedelta(days=1)


def rebuild(connection: Connection, source: str, day: datetime) -> None:
    """Derive one source's UTC day from its current cost lines alone, summed over reports."""
    c = cost_line.c
    connection.execute(delete(spend).where(spend.c.source == source, *_starts(spend.c.start, Span(day, day + _DAY))))
    amount = cast(func.sum(c.amount), BigInteger)
    group = (c.source, c.start, c.series_id, c.end, c.currency)
    lines = (
        select(*group, amount, literal(0, BigInteger), amount, amount)
        .where(c.source == source, *_starts(c.start, Span(day, day + _DAY)), c.known_until.is_(None))
        .group_by(*group)
    )
    columns = ["source", "start", "series_id", "end", "currency", "billed", "estimated", "low", "high"]
    connection.execute(spend.insert().from_select(columns, lines))


def sources(connection: Connection, column: ColumnElement[str] = spend.c.source) -> list[str]:
    """The sources that have spend (or whatever the column's table holds), one index probe each."""
    found: list[str] = []
    while True:
        after = column > found[-1] if found else column >= ""
        name = connection.execute(select(func.min(column)).where(after)).scalar()
        if name is None:
            return found
        found.append(name)


def first_day(connection: Connection) -> datetime | None:
    """The start of the earliest bucket with spend."""
    starts = [
        connection.execute(select(func.min(spend.c.start)).where(spend.c.source == source)).scalar_one()
        for source in sources(connection)
    ]
    return min(starts, default=None)


def load(connection: Connection, span: Span, leave_out: Collection[str] = ()) -> tuple[list[int], list[str], Facts]:
    """The rows that start in `span`: numbers of their series, currencies, and columns that index both."""
    read = [name for name in sources(connection) if name not in leave_out]
    inside = (spend.c.source.in_(read), *_starts(spend.c.start, span))
    currencies = sorted(connection.execute(select(spend.c.currency).where(*inside).distinct()).scalars())
    flat = np.fromiter(values(connection, _wanted(currencies).where(*inside)), dtype=np.int64)
    table = np.ascontiguousarray(flat.reshape(-1, len(_COLUMNS)).T)
    ids, series = np.unique(table[0], return_inverse=True)
    rest = dict(zip(_COLUMNS[1:], table[1:], strict=True))
    return ids.tolist(), currencies, Facts(series=series.astype(np.int64, copy=False), **rest)


def _wanted(currencies: Sequence[str]) -> Select[Any]:
    """Whole numbers only: no conversion stands between the database and the arrays."""
    c = spend.c
    numbers = {currency: i for i, currency in enumerate(currencies)}
    currency = case(numbers, value=c.currency) if len(numbers) > 1 else literal(0, BigInteger)
    times = type_coerce(c.start, BigInteger), type_coerce(c.end, BigInteger)
    return select(c.series_id, *times, currency, c.billed, c.estimated, c.low, c.high)


def values(connection: Connection, wanted: Select[Any]) -> Iterator[int]:
    """All values, row after row, straight from the driver: wrapping a million rows would double the time."""
    cursor = connection.execute(wanted).cursor
    assert cursor is not None  # noqa: S101
    return chain.from_iterable(chain.from_iterable(iter(lambda: cursor.fetchmany(_FETCH), [])))


def _starts(column: ColumnElement[datetime], span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= span.start, column < span.end
