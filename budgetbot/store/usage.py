"""Usage as columns: one count in place of money, so that what adds up spend adds up use as well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, exists, func, literal, or_, select, type_coerce

from budgetbot.core.group import CLOCK_CHANGE
from budgetbot.core.history import Facts
from budgetbot.core.instant import micros
from budgetbot.core.period import Span
from budgetbot.store.spend import sources, values
from budgetbot.store.tables import usage_line

_DAY = timedelta(days=1) // timedelta(microseconds=1)


def load(
    connection: Connection, span: Span, metrics: Sequence[str], leave_out: Collection[str] = ()
) -> tuple[list[int], Facts]:
    """The sum of `metrics` in the buckets that start in `span`: numbers of their series, and columns that index them.

    Hours where a report has them for a day, else the day.
    """
    read = [name for name in sources(connection, usage_line.c.source) if name not in leave_out]
    flat = np.fromiter(values(connection, _wanted(span, metrics, read)), dtype=np.int64)
    numbers, start, end, counted = np.ascontiguousarray(flat.reshape(-1, 4).T)
    ids, series = np.unique(numbers, return_inverse=True)
    none = np.zeros(len(counted), dtype=np.int64)
    facts = Facts(series.astype(np.int64, copy=False), start, end, none, counted, none, counted, counted)
    return ids.tolist(), facts


def _wanted(span: Span, metrics: Sequence[str], read: Sequence[str]) -> Select[Any]:
    u = usage_line.c
    columns: list[ColumnElement[int]] = [u[name] for name in metrics]
    total: ColumnElement[int] = literal(0, BigInteger)
    for column in columns:
        total = total + func.coalesce(column, 0)
    start, end = type_coerce(u.start, BigInteger), type_coerce(u.end, BigInteger)
    return select(u.series_id, start, end, total).where(
        u.source.in_(read),
        u.start >= span.start,
        u.start < span.end,
        or_(*(column.is_not(None) for column in columns)),
        _once(span.start),
    )


def _once(since: datetime) -> ColumnElement[bool]:
    """Hours where a report has them for a day, else the day: nothing counts twice. Of what starts `since` then."""
    u, line = usage_line.c, usage_line.alias("line").c
    length = type_coerce(u.end, BigInteger) - type_coerce(u.start, BigInteger)
    shorter = type_coerce(line.end, BigInteger) - type_coerce(line.start, BigInteger) < _DAY
    # Found once, not row by row: a day has as many rows as there are series.
    hours = select(line.source, line.report, line.start).where(line.start >= since, shorter).distinct()
    hour = hours.cte("hour").prefix_with("MATERIALIZED").c
    same_day = (hour.source == u.source, hour.report == u.report, hour.start >= u.start, hour.start < u.end)
    return or_(length < _DAY, ~exists().where(*same_day))


def sums(
    connection: Connection, span: Span, metrics: Sequence[str], leave_out: Collection[str] = ()
) -> dict[int, dict[str, int]]:
    """Of each series, by its number, the sum of each metric that it has in the buckets of `span`.

    A bucket belongs to the span that holds its middle, unless it is longer, as in core.group.
    """
    u, read = usage_line.c, [name for name in sources(connection, usage_line.c.source) if name not in leave_out]
    start, end = type_coerce(u.start, BigInteger), type_coerce(u.end, BigInteger)
    first, after = micros(span.start), micros(span.end)
    longest = after - first + CLOCK_CHANGE
    since = span.start - timedelta(microseconds=longest)
    wanted = (
        select(u.series_id, *(func.sum(u[name]) for name in metrics))
        .where(
            u.source.in_(read),
            u.start >= since,
            u.start < span.end,
            start + end >= 2 * first,
            start + end < 2 * after,
            end - start <= longest,
            _once(since),
        )
        .group_by(u.series_id)
    )
    return {
        series: {name: int(count) for name, count in zip(metrics, counts, strict=True) if count}
        for series, *counts in connection.execute(wanted)
    }
