"""Spend as it became known: what is current, taken apart into its changes and what was there before them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import BigInteger, Connection, select, type_coerce

from budgetbot.core.directory import Directory
from budgetbot.core.history import Ints
from budgetbot.core.past import Changes, Past, PastMark
from budgetbot.core.period import Span
from budgetbot.core.usage import COUNTED
from budgetbot.store import spend, usage
from budgetbot.store.changes import DAY, HOUR, together, unpacked
from budgetbot.store.database import Database
from budgetbot.store.series import SeriesBook
from budgetbot.store.tables import spend_change, watermark_past

_KEY = 4  # columns that say which row it is: series, start, end, currency; the amounts follow
_AFTER = timedelta(days=7)  # what is read of watermarks beyond the span
_AT = 8  # the column after those of spend
_NEVER = np.iinfo(np.int64).max


class Remembered:
    """What was known when."""

    _database: Database
    book: SeriesBook

    def past(
        self,
        span: Span,
        directory: Directory,
        leave_out: Collection[str] = (),
        metrics: Sequence[str] = (),
    ) -> Past:
        """All changes of spend of the buckets that start in `span`, and of the use that `metrics` (of COUNTED) count.

        `leave_out`: sources whose dollars another source counts.
        """
        with self._database.snapshot() as connection:
            currencies, current, recorded = _read(connection, span, leave_out)
            ids, changes = _changes(current, recorded)
            series = self.book.series(connection, ids)
            marks = _marks(connection, span.end + _AFTER)
            counted = {}
            for metric in metrics:
                ids, counts = _counts(connection, span, metric, leave_out)
                counted[metric] = Past(self.book.series(connection, ids), [metric], counts, marks, directory)
        return Past(series, currencies, changes, marks, directory, counted)


def _read(connection: Connection, span: Span, leave_out: Collection[str]) -> tuple[list[str], Ints, Ints]:
    """Currencies, current rows, and recorded changes with the moment of each as a last column."""
    c = spend_change.c
    named = {*spend.sources(connection), *spend.sources(connection, c.source)}
    sources = [name for name in sorted(named) if name not in leave_out]
    first = span.start.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = select(type_coerce(c.mark, BigInteger).label("at"), c.currency, c.rows)
    blobs = connection.execute(wanted.where(c.source.in_(sources), c.day >= first, c.day < span.end)).all()
    currencies = sorted(spend.currencies(connection, span, sources) | {blob.currency for blob in blobs})
    rows = [unpacked(blob.rows) for blob in blobs]
    recorded = _with_marks(rows, [currencies.index(b.currency) for b in blobs], [b.at for b in blobs])
    return currencies, spend.table(connection, span, sources, currencies), spend.inside(recorded, span)


def _with_marks(rows: Sequence[Ints], currencies: Sequence[int], marks: Sequence[int]) -> Ints:
    if not rows:
        return np.zeros((_AT + 1, 0), dtype=np.int64)
    sizes = [some.shape[1] for some in rows]
    table = np.concatenate(rows, axis=1)
    currency, at = np.repeat(currencies, sizes), np.repeat(marks, sizes)
    return np.concatenate((table[: _KEY - 1], [currency], table[_KEY - 1 :], [at]))


def _changes(current: Ints, recorded: Ints) -> tuple[list[int], Changes]:
    """Numbers of series, and both as one in the order of time."""
    base = _base(current, recorded)
    rows = np.concatenate((base, recorded), axis=1)
    order = np.argsort(rows[_AT], kind="stable")
    numbers, start, end, currency, billed, estimated, low, high, at = np.take(rows, order, axis=1)
    ids, series = np.unique(numbers, return_inverse=True)
    assumed = order < base.shape[1]
    return ids.tolist(), Changes(series, start, end, currency, at, billed, estimated, low, high, assumed)


def _base(current: Ints, recorded: Ints) -> Ints:
    """What was there before all changes, with the moment at which it is taken to have been known.

    That is never after the first change of the row: what changes is known.
    """
    size = current.shape[1]
    rows = np.empty((_AT + 1, size + recorded.shape[1]), dtype=np.int64)
    rows[:_AT, :size], rows[_AT, :size] = current, _NEVER
    rows[:, size:] = recorded
    np.negative(rows[_KEY:_AT, size:], out=rows[_KEY:_AT, size:])
    rows, first = together(rows, _KEY)
    if not len(first):
        return rows
    keys, changed = np.take(rows[:_KEY], first, axis=1), np.minimum.reduceat(rows[_AT], first)
    sums = np.add.reduceat(rows[_KEY:_AT], first, axis=1)
    _, start, end, _ = keys
    usual = end + np.where(end - start > HOUR, DAY, 0)
    return np.compress(sums.any(axis=0), np.concatenate((keys, sums, [np.minimum(usual, changed)])), axis=1)


def _counts(connection: Connection, span: Span, metric: str, leave_out: Collection[str]) -> tuple[list[int], Changes]:
    """Use has no versions: it is taken to have been known when its bucket was over."""
    ids, facts = usage.load(connection, span, COUNTED[metric], leave_out)
    order = np.argsort(facts.end, kind="stable")
    found = {name: column[order] for name, column in vars(facts).items()}
    return ids, Changes(**found, at=found["end"], assumed=np.zeros(len(order), dtype=np.bool_))


def _marks(connection: Connection, until: datetime) -> list[PastMark]:
    c = watermark_past.c
    wanted = select(c.source, c.report, c.mark, c.complete_to, c.pulled_at).where(c.mark <= until)
    rows = connection.execute(wanted.order_by(c.mark, c.source, c.report))
    return [PastMark(*row) for row in rows]
