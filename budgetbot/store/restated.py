"""Bills that changed after their day was closed, from the versions of their lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from budgetbot.core.history import SETTLE_AFTER
from budgetbot.core.money import Nano
from budgetbot.core.restatement import Change, Restatement, restatements
from budgetbot.store.database import Database
from budgetbot.store.series import SeriesBook
from budgetbot.store.tables import bucket, cost_line

_DAY = timedelta(days=1)


class Restated:
    """What was closed and did not stay as it was."""

    _database: Database
    book: SeriesBook

    def restatements(self, since: datetime, now: datetime, closed_after: timedelta = SETTLE_AFTER) -> list[Restatement]:
        """By source, UTC day and currency: the bill as known at `now` less the bill as known at `since`.

        Of a day that was closed (over for `closed_after`) only later than `since`, less the bill as it closed. History
        that was read late is no change; what evens out is left out.
        """
        return restatements(self.changes(since, now, closed_after))

    def changes(self, since: datetime, now: datetime, closed_after: timedelta = SETTLE_AFTER) -> list[Change]:
        """The same, line by line."""
        sums: dict[tuple[int, datetime, str], tuple[Nano, datetime]] = {}
        with self._database.read() as connection:
            for row in _versions(connection, since, now, closed_after):
                day = row.start.replace(hour=0, minute=0, second=0, microsecond=0)
                counted = _counted(row, max(since, day + _DAY + closed_after), now)
                if counted is not None:
                    change, at = counted
                    before = sums.get((row.series_id, day, row.currency), (0, at))
                    sums[row.series_id, day, row.currency] = before[0] + change, max(before[1], at)
            changed = [(key, amount, at) for key, (amount, at) in sums.items() if amount]
            ids = list({id for (id, _, _), _, _ in changed})
            series = dict(zip(ids, self.book.series(connection, ids), strict=True))
        found = [Change(series[id], day, currency, amount, at) for (id, day, currency), amount, at in changed]
        return sorted(found, key=lambda one: (one.day, one.series.source, one.currency, -abs(one.change)))


def _versions(connection: Connection, since: datetime, now: datetime, closed_after: timedelta) -> Iterator[Any]:
    """Versions that began or ended after `since`, of days that are closed. Only where a bucket says that it changed."""
    b, c = bucket.c, cost_line.c
    changed = (
        select(b.source, func.min(b.start), func.max(b.start))
        .where(b.unchanged_since > since, b.start < now - closed_after)
        .group_by(b.source)
    )
    began = and_(c.known_from > since, ~c.assumed)
    ended = and_(c.known_until > since, c.known_until <= now)
    for source, first, last in connection.execute(changed).all():
        mine = c.source == source, c.start.between(first, last), c.known_from <= now
        yield from connection.execute(select(cost_line).where(*mine, or_(began, ended)))


def _counted(row: Any, closed: datetime, now: datetime) -> tuple[Nano, datetime] | None:
    """What one version adds or takes between two moments, and when; None where it did neither."""
    then = row.known_from <= closed and (row.known_until is None or row.known_until > closed)
    today = row.known_until is None or row.known_until > now
    if now <= closed or then == today or (today and row.assumed):
        return None
    return (row.amount, row.known_from) if today else (-row.amount, row.known_until)
