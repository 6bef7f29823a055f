"""A FOCUS file into the ledger: it replaces what the ledger holds of its billing periods."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Protocol

from budgetbot.core.model import Bucket, Entity, Series
from budgetbot.errors import UsageError
from budgetbot.sources.focus import FocusPeriod, focus_buckets
from budgetbot.sources.focus_row import read_focus

USUAL_LAG = timedelta(hours=24)  # how late a bill usually is: when history is taken to have been known
_DAY = timedelta(days=1)
_EXACT_DIGITS = 60


class Books(Protocol):
    """What is needed of the ledger."""

    def save(self, source: str, buckets: Sequence[Bucket], now: datetime, lag: timedelta) -> int:
        """Replace whole buckets; how many lines changed."""
        ...

    def walk_done(self, source: str, report: str, complete_to: datetime, now: datetime) -> None:
        """How far a report is known."""
        ...

    def memory(self, source: str) -> MutableMapping[str, str]:
        """The source's notes."""
        ...

    def series(self) -> list[Series]:
        """Every series that was ever seen."""
        ...

    def entities(self) -> list[Entity]:
        """All that has a name."""
        ...

    def save_entities(self, source: str, entities: Iterable[Entity], now: datetime) -> None:
        """A complete listing."""
        ...


@dataclass(frozen=True, slots=True)
class FocusTotal:
    """What the file bills for one provider in one currency. `beside`: sources that read the same provider live."""

    provider: str
    source: str
    currency: str
    amount: Decimal
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did: rows read, days they fall on, billing periods replaced, lines of the ledger that changed."""

    totals: tuple[FocusTotal, ...]
    rows: int
    days: int
    periods: int
    replaced: int
    changed: int


def import_focus(path: Path, ledger: Books, now: datetime) -> ImportSummary:
    """Read the whole file, then save it. The same file again changes nothing.

    Raises UsageError before anything is stored, with file, line and column, where the file is wrong.
    """
    periods = focus_buckets(read_focus(path))
    if not periods:
        raise UsageError(f"{path}: there are no rows; nothing was imported")
    totals = _totals(periods, ledger)
    replaced = changed = 0
    for period in periods:
        known = _known_days(period, ledger)
        replaced += bool(known)
        changed += _save(period, known, ledger, now)
    for source in sorted({period.source for period in periods}):
        _name_projects(source, [period for period in periods if period.source == source], ledger, now)
    return ImportSummary(
        totals=totals,
        rows=sum(period.rows for period in periods),
        days=sum(len(period.buckets) for period in periods),
        periods=len(periods),
        replaced=replaced,
        changed=changed,
    )


def _note(period: FocusPeriod) -> str:
    return f"days.{period.report}"


def _known_days(period: FocusPeriod, ledger: Books) -> set[str]:
    return set(ledger.memory(period.source).get(_note(period), "").split())


def _save(period: FocusPeriod, known: set[str], ledger: Books, now: datetime) -> int:
    """Days that the period had and the file has not are emptied.

    The days are noted before they are written: a crash in between leaves nothing behind that the next try overlooks.
    """
    given = {f"{bucket.start:%Y-%m-%d}" for bucket in period.buckets}
    notes, note = ledger.memory(period.source), _note(period)
    if given - known:
        notes[note] = " ".join(sorted(given | known))
    gone = [_empty(period.report, day) for day in sorted(known - given)]
    buckets = sorted([*period.buckets, *gone], key=lambda bucket: bucket.start)
    changed = ledger.save(period.source, buckets, now, USUAL_LAG)
    ledger.walk_done(period.source, period.report, min(period.complete_to, now), now)
    if known != given:
        notes[note] = " ".join(sorted(given))
    return changed


def _empty(report: str, day: str) -> Bucket:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Bucket(report, start, start + _DAY)


def _totals(periods: Sequence[FocusPeriod], ledger: Books) -> tuple[FocusTotal, ...]:
    sums: dict[tuple[str, str, str], Decimal] = {}
    with localcontext() as context:
        context.prec = _EXACT_DIGITS
        for period in periods:
            for line in (line for bucket in period.buckets for line in bucket.costs):
                key = period.provider, period.source, line.currency
                sums[key] = sums.get(key, Decimal()) + line.amount
    live: dict[str, set[str]] = {}
    for series in ledger.series():
        live.setdefault(series.provider, set()).add(series.source)
    return tuple(
        FocusTotal(*key, amount, beside=tuple(sorted(live.get(key[0], set()) - {key[1]})))
        for key, amount in sorted(sums.items())
    )


def _name_projects(source: str, periods: Sequence[FocusPeriod], ledger: Books, now: datetime) -> None:
    """The file names only who was billed in it: whom the ledger knows besides stays as it is."""
    known = {one.id: one for one in ledger.entities() if one.source == source and one.kind == "project"}
    named = dict(known)
    for period in periods:
        for id, name in period.projects.items():
            before = named.get(id)
            named[id] = before._replace(name=name or before.name) if before else Entity(source, "project", id, name)
    if named != known:
        ledger.save_entities(source, named.values(), now)
