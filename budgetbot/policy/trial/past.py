"""What a test says was spent and used, as it becomes known: at the end of each bucket, unless the source is stale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.history import Ints
from budgetbot.core.instant import micros
from budgetbot.core.model import Entity, Series
from budgetbot.core.money import nano
from budgetbot.core.past import Changes, Past, PastMark
from budgetbot.core.usage import COUNTED
from budgetbot.policy.trial.schema import SeriesEntry, SpendEntry, UsageEntry
from budgetbot.policy.trial.trial import PER, Trial, series_of
from budgetbot.rules.usage_budget import UsageBudget

REPORT = "costs"


class _Row(NamedTuple):
    """A change of one bucket, in nano-units or counts of `unit`."""

    at: datetime
    series: Series
    start: datetime
    end: datetime
    unit: str
    change: int


class Reading:
    """When the sources of a test are read: always but strictly inside their stale stretches."""

    def __init__(self, trial: Trial) -> None:
        found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for _, one in trial.series():
            for start, bucket in zip(trial.buckets(one), one.values, strict=True):
                if bucket.stale:
                    _add(found[series_of(one.of).source], start, start + PER[one.per])
        for event in trial.entry.events:
            if event.stale:
                since = trial.moment(event.at)
                _add(found[event.stale.source], since, since + event.stale.lasts)
        self._stale = {source: sorted(stretches) for source, stretches in found.items()}

    def before(self, source: str, now: datetime) -> datetime:
        """The last reading at `now` or before."""
        for since, until in reversed(self._stale.get(source, ())):
            if since < now < until:
                now = since
        return now

    def after(self, source: str, now: datetime) -> datetime:
        """The first reading at `now` or after."""
        for since, until in self._stale.get(source, ()):
            if since < now < until:
                now = until
        return now


def _add(stretches: list[tuple[datetime, datetime]], since: datetime, until: datetime) -> None:
    if stretches and stretches[-1][1] == since:  # stale buckets in a row are one stretch
        stretches[-1] = stretches[-1][0], until
    else:
        stretches.append((since, until))


def directory_of(trial: Trial) -> Directory:
    """Who is called how, with the labels of the policy."""
    return Directory(
        [
            Entity(series_of(one.of).source, kind, one.of[kind], name)
            for _, one in trial.series()
            for kind, name in one.names.items()
        ],
        trial.policy.labels,
    )


def past_of(trial: Trial) -> Past:
    """All of it, with a mark for every evaluation."""
    reading = Reading(trial)
    money = [row for one in trial.entry.spend for row in _rows(trial, one, reading)]
    used = {
        metric: [
            row._replace(unit=metric)
            for one in trial.entry.usage
            if one.metric == metric or one.metric in COUNTED[metric]
            for row in _rows(trial, one, reading)
        ]
        for metric in {rule.metric for rule in trial.policy.rules if isinstance(rule, UsageBudget)}
    }
    usage = {metric: _past(rows) for metric, rows in used.items()}
    return replace(_past(money), marks=tuple(_marks(trial, reading)), usage=usage)


def _marks(trial: Trial, reading: Reading) -> Iterator[PastMark]:
    for source in trial.sources():
        for now in trial.evaluations():
            read = reading.before(source, now)
            yield PastMark(source, REPORT, now, read, read)


def _rows(trial: Trial, one: SpendEntry | UsageEntry, reading: Reading) -> Iterator[_Row]:
    """The changes of every bucket of one series, its restatements among them."""
    series, length = series_of(one.of), PER[one.per]
    unit = one.metric if isinstance(one, UsageEntry) else one.currency or trial.policy.defaults.currency
    amount: Callable[[Decimal], int] = int if isinstance(one, UsageEntry) else nano
    restated = _restated(trial, one)
    for start, bucket in zip(trial.buckets(one), one.values, strict=True):
        known = 0
        first = [] if bucket.value is None else [(start + length, bucket.value)]
        for at, value in [*first, *restated.get(start, ())]:
            seen = reading.after(series.source, max(at, start + length))
            yield _Row(seen, series, start, start + length, unit, amount(value) - known)
            known = amount(value)


def _restated(trial: Trial, one: SeriesEntry) -> dict[datetime, list[tuple[datetime, Decimal]]]:
    metric = one.metric if isinstance(one, UsageEntry) else None
    found: dict[datetime, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for event in trial.entry.events:
        restate = event.restate
        if restate and (series_of(restate.of), restate.metric) == (series_of(one.of), metric):
            found[trial.moment(restate.bucket)].append((trial.moment(event.at), restate.value))
    return found


def _past(rows: list[_Row]) -> Past:
    rows = sorted(rows, key=lambda row: row.at)
    series = {one: i for i, one in enumerate(dict.fromkeys(row.series for row in rows))}
    units = {one: i for i, one in enumerate(dict.fromkeys(row.unit for row in rows))}
    amounts = _ints(row.change for row in rows)
    changes = Changes(
        series=_ints(series[row.series] for row in rows),
        start=_ints(micros(row.start) for row in rows),
        end=_ints(micros(row.end) for row in rows),
        currency=_ints(units[row.unit] for row in rows),
        at=_ints(micros(row.at) for row in rows),
        billed=amounts,
        estimated=np.zeros(len(rows), dtype=np.int64),
        low=amounts,
        high=amounts,
        assumed=np.zeros(len(rows), dtype=np.bool_),
    )
    return Past(tuple(series), tuple(units), changes)


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), dtype=np.int64)
