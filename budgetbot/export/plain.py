"""The ledger as it is: one row a billed line, in the words of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from budgetbot.core.instant import iso
from budgetbot.core.money import Nano, plain
from budgetbot.export.lines import NamedLine
from budgetbot.export.table import write_csv

COLUMNS = (
    "source", "provider", "report", "project_id", "project", "api_key_id", "api_key", "user_id", "user", "model",
    "line_item", "service_tier", "batch", "start", "end", "currency", "billed",
)  # fmt: skip


def values(named: NamedLine) -> tuple[tuple[str | None, ...], datetime, datetime, str, Nano]:
    """The texts up to `batch`, then start, end, currency and amount: what all plain formats are made of."""
    line, series = named.line, named.line.series
    texts = (
        line.source, series.provider, line.report, series.project, named.project, series.api_key, named.api_key,
        series.user, named.user, series.model, series.line_item, series.service_tier, series.batch,
    )  # fmt: skip
    return texts, line.start, line.end, line.currency, line.amount


def export_csv(lines: Iterable[NamedLine], out: BinaryIO) -> int:
    """One row a line; amounts as plain decimals in full precision, times ISO 8601 UTC. How many."""
    rows = (
        (*texts, iso(start), iso(end), currency, plain(amount))
        for texts, start, end, currency, amount in map(values, lines)
    )
    return write_csv(COLUMNS, {"billed"}, rows, out)
