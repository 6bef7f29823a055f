"""Source-days on their way from ledger to spend: what changed, what is known of a day, and what was derived."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from budgetbot.core.calibrate import DayRatio
from budgetbot.core.estimate import Billed, Spent
from budgetbot.core.instant import micros
from budgetbot.core.model import METRICS, Series
from budgetbot.core.pricing import Used
from budgetbot.store import spend
from budgetbot.store.changes import record, young
from budgetbot.store.columns import storable
from budgetbot.store.database import Database, serialise, upsert
from budgetbot.store.memory import Memory
from budgetbot.store.series import SeriesBook
from budgetbot.store.tables import bucket, cost_line, day_ratio, series, source_day, usage_line

_DAY = timedelta(days=1)
_RECENT = timedelta(days=35)  # bills whose line items are known


def mark_changed(connection: Connection, source: str, days: Collection[datetime]) -> set[datetime]:
    """Note that these days have to be derived anew. Those among them that were derived with usage and prices before."""
    if not days:
        return set()
    c = source_day.c
    first = {"source": source, "changed": True, "refined": False, "settled": False, "stamp": _stamp()}
    upsert(connection, source_day, [{**first, "day": day} for day in days], keep=("refined", "settled"))
    mine = c.source == source, c.day.between(min(days), max(days)), c.refined
    return set(connection.execute(select(c.day).where(*mine)).scalars()) & set(days)


class Days:
    """Reads what a day is derived from and writes what was derived; decides nothing."""

    def __init__(self, database: Database, book: SeriesBook) -> None:
        self._database = database
        self._book = book

    def settled(
        self,
        source: str,
        bills: Collection[str],
        now: datetime,
        age: timedelta,
        agree: timedelta,
        long_ago: timedelta,
    ) -> frozenset[datetime]:
        """Days whose bill is final: over for `age`, and read the same twice `agree` apart or first read `long_ago`."""
        c = bucket.c
        wanted = (
            select(c.start, func.max(c.unchanged_since), func.min(c.read_at))
            .where(c.source == source, c.report.in_(list(bills)), c.end <= now - age)
            .group_by(c.start)
        )
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return frozenset(
            start for start, since, read in rows if read - since >= agree or read - (start + _DAY) >= long_ago
        )

    def changed(self, source: str, settled: Collection[datetime]) -> list[datetime]:
        """Days to derive anew: they changed, or were open when they were derived and have settled since."""
        c = source_day.c
        wanted = select(c.day, c.changed).where(c.source == source, c.changed | ~c.settled).order_by(c.day)
        with self._database.read() as connection:
            return [row.day for row in connection.execute(wanted) if row.changed or row.day in settled]

    def line_items(self, source: str, since: datetime) -> frozenset[str]:
        """How the source's recent bills name things."""
        c = cost_line.c
        recent = select(c.series_id).where(c.source == source, c.start >= since - _RECENT).distinct()
        wanted = select(series.c.line_item).where(series.c.id.in_(recent), series.c.line_item.is_not(None)).distinct()
        with self._database.read() as connection:
            return frozenset(connection.execute(wanted).scalars())

    def currency(self, source: str, since: datetime) -> str:
        """What the source's recent bills are in; USD where there is none yet."""
        c = cost_line.c
        wanted = (
            select(c.currency)
            .where(c.source == source, c.start >= since - _RECENT, c.known_until.is_(None))
            .group_by(c.currency)
            .order_by(func.count().desc(), c.currency)
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.execute(wanted).scalar() or "USD"

    def ratios(self, source: str, since: datetime) -> list[DayRatio]:
        """What was derived of days from `since` on: listed and billed per project and item."""
        c = day_ratio.c
        wanted = select(c.day, c.project, c.item, c.listed, c.billed).where(c.source == source, c.day >= since)
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
        return [DayRatio(r.day, r.project[1:] if r.project else None, r.item, r.listed, r.billed) for r in rows]

    def facts(self, source: str, day: datetime) -> tuple[list[Billed], list[Used]]:
        """The day's current bill and its usage; hours where a report has them, else the day."""
        c, u = cost_line.c, usage_line.c
        lines = select(c.series_id, c.start, c.end, c.currency, c.amount).where(
            c.source == source, c.start >= day, c.start < day + _DAY, c.known_until.is_(None)
        )
        used = select(u.report, u.series_id, u.start, u.end, *(u[name] for name in METRICS)).where(
            u.source == source, u.start >= day, u.start < day + _DAY
        )
        with self._database.read() as connection:
            billed, usage = connection.execute(lines).all(), connection.execute(used).all()
            ids = list({row.series_id for row in (*billed, *usage)})
            known = dict(zip(ids, self._book.series(connection, ids), strict=True))
        hourly = {row.report for row in usage if row.end - row.start < _DAY}
        return (
            [Billed(known[r.series_id], r.start, r.end, r.currency, r.amount) for r in billed],
            [
                Used(r.report, known[r.series_id], r.start, r.end, _metrics(r[4:]))
                for r in usage
                if r.end - r.start < _DAY or r.report not in hourly
            ],
        )

    def put(
        self,
        source: str,
        day: datetime,
        rows: Sequence[Spent],
        ratios: Sequence[DayRatio],
        now: datetime,
        *,
        settled: bool,
    ) -> None:
        """What was derived, in one transaction, and what that changes; the day then counts as unchanged."""
        ids = self._book.ids(row.series for row in rows)
        after = _merged(rows, ids)
        mine = day_ratio.c.source == source, day_ratio.c.day == day
        with self._database.write() as connection:
            serialise(connection, f"budgetbot save {source}")
            before = spend.rows_of(connection, source, day)
            differing = spend.differing(before, after)
            spend.replace(connection, source, day, differing, before, after)
            if _was_derived(connection, source, day):
                record(connection, source, day, differing, before, after, now)
            else:  # what the bill alone had put there counts for nothing
                record(connection, source, day, young(after, now), {}, after, now)
            connection.execute(delete(day_ratio).where(*mine))
            upsert(connection, day_ratio, [_ratio_row(source, ratio) for ratio in ratios])
            state = {"source": source, "day": day, "changed": False, "refined": True, "settled": settled}
            upsert(connection, source_day, [{**state, "stamp": _stamp()}])

    def still_open(self, source: str, since: datetime) -> list[datetime]:
        """Days from `since` on that were not settled when they were derived."""
        c = source_day.c
        wanted = select(c.day).where(c.source == source, c.day >= since, ~c.settled).order_by(c.day)
        with self._database.read() as connection:
            return list(connection.execute(wanted).scalars())

    def note(self, source: str, key: str, text: str) -> None:
        """One of the source's notes, written where it differs."""
        memory = Memory(self._database, source)
        if memory.get(key) != text:
            memory[key] = text

    def noted(self, source: str, key: str) -> str:
        """The same, read; empty where there is none."""
        return Memory(self._database, source).get(key, "")


def _stamp() -> int:
    """No counter: also what was written after a rollback or a restored backup differs from what was read before."""
    return secrets.randbits(62) + 1


def _was_derived(connection: Connection, source: str, day: datetime) -> bool:
    c = source_day.c
    return bool(connection.execute(select(c.refined).where(c.source == source, c.day == day)).scalar())


def _merged(rows: Sequence[Spent], ids: Mapping[Series, int]) -> spend.Rows:
    merged: dict[spend.Key, spend.Sums] = {}
    for row in rows:
        key = micros(row.start), ids[row.series], micros(row.end), row.currency
        was = merged.get(key, (0, 0, 0, 0))
        merged[key] = was[0] + row.billed, was[1] + row.estimated, was[2] + row.low, was[3] + row.high
    return merged


def _metrics(values: Sequence[int | None]) -> dict[str, int]:
    return {METRICS[i]: value for i, value in enumerate(values) if value}


def _ratio_row(source: str, ratio: DayRatio) -> dict[str, object]:
    project = "" if ratio.project is None else f"={storable(ratio.project)}"
    return {
        "source": source, "day": ratio.day, "project": project, "item": storable(ratio.item),
        "listed": ratio.listed, "billed": ratio.billed,
    }  # fmt: skip
