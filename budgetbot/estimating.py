"""From the ledger to spend: every source-day that changed is allocated and estimated anew, and only those."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from budgetbot.core.calibrate import BAND_DAYS, ONE, Calibration
from budgetbot.core.estimate import SourceDay, ratios, spend
from budgetbot.core.pricing import Asked, PriceOf, Weight, weigh
from budgetbot.sources import Source
from budgetbot.store import Days

_DAY = timedelta(days=1)
SETTLE_AFTER = timedelta(hours=48)
AGREE = timedelta(hours=6)  # two complete reads at least so far apart must agree
LONG_AGO = timedelta(days=7)  # a bill first read so late is taken for final
UNPRICED = "unpriced"  # the source's note of models that nobody has a price for, each with the last day of its use
RECENT = timedelta(days=2)  # for so long a model stays in it that is not used without a price any more
PRICES = "own prices"  # the source's note of the policy's prices by which open days were estimated


def estimate(source: Source, days: Days, price_of: PriceOf, now: datetime, own_prices: str = "") -> int:
    """Rebuild what changed, what is open, and what has settled since. How many days.

    `own_prices`: the policy's prices as text; where they are not what they were, all open days are rebuilt.
    """
    bills = frozenset(report.name for report in source.reports() if report.kind == "cost")
    settled = days.settled(source.name, bills, now, SETTLE_AFTER, AGREE, LONG_AGO)
    terms = hashlib.sha256(own_prices.encode("utf-8", "replace")).hexdigest()[:16] if own_prices else ""
    priced_anew = days.noted(source.name, PRICES) != terms
    again = days.still_open(source.name, now - LONG_AGO) if priced_anew else []
    wanted = sorted({*days.changed(source.name, settled), *again, *_today(now)})
    if not wanted:
        return 0
    items, currency = days.line_items(source.name, now), days.currency(source.name, now)
    unseen: dict[str, datetime] = {}
    for batch in _closed_first(wanted, settled):
        calibration = Calibration(
            ratio for ratio in days.ratios(source.name, now - (BAND_DAYS + 7) * _DAY) if ratio.day in settled
        )
        for day in batch:
            facts = _facts(source, days, price_of, (items, currency), day, now, settled=day in settled)
            for model in _unpriced(facts.weights):
                unseen[model] = max(day, unseen.get(model, day))
            days.put(source.name, day, spend(facts, calibration), ratios(facts), now, settled=facts.settled)
    _note_unpriced(source, days, price_of, unseen, now)
    days.note(source.name, PRICES, terms)
    return len(wanted)


def unpriced(days: Days, source: str) -> list[str]:
    """Models of a source that were used of late and that nobody has a price for."""
    return sorted(_noted(days, source))


def _noted(days: Days, source: str) -> dict[str, datetime]:
    known = json.loads(days.noted(source, UNPRICED) or "{}")
    return {model: datetime.fromisoformat(day) for model, day in known.items()}


def _note_unpriced(
    source: Source, days: Days, price_of: PriceOf, unseen: Mapping[str, datetime], now: datetime
) -> None:
    """Models stay noted for a while after their last use, unless somebody has set a price since."""
    known, (today,) = _noted(days, source.name), _today(now)
    for model, day in unseen.items():
        known[model] = max(day, known.get(model, day))
    kept = {
        model: day.isoformat()
        for model, day in sorted(known.items())
        if now - day < RECENT + _DAY
        and (unseen.get(model) == today or price_of(Asked(source.provider, model, today, None, False, 0)) is None)
    }
    days.note(source.name, UNPRICED, json.dumps(kept))


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
    usual: tuple[frozenset[str], str],
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
        items=usual[0],
        settled=settled,
        elapsed=elapsed * ONE // _DAY,
        currency=usual[1],
    )


def _unpriced(weights: Sequence[Weight]) -> set[str]:
    """Use that names no model is not missed in a price table."""
    return {weight.series.model for weight in weights if not weight.priced and weight.series.model}
