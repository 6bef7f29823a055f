"""Spend as columns in memory, for a process that is asked again and again."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np
from sqlalchemy import BigInteger, Connection, select, type_coerce

from budgetbot.core.distinct import distinct
from budgetbot.core.history import Facts, Ints
from budgetbot.core.instant import from_micros, micros
from budgetbot.core.period import Span
from budgetbot.store import spend
from budgetbot.store.database import Database
from budgetbot.store.tables import source_day

_DAY = timedelta(days=1)
_DAY_MICROS = _DAY // timedelta(microseconds=1)
_MOST = 2_000_000  # rows, of 64 bytes each
_TOGETHER = 31  # days
_SourceDay: TypeAlias = tuple[str, int]


class _Kept(NamedTuple):
    stamp: int
    rows: Ints


class KeptSpend:
    """Answers as `spend.load` does, and reads again only the source-days whose stamp is another one.

    Stamps and rows are read in one snapshot: an answer is what is committed when it is asked, whoever wrote it. Source-
    days that were not asked for the longest are forgotten where there are more than `most` rows. Safe to share between
    threads. `size`: the rows that are kept.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._days: dict[_SourceDay, _Kept] = {}
        self._currencies: list[str] = []  # only added to: kept rows refer to them
        self.size = 0
        self._lock = threading.Lock()

    def load(
        self, database: Database, span: Span, leave_out: Collection[str] = ()
    ) -> tuple[list[int], list[str], Facts]:
        """The rows that start in `span`: numbers of their series, currencies, and columns that index both."""
        with self._lock, database.snapshot() as connection:
            stamps = {key: stamp for key, stamp in _stamps(connection, span).items() if key[0] not in leave_out}
            for source, days in _runs(key for key, stamp in stamps.items() if self._stamp(key) != stamp):
                self._read(connection, source, days, stamps)
            found = [self._asked(key) for key in stamps]
            currencies = tuple(self._currencies)
            self._forget()
        return _facts(_joined(found, span), currencies)

    def _stamp(self, key: _SourceDay) -> int | None:
        kept = self._days.get(key)
        return kept.stamp if kept else None

    def _read(self, connection: Connection, source: str, days: Span, stamps: dict[_SourceDay, int]) -> None:
        new = spend.currencies(connection, days, [source]) - set(self._currencies)
        self._currencies += sorted(new)
        rows = spend.table(connection, days, [source], self._currencies)
        rows = rows[:, np.argsort(rows[_START], kind="stable")]
        starts = np.arange(micros(days.start), micros(days.end) + 1, _DAY_MICROS)
        edges = np.searchsorted(rows[_START], starts)
        for i, start in enumerate(starts[:-1].tolist()):
            self._put((source, start), _Kept(stamps[source, start], rows[:, edges[i] : edges[i + 1]].copy()))

    def _put(self, key: _SourceDay, kept: _Kept | None) -> None:
        before = self._days.pop(key, None)
        self.size -= before.rows.shape[1] if before else 0
        if kept:
            self._days[key] = kept
            self.size += kept.rows.shape[1]

    def _asked(self, key: _SourceDay) -> Ints:
        """The rows, put behind all that were asked for before."""
        kept = self._days[key]
        self._put(key, kept)
        return kept.rows

    def _forget(self) -> None:
        for key in list(self._days):
            if self.size <= self._most:
                break
            self._put(key, None)


_SERIES, _START, _CURRENCY = (spend.COLUMNS.index(name) for name in ("series", "start", "currency"))


def _stamps(connection: Connection, span: Span) -> dict[_SourceDay, int]:
    """By source and day, for all days of which something may start in `span`."""
    c = source_day.c
    first = span.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = select(c.source, type_coerce(c.day, BigInteger), c.stamp).where(c.day >= first, c.day < span.end)
    cursor = connection.execute(wanted).cursor
    assert cursor is not None  # noqa: S101
    return {(source, day): stamp for source, day, stamp in cursor.fetchall()}


def _runs(keys: Iterable[_SourceDay]) -> Iterator[tuple[str, Span]]:
    """Days of a source that follow each other, together, but no more than memory holds several times over."""
    run: list[_SourceDay] = []
    for key in sorted(keys):
        if run and (len(run) == _TOGETHER or key != (run[-1][0], run[-1][1] + _DAY_MICROS)):
            yield _run(run)
            run = []
        run.append(key)
    if run:
        yield _run(run)


def _run(keys: Sequence[_SourceDay]) -> tuple[str, Span]:
    return keys[0][0], Span(from_micros(keys[0][1]), from_micros(keys[-1][1]) + _DAY)


def _joined(days: Sequence[Ints], span: Span) -> Ints:
    """All rows that start in `span`; only its first and last day can hold others."""
    if not days:
        return np.zeros((len(spend.COLUMNS), 0), dtype=np.int64)
    return np.concatenate([spend.inside(rows, span) if _is_edge(rows, span) else rows for rows in days], axis=1)


def _is_edge(rows: Ints, span: Span) -> bool:
    return bool(rows.shape[1]) and not micros(span.start) <= rows[_START, 0] <= rows[_START, -1] < micros(span.end)


def _facts(rows: Ints, known: Sequence[str]) -> tuple[list[int], list[str], Facts]:
    ids, series = distinct(rows[_SERIES])
    used, currency = distinct(rows[_CURRENCY])
    names = sorted(known[i] for i in used.tolist())
    if len(names) > 1:
        currency = np.array([names.index(known[i]) for i in used.tolist()], dtype=np.int64)[currency]
    columns = dict(zip(spend.COLUMNS, rows, strict=True))
    return ids.tolist(), names, Facts(**{**columns, "series": series, "currency": currency})
