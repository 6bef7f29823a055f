"""Whole buckets replaced inside one transaction: what differs gets a new version, what vanished ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, update

from budgetbot.core.instant import micros
from budgetbot.core.model import METRICS, Bucket, Series
from budgetbot.core.money import Nano
from budgetbot.store.database import insert_raw, upsert
from budgetbot.store.days import mark_changed
from budgetbot.store.prepared import Prepared, Usage, added
from budgetbot.store.spend import rebuild
from budgetbot.store.tables import bucket, cost_line, usage_line

Row: TypeAlias = dict[str, Any]
Values: TypeAlias = tuple[object, ...]
"""One row in the order of its table's columns, times as microseconds."""
_COST_KEY = ("source", "start", "report", "series_id", "currency", "known_from")
_USAGE_KEY = ("source", "start", "report", "end", "series_id")
_METRICS = tuple(usage_line.c[name] for name in METRICS)


@dataclass
class Known:
    """What the database knows of one (report, start): its widths, each with digest, unchanged_since and read_at."""

    widths: dict[datetime, Any] = field(default_factory=dict)

    def moment(self, now: datetime) -> datetime:
        """Now, or the last read where a clock went back: versions must not overlap."""
        reads: list[datetime] = [row.read_at for row in self.widths.values()]
        return max([now, *reads])


def known(
    connection: Connection, source: str, buckets: Sequence[Bucket | Prepared]
) -> dict[tuple[str, datetime], Known]:
    """The bucket rows of these reports that begin between the first and the last of these buckets."""
    c = bucket.c
    reports, starts = {one.report for one in buckets}, {one.start for one in buckets}
    wanted = select(bucket).where(c.source == source, c.report.in_(reports), c.start.between(min(starts), max(starts)))
    found: dict[tuple[str, datetime], Known] = {}
    for row in connection.execute(wanted):
        found.setdefault((row.report, row.start), Known()).widths[row.end] = row
    return found


