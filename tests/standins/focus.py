"""FOCUS files as a provider writes them, one charge a row."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.store import Store

SAMPLE = Path(__file__).parents[1] / "payloads" / "focus" / "sample_1_0.csv"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVER = Span(datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
_CHARGE = {
    "BilledCost": "1.50",
    "BillingAccountId": "4711",
    "BillingAccountName": "Example",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "NULL",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "ProviderName": "AWS",
    "ServiceName": "Amazon Bedrock",
    "SubAccountId": "sub-1",
    "SubAccountName": "research",
}


def charge(**changes: str) -> dict[str, str]:
    """One row, with some cells other than usual."""
    return {**_CHARGE, **changes}


def on(day: int, amount: str, **changes: str) -> dict[str, str]:
    """A charge of one day of October 2026."""
    period = {"ChargePeriodStart": f"2026-10-{day:02d} 00:00:00", "ChargePeriodEnd": f"2026-10-{day:02d} 23:00:00"}
    return charge(BilledCost=amount, **{**period, **changes})


def write(path: Path, rows: Sequence[Mapping[str, str]], *, without: str = "", encoding: str = "utf-8") -> Path:
    """The rows as a CSV file, one column left out where asked for."""
    columns = [name for name in rows[0] if name != without]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def text_rows(path: Path) -> list[dict[str, str]]:
    """A CSV file as the standard library reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def by_day(store: Store) -> dict[tuple[str, str, str], Decimal]:
    """What the ledger holds by provider, day and currency; days without money left out."""
    sums: dict[tuple[str, str, str], int] = {}
    for line in store.ledger.cost_lines(EVER):
        key = line.series.provider, f"{line.start:%Y-%m-%d}", line.currency
        sums[key] = sums.get(key, 0) + line.amount
    return {key: Decimal(amount) / NANO for key, amount in sums.items() if amount}
