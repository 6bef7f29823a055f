"""The ledger: what the providers billed and counted, every version of it, and spend as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from budgetbot.core.compared import COUNTS, Use
from budgetbot.core.directory import Directory
from budgetbot.core.history import History
from budgetbot.core.model import Bucket, Series
from budgetbot.core.money import Nano
from budgetbot.core.period import Span
from budgetbot.core.usage import COUNTED
from budgetbot.store import spend, usage
from budgetbot.store.database import Database, serialise
from budgetbot.store.entities import Entities
from budgetbot.store.kept_spend import KeptSpend
from budgetbot.store.memory import Memory
from budgetbot.store.past import Remembered
from budgetbot.store.prepared import digest, prepared
from budgetbot.store.replacement import Replacement, known
from budgetbot.store.restated import Restated
from budgetbot.store.series import SeriesBook
from budgetbot.store.tables import bucket, cost_line
from budgetbot.store.watermarks import Watermarks

_LINES = 2000  # a transaction: well under 100 ms


class Line(NamedTuple):
    """One version of one billed line: known from `known_from` until `known_until` (None: it is the current one).

    `assumed`: it was read late, so when it became known is taken from the source's usual lag.
    """

    source: str
    report: str
    start: datetime
    end: datetime
    series: Series
    currency: str
    amount: Nano
    known_from: datetime
    known_until: datetime | None
    assumed: bool


class Ledger(Watermarks, Entities, Restated, Remembered):
    """Saves whole buckets and answers with columns, now and then; also names, restatements and the sources' notes."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.book = SeriesBook(database)

    def save(self, source: str, buckets: Bucket | Sequence[Bucket], now: datetime, lag: timedelta) -> int:
        """Replace whole buckets, each atomically, whatever their grouping was. How many lines changed.

        `lag`: how long after a bucket's end it is usually known; for history that is read late. Raises SourceError.
        """
        given = [buckets] if isinstance(buckets, Bucket) else buckets
        return sum(self._save(source, some, now, lag) for some in _portions(given))

    def _save(self, source: str, buckets: Sequence[Bucket], now: datetime, lag: timedelta) -> int:
        with self._database.read() as connection:
            before = known(connection, source, buckets)
        same, fresh = [], []
        for one in buckets:
            content = digest(one)
            was = before.get((one.report, one.start))
            row = was.widths.get(one.end) if was else None
            if row is not None and row.digest == content:
                same.append(one)
            else:
                fresh.append(prepared(one, content))
        ids = self.book.ids(series for one in fresh for series in one.series())
        with self._database.write() as connection:
            serialise(connection, f"budgetbot save {source}")
            _read_again(connection, source, same, now)
            return Replacement(connection, source, ids, now, lag).run(fresh) if fresh else 0

    def memory(self, source: str) -> MutableMapping[str, str]:
        """The source's own notes."""
        return Memory(self._database, source)

    def series(self) -> list[Series]:
        """Every series that was ever seen."""
        with self._database.read() as connection:
            return self.book.all(connection)

    def first_day(self) -> datetime | None:
        """The start of the earliest bucket with spend; None where there is none."""
        with self._database.read() as connection:
            return spend.first_day(connection)

    def history(
        self, span: Span, directory: Directory, leave_out: Collection[str] = (), kept: KeptSpend | None = None
    ) -> History:
        """Spend of the buckets that start in `span`, as known now; only series that occur there.

        `leave_out`: sources whose dollars another source counts. `kept`: what of it is in memory already.
        """
        found = kept.load(self._database, span, leave_out) if kept else None
        with self._database.read() as connection:
            ids, currencies, facts = found or spend.load(connection, span, leave_out)
            series = self.book.series(connection, ids)
        return History(series, currencies, facts, self.watermarks(), directory)

    def usage_history(self, span: Span, metric: str, directory: Directory, leave_out: Collection[str] = ()) -> History:
        """Use of the buckets that start in `span`: counts in place of money, `metric` (of COUNTED) as the currency."""
        with self._database.read() as connection:
            ids, facts = usage.load(connection, span, COUNTED[metric], leave_out)
            series = self.book.series(connection, ids)
        return History(series, [metric], facts, self.watermarks(), directory)

    def used(self, span: Span, leave_out: Collection[str] = ()) -> Use:
        """What every series used in `span`, each metric for itself."""
        with self._database.read() as connection:
            found = usage.sums(connection, span, COUNTS, leave_out)
            return dict(zip(self.book.series(connection, list(found)), found.values(), strict=True))

    def cost_lines(self, span: Span, as_of: datetime | None = None) -> list[Line]:
        """The billed lines of the buckets that start in `span`: current, or as they were known at a past moment."""
        c = cost_line.c
        wanted = select(cost_line).where(c.start >= span.start, c.start < span.end)
        if as_of is None:
            wanted = wanted.where(c.known_until.is_(None))
        else:
            wanted = wanted.where(c.known_from <= as_of, c.known_until.is_(None) | (c.known_until > as_of))
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(*cost_line.primary_key)).all()
            numbers = list(dict.fromkeys(row.series_id for row in rows))
            series = dict(zip(numbers, self.book.series(connection, numbers), strict=True))
        return [
            Line(
                row.source, row.report, row.start, row.end, series[row.series_id], row.currency, row.amount,
                row.known_from, row.known_until, row.assumed,
            )
            for row in rows
        ]  # fmt: skip


def _portions(buckets: Sequence[Bucket]) -> Iterator[list[Bucket]]:
    """Small enough for a short transaction, and no bucket twice in one."""
    portion: list[Bucket] = []
    seen: set[tuple[str, datetime]] = set()
    lines = 0
    for one in buckets:
        size = len(one.costs) + len(one.usage)
        if portion and (lines + size > _LINES or (one.report, one.start) in seen):
            yield portion
            portion, seen, lines = [], set(), 0
        portion.append(one)
        seen.add((one.report, one.start))
        lines += size
    if portion:
        yield portion


def _read_again(connection: Connection, source: str, buckets: Sequence[Bucket], now: datetime) -> None:
    """Buckets that hold what they held: only that they were read is noted."""
    if not buckets:
        return
    c = bucket.c
    statement = (
        update(bucket)
        .where(c.source == source, c.report == bindparam("the_report"), c.start == bindparam("the_start"))
        .where(c.end == bindparam("the_end"), c.read_at < now)
        .values(read_at=now)
    )
    rows = [{"the_report": one.report, "the_start": one.start, "the_end": one.end} for one in buckets]
    connection.execute(statement, rows)
