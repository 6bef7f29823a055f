"""One FOCUS row, read strictly: what is wrong is named with file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from budgetbot.errors import UsageError
from budgetbot.sources.focus_file import Cells, cells, is_parquet
from budgetbot.sources.focus_names import slug
from budgetbot.sources.text import clean, identifier

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST = 100  # characters of a number
_LARGEST = 15  # places before the point; what is larger cannot be meant, and would make sums slow
_YEARS = range(2000, 2200)


class FocusRow(NamedTuple):
    """One charge. `provider` is the short name; times are UTC; `amount` is the BilledCost, exactly."""

    provider: str
    account: str
    period_start: datetime
    period_end: datetime
    start: datetime
    end: datetime
    category: str
    service: str | None
    project: str | None
    project_name: str | None
    amount: Decimal
    currency: str


def read_focus(path: Path) -> Iterator[FocusRow]:
    """The charges of a FOCUS 1.0 to 1.2 file, CSV or Parquet.

    Raises UsageError: an unreadable file, a missing column, a number or date that is none.
    https://focus.finops.org/focus-specification/
    """
    word = "row" if is_parquet(path) else "line"
    for number, row in cells(path):
        try:
            found = focus_row(row)
        except ValueError as error:
            raise UsageError(f"{path}: {word} {number}: {error}") from None
        yield found


def focus_row(row: Cells) -> FocusRow:
    """The charge in one row of texts. Raises ValueError with the column and what is wrong there."""
    period_start, period_end = _stretch(row, "BillingPeriodStart", "BillingPeriodEnd")
    start, end = _stretch(row, "ChargePeriodStart", "ChargePeriodEnd")
    return FocusRow(
        provider=_provider(row),
        account=_required(row, "BillingAccountId"),
        period_start=period_start,
        period_end=period_end,
        start=start,
        end=end,
        category=clean(_required(row, "ChargeCategory"), 40),
        service=identifier(row["ServiceName"] or ""),
        project=identifier(row.get("SubAccountId") or ""),
        project_name=identifier(row.get("SubAccountName") or ""),
        amount=_amount(row, "BilledCost"),
        currency=_currency(row),
    )


def _required(row: Cells, column: str) -> str:
    text = row[column]
    if text is None:
        raise ValueError(f"{column}: nothing there; every charge has one")
    return text


def _provider(row: Cells) -> str:
    name = _required(row, "ProviderName")
    try:
        return slug(name)
    except ValueError as error:
        raise ValueError(f"ProviderName: {_shown(name)} names nobody: {error}") from None


def _amount(row: Cells, column: str) -> Decimal:
    text = _required(row, column)
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise ValueError(f"{column}: {_shown(text)} is not a number; write it like -1234.5")
    number = Decimal(text)
    if number and number.adjusted() >= _LARGEST:
        raise ValueError(f"{column}: {_shown(text)} cannot be meant")
    return number


def _currency(row: Cells) -> str:
    text = _required(row, "BillingCurrency").upper()
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"BillingCurrency: {_shown(text)} is not a currency; write its ISO code, such as USD")
    return text


def _stretch(row: Cells, first: str, last: str) -> tuple[datetime, datetime]:
    start, end = _moment(row, first), _moment(row, last)
    if end < start:
        raise ValueError(f"{last}: it lies before {first}")
    return start, end


def _moment(row: Cells, column: str) -> datetime:
    text = _required(row, column)
    try:
        return _utc(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{column}: {_shown(text)} is not a time; write it like 2026-11-20T00:00:00Z") from None


@lru_cache(maxsize=10_000)
def _utc(text: str) -> datetime:
    """UTC where no offset is written: FOCUS knows no other, and some providers leave the Z away."""
    found = datetime.fromisoformat(text.removesuffix(" UTC"))
    if found.year not in _YEARS:
        raise ValueError
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _shown(text: str) -> str:
    return repr(clean(text, 40))
