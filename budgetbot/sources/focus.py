"""FOCUS charges as whole days of a bill: pure. A file is a source that is read once, by hand.

What a charge covers beyond a day (a month's tax) counts on the day it begins. https://focus.finops.org
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import groupby
from typing import NamedTuple

from budgetbot.core.model import Bucket, CostLine, Series
from budgetbot.core.money import NANO, Nano, nanos
from budgetbot.errors import UsageError
from budgetbot.sources.focus_row import FocusRow

USAGE = "Usage"
_PREFIX = "focus:"
_UNFIT = re.compile(r"[^\w./:-]+")
_LENGTH = 120
_DAY = timedelta(days=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_EXACT_DIGITS = 1200  # any sum of the numbers that a row may hold
_MOST = 10**9 * NANO  # what the ledger takes in one line


class _Part(NamedTuple):
    """One billing period of one account."""

    provider: str
    account: str
    period: str

    @property
    def report(self) -> str:
        return f"{_PREFIX}{_fit(self.account)}:{self.period}"


class _Cell(NamedTuple):
    """What is summed: the charges of one series on one day."""

    day: datetime
    series: Series


@dataclass(frozen=True, slots=True)
class FocusPeriod:
    """One billing period of one account, as far as the file tells it. `projects`: names of its sub-accounts."""

    source: str
    provider: str
    account: str
    report: str
    rows: int
    complete_to: datetime
    projects: Mapping[str, str | None]
    buckets: tuple[Bucket, ...]


@dataclass(slots=True)
class _Found:
    rows: int = 0
    complete_to: datetime = _EARLIEST
    projects: dict[str, str | None] = field(default_factory=dict)

    def add(self, row: FocusRow) -> None:
        self.rows += 1
        self.complete_to = max(self.complete_to, min(row.end, row.period_end))
        if row.project is not None:
            self.projects[row.project] = row.project_name or self.projects.get(row.project)


_Sums = dict[tuple[str, str], dict[tuple[_Part, _Cell], Decimal]]
"""By provider and currency, within which fractions are carried."""


def focus_buckets(rows: Iterable[FocusRow]) -> list[FocusPeriod]:
    """The charges by provider, account and billing period, in whole UTC days and whole nano-units.

    What is finer than a nano-unit is carried over all of a provider's charges in one currency, so that its sum is the
    rounded exact sum. Raises UsageError for an amount that cannot be meant.
    """
    sums: _Sums = {}
    found: dict[_Part, _Found] = {}
    with localcontext() as context:
        context.prec = _EXACT_DIGITS
        for row in rows:
            part = _Part(row.provider, row.account, _period(row.period_start))
            found.setdefault(part, _Found()).add(row)
            cell = _Cell(row.start.replace(hour=0, minute=0, second=0, microsecond=0), _series(row))
            known = sums.setdefault((row.provider, row.currency), {})
            known[part, cell] = known.get((part, cell), Decimal()) + row.amount
    lines = _rounded(sums)
    return [_whole(part, found[part], lines.get(part, [])) for part in sorted(found)]


def _rounded(sums: _Sums) -> dict[_Part, list[tuple[datetime, CostLine]]]:
    """Sorted, so that the same file gives the same buckets in whatever order its rows stand."""
    lines: dict[_Part, list[tuple[datetime, CostLine]]] = {}
    for (provider, currency), known in sorted(sums.items()):
        keys = sorted(known, key=lambda key: (key[0], key[1].day, _order(key[1].series)))
        for (part, cell), amount in zip(keys, nanos([known[key] for key in keys]), strict=True):
            if abs(amount) > _MOST:
                raise UsageError(
                    f"{provider}: more than a billion {currency} in one line cannot be meant; mend the file"
                )
            lines.setdefault(part, []).append((cell.day, CostLine(cell.series, _decimal(amount), currency)))
    return lines


def _whole(part: _Part, found: _Found, lines: list[tuple[datetime, CostLine]]) -> FocusPeriod:
    def day(line: tuple[datetime, CostLine]) -> datetime:
        return line[0]

    buckets = tuple(
        Bucket(part.report, start, start + _DAY, costs=tuple(line for _, line in some))
        for start, some in groupby(sorted(lines, key=day), day)
    )
    return FocusPeriod(
        source_name(part.provider), part.provider, part.account, part.report, found.rows, found.complete_to,
        found.projects, buckets,
    )  # fmt: skip


def source_name(provider: str) -> str:
    """The source that stands for a provider's files."""
    return f"focus-{provider}"


def period_of(report: str) -> tuple[str, str] | None:
    """Account and billing period ("2026-11", "2026-11-08") of a report that came from a file; None for all others."""
    if not report.startswith(_PREFIX):
        return None
    account, _, period = report.removeprefix(_PREFIX).rpartition(":")
    return account, period


def line_item(category: str, service: str | None) -> str | None:
    """The service; what is not usage says so first ("Tax: Amazon EC2")."""
    if category.lower() == USAGE.lower():
        return service
    return f"{category}: {service}" if service else category


def _series(row: FocusRow) -> Series:
    item = line_item(row.category, row.service)
    return Series(row.provider, source_name(row.provider), project=row.project, line_item=item)


def _order(series: Series) -> tuple[str, ...]:
    return tuple(value or "" for value in series)


def _period(start: datetime) -> str:
    """Months are named by the month; other periods (weekly invoices) by their first day."""
    return f"{start:%Y-%m}" if start.day == 1 else f"{start:%Y-%m-%d}"


def _fit(account: str) -> str:
    """An account as part of a name; one that had to be changed keeps its identity in a digest."""
    fit = _UNFIT.sub("_", account)[:_LENGTH]
    return fit if fit == account else f"{fit}-{hashlib.blake2b(account.encode(), digest_size=6).hexdigest()}"


def _decimal(amount: Nano) -> Decimal:
    return Decimal(amount).scaleb(-9)
