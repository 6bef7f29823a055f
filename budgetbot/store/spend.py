"""The derived table that everything reads, and the way from its rows to columns in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    type_coerce,
)

from budgetbot.core.distinct import distinct
from budgetbot.core.history import Facts, Ints
from budgetbot.core.instant import from_micros, micros
from budgetbot.core.period import Span
from budgetbot.store.database import insert_raw
from budgetbot.store.tables import cost_line, spend

Key: TypeAlias = tuple[int, int, int, str]
"""start, number of the series, end and currency of a row; times are microseconds."""
Sums: TypeAlias = tuple[int, int, int, int]
"""billed, estimated, low and high."""
Rows: TypeAlias = Mapping[Key, Sums]
COLUMNS = ("series", "start", "end", "currency", "billed", "estimated", "low", "high")
_FETCH = 2000
_FEW = 4  # one row in so many: until then it is quicker to replace them one by one
_DAY = timedelta(days=1)


def rebuild(connection: Connection, source: str, day: datetime) -> None:
    """Derive one source's UTC day from its current cost lines alone, summed over reports."""
    c = cost_line.c
    connection.execute(delete(spend).where(*_of_day(source, day)))
    amount = cast(func.sum(c.amount), BigInteger)
    group = (c.source, c.start, c.series_id, c.end, c.currency)
    lines = (
        select(*group, amount, literal(0, BigInteger), amount, amount)
        .where(c.source == source, *_starts(c.start, Span(day, day + _DAY)), c.known_until.is_(None))
        .group_by(*group)
    )
    columns = ["source", "start", "series_id", "end", "currency", "billed", "estimated", "low", "high"]
    connection.execute(spend.insert().from_select(columns, lines))


def rows_of(connection: Connection, source: str, day: datetime) -> Rows:
    """What stands there for one source's UTC day."""
    c = spend.c
    key = type_coerce(c.start, BigInteger), c.series_id, type_coerce(c.end, BigInteger), c.currency
    wanted = select(*key, c.billed, c.estimated, c.low, c.high)
    cursor = connection.execute(wanted.where(*_of_day(source, day))).cursor
    assert cursor is not None  # noqa: S101
    return {row[:4]: row[4:] for row in cursor.fetchall()}


def differing(before: Rows, after: Rows) -> list[Key]:
    """The rows that are not the same in both, or not in both."""
    return [key for key, sums in before.items() if after.get(key) != sums] + [k for k in after if k not in before]


def replace(connection: Connection, source: str, day: datetime, keys: Sequence[Key], before: Rows, after: Rows) -> None:
    """Other rows in place of those that stand there for a UTC day; where few differ (`keys`), only these."""
    few = len(keys) * _FEW < len(before)
    if few:
        _remove(connection, source, [key for key in keys if key in before])
    else:
        connection.execute(delete(spend).where(*_of_day(source, day)))
    came = [key for key in keys if key in after] if few else after
    insert_raw(connection, spend, [(source, *key, *after[key]) for key in came])


def _remove(connection: Connection, source: str, keys: Sequence[Key]) -> None:
    if keys:
        matches = [spend.c[name] == bindparam(f"the_{name}") for name in ("start", "series_id", "end", "currency")]
        rows = [
            {
                "the_start": from_micros(start),
                "the_series_id": series,
                "the_end": from_micros(end),
                "the_currency": currency,
            }
            for start, series, end, currency in keys
        ]
        connection.execute(delete(spend).where(spend.c.source == source, *matches), rows)


def _of_day(source: str, day: datetime) -> tuple[ColumnElement[bool], ...]:
    return spend.c.source == source, *_starts(spend.c.start, Span(day, day + _DAY))


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
    names = sorted(currencies(connection, span, read))
    columns = table(connection, span, read, names)
    ids, series = distinct(columns[0])
    rest = dict(zip(COLUMNS[1:], columns[1:], strict=True))
    return ids.tolist(), names, Facts(series=series, **rest)


def currencies(connection: Connection, span: Span, read: Collection[str]) -> set[str]:
    """Those of the rows of some sources that start in `span`."""
    wanted = select(spend.c.currency).where(spend.c.source.in_(read), *_starts(spend.c.start, span)).distinct()
    return set(connection.execute(wanted).scalars())


def table(connection: Connection, span: Span, read: Collection[str], currencies: Sequence[str]) -> Ints:
    """The rows of some sources that start in `span`, as COLUMNS; `currency` indexes `currencies`."""
    wanted = _wanted(currencies).where(spend.c.source.in_(read), *_starts(spend.c.start, span))
    flat = np.fromiter(values(connection, wanted), dtype=np.int64)
    return np.ascontiguousarray(flat.reshape(-1, len(COLUMNS)).T)


def inside(columns: Ints, span: Span) -> Ints:
    """Those of such rows, whatever columns follow, that start in `span`."""
    start = columns[COLUMNS.index("start")]
    return columns[:, (start >= micros(span.start)) & (start < micros(span.end))]


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
