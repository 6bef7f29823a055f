"""What the ledger says of the past: a month beside its invoice, and spend as it was known at some moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from budgetbot.core.bill import bill_history
from budgetbot.core.directory import Directory
from budgetbot.core.estimate import Billed
from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.money import Nano
from budgetbot.core.period import Span, local_midnight, month_start
from budgetbot.core.reconcile import Charge, Open, Reconciliation, reconcile
from budgetbot.core.spend import SpendQuery, answer
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError
from budgetbot.estimating import AGREE, LONG_AGO, SETTLE_AFTER
from budgetbot.sources.focus import period_of
from budgetbot.store import Line

_DAY = timedelta(days=1)


def month_span(first: date) -> Span:
    """The UTC calendar month of a bill."""
    return Span(local_midnight(month_start(first), UTC), local_midnight(month_start(first, 1), UTC))


def reconciliation(
    parts: Parts, span: Span, invoice: Nano, currency: str | None, source: str | None, now: datetime
) -> Reconciliation:
    """The ledger's month beside an invoice. `source` None: every source whose dollars count.

    Raises UsageError for an unknown source, and where only a named currency could tell what the invoice is in.
    """
    wanted = _sources(parts, source)
    lines = [line for line in parts.store.ledger.cost_lines(span) if line.source in wanted]
    return reconcile(
        span,
        [Charge(line.series.line_item or line.series.model, line.currency, line.amount) for line in lines],
        invoice,
        currency or _currency(parts, span, lines),
        sorted({line.source for line in lines}),
        [one for name in sorted(wanted) for one in _unsettled(parts, name, span, lines, now)],
    )


def _sources(parts: Parts, source: str | None) -> frozenset[str]:
    ledger = parts.store.ledger
    known = parts.source_names | {one.source for one in ledger.series()}
    if source is None:
        return known - parts.uncounted
    if source not in known:
        raise UsageError(f"there is no source {source[:40]!a}; known are {', '.join(sorted(known)) or 'none'}")
    return frozenset({source})


def _currency(parts: Parts, span: Span, lines: Sequence[Line]) -> str:
    found = sorted({line.currency for line in lines})
    if len(found) > 1:
        raise UsageError(
            f"{span.start:%Y-%m} is billed in {' and '.join(found)}; say which the invoice is in, "
            f'such as --invoice "1234.50 {found[0]}", or name one --source'
        )
    return found[0] if found else parts.policy.defaults.currency


def _unsettled(parts: Parts, source: str, span: Span, lines: Sequence[Line], now: datetime) -> Iterator[Open]:
    """Days whose bill is not final. A file is final as far as it reaches."""
    settled = _settled(parts, source, {line.report for line in lines if line.source == source}, now)
    if settled is None:
        return
    marks = [m for m in parts.store.ledger.watermarks() if m.source == source and period_of(m.report) is not None]
    reached = max((m.complete_to for m in marks if m.complete_to), default=span.start)
    day = span.start
    while day < span.end:
        if day not in settled and day + _DAY > reached:
            yield Open(source, day.date())
        day += _DAY


def _settled(parts: Parts, source: str, billed: set[str], now: datetime) -> frozenset[datetime] | None:
    """The days whose bill is final; None where the source sends no bill at all."""
    known = [one for one in parts.sources if one.name == source]
    bills = billed | {report.name for one in known for report in one.reports() if report.kind == "cost"}
    if known and not bills:
        return None
    return parts.store.days.settled(source, bills, now, SETTLE_AFTER, AGREE, LONG_AGO)


def spend_as_of(parts: Parts, query: SpendQuery, as_of: datetime) -> dict[str, Json]:
    """The answer to a query from the bill alone, as it was known at a moment; names are those of today."""
    ledger = parts.store.ledger
    lines = [
        Billed(line.series, line.start, line.end, line.currency, line.amount)
        for line in ledger.cost_lines(query.needs, as_of)
        if line.source not in parts.uncounted
    ]
    known = bill_history(lines, Directory(ledger.entities(), parts.policy.labels))
    return {**answer(query, known, parts.policy.defaults.currency, as_of), "as_of": iso(as_of)}
