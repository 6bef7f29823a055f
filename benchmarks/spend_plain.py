"""The sums of a query as one statement on the table of facts and that of series, by SQLite itself."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from budgetbot.app import Queries
from budgetbot.chat.asking.not_understood import NotUnderstood
from budgetbot.core.instant import micros
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import DIMENSIONS
from budgetbot.core.money import plain
from budgetbot.core.period import Span
from budgetbot.core.spend import SpendQuery

_BY = {
    "day": "strftime('%Y-%m-%d', f.start / 1000000, 'unixepoch')",
    "month": "strftime('%Y-%m', f.start / 1000000, 'unixepoch')",
}


class Plain:
    """Asks the file of a store."""

    def __init__(self, path: Path, queries: Queries) -> None:
        self._connection = sqlite3.connect(path)
        self._queries = queries

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def timed(self, asked: Sequence[tuple[str, str]]) -> dict[str, float]:
        """Seconds by kind of question, the median; also sees to it that the sums are those of the answer."""
        found: dict[str, list[float]] = defaultdict(list)
        for kind, words in asked:
            try:
                query = self._queries.query(words)
            except NotUnderstood:
                continue
            meant = self._meant(query)
            began = time.perf_counter()
            sums = [self._sums(query, span, meant) for span in query.spans]
            found[kind].append(time.perf_counter() - began)
            total = self._queries.spend(query)["total"]
            if plain(sums[0]) != total:
                raise RuntimeError(f"{words}: {plain(sums[0])} is not {total}")
        return {kind: median(seconds) for kind, seconds in found.items()}

    def _sums(self, query: SpendQuery, span: Span, meant: str | None) -> int:
        among = "" if meant is None else " AND f.series_id IN (SELECT value FROM json_each(:meant))"
        by = ", ".join(_BY.get(name) or (f"s.{name}" if name in DIMENSIONS else "s.project") for name in query.by)
        statement = (
            f"SELECT {by}, SUM(f.billed), SUM(f.estimated), SUM(f.low), SUM(f.high) FROM spend f"  # noqa: S608
            " JOIN series s ON s.id = f.series_id WHERE f.source = 'openai' AND f.start >= :start AND f.start < :end"
            f"{among} GROUP BY {', '.join(str(i + 1) for i in range(len(query.by)))}"
        )
        values: Mapping[str, object] = {"start": micros(span.start), "end": micros(span.end), "meant": meant}
        rows = self._connection.execute(statement, values).fetchall()
        return sum(row[-4] + row[-3] for row in rows)

    def _meant(self, query: SpendQuery) -> str | None:
        """The numbers of the series that the query means."""
        if query.match == EVERYTHING:
            return None
        parts = self._queries.parts
        directory, series = self._queries.learnt.directory(parts), parts.store.ledger.series()
        numbers = [row[0] for row in self._connection.execute("SELECT id FROM series ORDER BY id")]
        met = (n for n, one in zip(numbers, series, strict=True) if query.match.meets(directory.subject(one)))
        return json.dumps(list(met))
