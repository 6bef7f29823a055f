"""From the ledger to spend: every source-day that changed is allocated and estimated anew, and only those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from budgetbot.core.calibrate import BAND_DAYS, ONE, Calibration
from budgetbot.core.estimate import SourceDay, ratios, spend
from budgetbot.core.pricing import PriceOf, Weight, weigh
from budgetbot.sources import Source
from budgetbot.store import Days

_DAY = timedelta(days=1)
SETTLE_AFTER = timedelta(hours=48)
AGREE = timedelta(hours=6)  # two complete reads at least so far apart must agree
LONG_AGO = timedelta(days=7)  # a bill first read so late is taken for final
UNPRICED = "unpriced"  # the source's note of models that nobody has a price for


def estimate(source: Source, days: Days, price_of: PriceOf, now: datetime) -> int:
    """Rebuild what changed, what is open, and what has settled since. How many days."""
    bills = frozenset(report.name for report in source.reports() if report.kind == "cost")
    settled = days.settled(source.name, bills, now, SETTLE_AFTER, AGREE, LONG_AGO)
    wanted = sorted({*days.changed(source.name, settled), *_today(now)})
    if not wanted:
        return 0
    items = days.line_items(source.name, now)
    unpriced: set[str] = set()
    for batch in _closed_first(wanted, settled):
        calibration = Calibration(
            ratio for ratio in days.ratios(source.name, now - (BAND_DAYS + 7) * _DAY) if ratio.day in settled
        )
        for day in batch:
            facts = _facts(source, days, price_of, items, day, now, settled=day in settled)
            unpriced |= _unpriced(facts.weights)
            days.put(source.name, day, spend(facts, calibration), ratios(facts), settled=facts.settled)
    days.note(source.name, UNPRICED, sorted(unpriced))
    return len(wanted)


def _today(now: datetime) -> list[datetime]:
    return [now.replace(hour=0, minute=0, second=0, microsecond=0)]


def _closed_first(wanted: Sequence[datetime], settled: frozenset[datetime]) -> Iterator[list[datetime]]:
    """What has settled teaches what is still open."""
    yield [day for day in wanted if day in settled]
    yield [day for day in wanted if day not in settled]


def _facts(
    source: Source,
    days: Days,
    price_of: PriceOf,
    items: frozenset[str],
    day: datetime,
    now: datetime,
    *,
    settled: bool,
) -> SourceDay:
    lines, used = days.facts(source.name, day)
    elapsed = min(max(now - day, timedelta(0)), _DAY)
    return SourceDay(
        provider=source.provider,
        source=source.name,
        start=day,
        end=day + _DAY,
        lines=lines,
        weights=weigh(used, price_of),
        items=items,
        settled=settled,
        elapsed=elapsed * ONE // _DAY,
    )


def _unpriced(weights: Sequence[Weight]) -> set[str]:
    return {weight.series.model or "" for weight in weights if not weight.priced}
