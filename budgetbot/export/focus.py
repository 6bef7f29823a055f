"""The ledger in the words of finance: FOCUS 1.2, all mandatory columns. https://focus.finops.org/focus-specification/

The ledger knows what is billed and nothing of list prices or amortisation, so all four costs are the billed one; a
line is priced as one unit, as no quantity stands beside it in the bill. What FOCUS has no column for is named x_.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import BinaryIO, NamedTuple

from budgetbot.core.money import plain
from budgetbot.core.period import Span, local_midnight, month_start
from budgetbot.export.lines import NamedLine
from budgetbot.export.table import write_csv
from budgetbot.sources.focus import USAGE, period_of
from budgetbot.sources.focus_names import display
from budgetbot.store import Line

TAX = "Tax"
_CATEGORIES = ("Purchase", TAX, "Credit", "Adjustment")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_AMOUNTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
_NUMBERS = frozenset((*_AMOUNTS, "PricingQuantity"))
COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart",
    "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit",
    "ProviderName", "PublisherName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "ServiceSubcategory", "SkuId", "SubAccountId", "SubAccountName", "SubAccountType",
    "x_Source", "x_Status", "x_UserId", "x_UserName", "x_Model", "x_LineItem", "x_ServiceTier", "x_Batch",
)  # fmt: skip


class _Charge(NamedTuple):
    """What kind of charge a line is, and what for."""

    category: str
    service: str
    generative: bool


def export_focus_csv(lines: Iterable[NamedLine], out: BinaryIO) -> int:
    """One charge a line. How many."""
    rows = (tuple(cells[name] for name in COLUMNS) for cells in map(focus_cells, lines))
    return write_csv(COLUMNS, _NUMBERS, rows, out)


def focus_cells(named: NamedLine) -> dict[str, str | None]:
    """One billed line by column; None where there is nothing to say."""
    line, series = named.line, named.line.series
    account, period = _billing(line)
    charge, provider = _charge(line), display(series.provider)
    taxed, used = charge.category == TAX, charge.category == USAGE
    return {
        **dict.fromkeys(_AMOUNTS, plain(line.amount)),
        "BillingAccountId": account,
        "BillingAccountName": line.source,
        "BillingCurrency": line.currency,
        "BillingPeriodStart": _time(period.start),
        "BillingPeriodEnd": _time(period.end),
        "ChargeCategory": charge.category,
        "ChargeClass": None,
        "ChargeDescription": series.line_item or charge.service,
        "ChargeFrequency": "Usage-Based" if used else "One-Time",
        "ChargePeriodStart": _time(line.start),
        "ChargePeriodEnd": _time(line.end),
        **dict.fromkeys(("InvoiceIssuerName", "ProviderName", "PublisherName"), provider),
        "PricingQuantity": None if taxed else "1",
        "PricingUnit": None if taxed else "Units",
        "ResourceId": series.api_key,
        "ResourceName": named.api_key,
        "ResourceType": "API key" if series.api_key is not None else None,
        "ServiceCategory": "AI and Machine Learning" if charge.generative else "Other",
        "ServiceName": charge.service,
        "ServiceSubcategory": "Generative AI" if charge.generative else "Other (Other)",
        "SkuId": None if taxed else series.line_item or series.model or charge.service,
        "SubAccountId": series.project,
        "SubAccountName": named.project if named.project is not None else series.project,
        "SubAccountType": "Project" if series.project is not None else None,
        "x_Source": line.source,
        "x_Status": "billed",
        "x_UserId": series.user,
        "x_UserName": named.user,
        "x_Model": series.model,
        "x_LineItem": series.line_item,
        "x_ServiceTier": series.service_tier,
        "x_Batch": series.batch,
    }


def _charge(line: Line) -> _Charge:
    """Lines of a provider's API are usage of it. Those of a file say what they are, as they were imported."""
    provider, item = display(line.series.provider), line.series.line_item
    if period_of(line.report) is None:
        return _Charge(USAGE, f"{provider} API", generative=True)
    category, _, service = (item or "").partition(": ")
    if category in _CATEGORIES:
        return _Charge(category, service or provider, generative=False)
    return _Charge(USAGE, item or provider, generative=False)


def _billing(line: Line) -> tuple[str, Span]:
    """The account and billing period: those of the file the line came from, else the source and its UTC month."""
    account, period = period_of(line.report) or (line.source, "")
    month = _MONTH.fullmatch(period)
    first = date(int(month[1]), int(month[2]), 1) if month else month_start(line.start.date())
    return account, Span(local_midnight(first, UTC), local_midnight(month_start(first, 1), UTC))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