class Replacement:
    """One transaction's worth of buckets of one source, no (report, start) twice. Rows are gathered, then written."""

    def __init__(
        self, connection: Connection, source: str, ids: Mapping[Series, int], now: datetime, lag: timedelta
    ) -> None:
        self._connection = connection
        self._source = source
        self._ids = ids
        self._now = now
        self._lag = lag
        self._changed = 0
        self._days: set[datetime] = set()
        self._billed_days: set[datetime] = set()
        self._ended: list[Row] = []
        self._gone: dict[str, list[Row]] = {"cost": [], "usage": []}
        self._new_costs: list[Values] = []
        self._new_usage: list[Values] = []
        self._buckets: list[Row] = []

    def run(self, batch: Sequence[Prepared]) -> int:
        """Write them. How many lines changed."""
        before = known(self._connection, self._source, batch)
        for one in batch:
            self._replace(one, before.get((one.report, one.start)))
        self._write()
        refined = mark_changed(self._connection, self._source, self._days)
        for day in sorted(self._billed_days - refined):  # until usage and prices refine it, the bill alone speaks
            rebuild(self._connection, self._source, day)
        return self._changed

    def _replace(self, one: Prepared, before: Known | None) -> None:
        costs = self._costs(one, before)
        changed = costs + self._usage(one, before)
        same = before.widths.get(one.end) if before and not changed else None
        moment = before.moment(self._now) if before else self._now
        day = one.start.replace(hour=0, minute=0, second=0, microsecond=0)
        if changed:
            self._days.add(day)
        if costs:
            self._billed_days.add(day)
            if before:
                self._forget_other_widths(one)
        self._changed += changed
        self._buckets.append(
            {
                "source": self._source,
                "report": one.report,
                "start": one.start,
                "end": one.end,
                "digest": one.digest,
                "unchanged_since": same.unchanged_since if same else moment,
                "read_at": moment,
            }
        )

    def _costs(self, one: Prepared, before: Known | None) -> int:
        new: dict[tuple[int, str], Nano] = {}
        for (series, currency), amount in one.costs.items():
            key = self._ids[series], currency
            new[key] = new.get(key, 0) + amount
        if before is None:
            self._first_seen(one, new)
            return len(new)
        moment = before.moment(self._now)
        keep = set()
        touched = set()
        for row in self._current(one):
            key = row.series_id, row.currency
            if new.get(key) == row.amount and row.end == one.end:
                keep.add(key)
                continue
            touched.add(key)
            id = {name: value for name, value in row._mapping.items() if name in _COST_KEY}
            if row.known_from >= moment:
                self._gone["cost"].append(id)  # nobody can have known it: no time passed
            else:
                self._ended.append({**id, "known_until": moment})
        came = {key: amount for key, amount in new.items() if key not in keep}
        self._add(one, came, moment, assumed=False)
        return len(touched | came.keys())

    def _first_seen(self, one: Prepared, new: Mapping[tuple[int, str], Nano]) -> None:
        """History that is read late is taken to have been known after the usual lag."""
        since = min(self._now, one.end + self._lag)
        self._add(one, new, since, assumed=since < self._now)

    def _add(self, one: Prepared, lines: Mapping[tuple[int, str], Nano], since: datetime, *, assumed: bool) -> None:
        place = self._source, micros(one.start), one.report
        known_from, end = micros(since), micros(one.end)
        self._new_costs += [
            (*place, id, currency, known_from, None, end, amount, assumed) for (id, currency), amount in lines.items()
        ]

    def _current(self, one: Prepared) -> Iterator[Any]:
        c = cost_line.c
        mine = (c.source == self._source, c.start == one.start, c.report == one.report, c.known_until.is_(None))
        return iter(self._connection.execute(select(cost_line).where(*mine)))

    def _usage(self, one: Prepared, before: Known | None) -> int:
        new: dict[int, Usage] = {}
        for series, values in one.usage.items():
            id = self._ids[series]
            new[id] = added(new[id], values) if id in new else values
        old = self._used(one) if before and one.end in before.widths else {}
        gone = [id for id, values in old.items() if new.get(id) != values]
        came = [id for id, values in new.items() if old.get(id) != values]
        place = {"source": self._source, "start": one.start, "report": one.report, "end": one.end}
        self._gone["usage"] += [{**place, "series_id": id} for id in gone]
        raw = self._source, micros(one.start), one.report, micros(one.end)
        self._new_usage += [(*raw, id, *new[id]) for id in came]
        return len({*gone, *came})

    def _used(self, one: Prepared) -> dict[int, Usage]:
        c = usage_line.c
        mine = c.source == self._source, c.start == one.start, c.report == one.report, c.end == one.end
        return {row[0]: tuple(row[1:]) for row in self._connection.execute(select(c.series_id, *_METRICS).where(*mine))}

    def _forget_other_widths(self, one: Prepared) -> None:
        """A bill that was by the day and is now by the hour, or back: what the other width held is replaced too."""
        c = bucket.c
        others = c.source == self._source, c.report == one.report, c.start == one.start, c.end != one.end
        self._connection.execute(delete(bucket).where(*others))

    def _write(self) -> None:
        run = self._connection.execute
        for name, table, key in (("cost", cost_line, _COST_KEY), ("usage", usage_line, _USAGE_KEY)):
            if self._gone[name]:
                matches = [table.c[column] == bindparam(f"the_{column}") for column in key]
                run(delete(table).where(*matches), [_the(row, key) for row in self._gone[name]])
        if self._ended:
            matches = [cost_line.c[column] == bindparam(f"the_{column}") for column in _COST_KEY]
            statement = update(cost_line).where(*matches).values(known_until=bindparam("until"))
            run(statement, [{**_the(row, _COST_KEY), "until": row["known_until"]} for row in self._ended])
        insert_raw(self._connection, cost_line, self._new_costs)
        insert_raw(self._connection, usage_line, self._new_usage)
        upsert(self._connection, bucket, self._buckets)


def _the(row: Row, key: Iterable[str]) -> Row:
    return {f"the_{column}": row[column] for column in key}
