"""The ledger walked through its own past: at each moment the rows as they were known then. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.model import Watermark
from budgetbot.core.past import PastMark
from budgetbot.core.period import Span
from budgetbot.core.replay_history import Only, PastHistory
from budgetbot.core.replay_ledger import Ledger

_MEASURES = ("billed", "estimated", "low", "high")


class Replay:
    """What was known at one moment after the other; time only goes on."""

    def __init__(self, ledger: Ledger, marks: Sequence[PastMark] = ()) -> None:
        self.ledger = ledger
        self._values = np.zeros((len(_MEASURES), len(ledger.rows.start)), dtype=np.int64)
        self._taken = 0
        self._usage = {metric: Replay(used) for metric, used in ledger.usage.items()}
        self._marks: dict[tuple[str, str], list[PastMark]] = {}
        for mark in sorted(marks, key=lambda mark: mark.at):
            self._marks.setdefault((mark.source, mark.report), []).append(mark)

    def advance(self, at: datetime | None = None) -> None:
        """To a moment; to the end where there is none."""
        changes = self.ledger.past.changes
        until = len(changes.at) if at is None else int(np.searchsorted(changes.at, micros(at), side="right"))
        now = slice(self._taken, max(until, self._taken))
        for values, measure in zip(self._values, _MEASURES, strict=True):
            np.add.at(values, self.ledger.of_change[now], getattr(changes, measure)[now])
        self._taken = now.stop
        for used in self._usage.values():
            used.advance(at)

    def history(
        self,
        span: Span,
        at: datetime,
        only: Only | None = None,
        usage: Mapping[str, Span] | None = None,
    ) -> History:
        """What was known of the buckets that start in `span`. `usage`: the stretch of each metric that is asked for."""
        marks = self.watermarks(at)
        known = self._money(span, marks, only or {})
        for metric, stretch in (usage or {}).items():
            if metric in self._usage:
                known.usage[metric] = self._usage[metric]._money(stretch, marks, only or {})
        return known

    def _money(self, span: Span, marks: Sequence[Watermark], only: Only) -> History:
        rows = self.ledger.rows
        first, after = np.searchsorted(rows.start, (micros(span.start), micros(span.end))).tolist()
        there = first + np.flatnonzero(self._values[:, first:after].any(axis=0))
        facts = Facts(
            rows.series[there], rows.start[there], rows.end[there], rows.currency[there], *self._values[:, there]
        )
        return PastHistory(self.ledger, facts, marks, only)

    def watermarks(self, at: datetime) -> list[Watermark]:
        """How far each report was known. Before its first mark nothing is remembered, and it is taken for fresh."""
        found: list[Watermark] = []
        for (source, report), marks in sorted(self._marks.items()):
            place = bisect_right(marks, at, key=lambda mark: mark.at)
            if place:
                mark = marks[place - 1]
                found.append(Watermark(source, report, marks[0].at, mark.complete_to, mark.pulled_at))
            else:
                found.append(Watermark(source, report, at, at, at))
        return found
