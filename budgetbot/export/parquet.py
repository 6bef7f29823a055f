"""The plain ledger as Parquet: the same columns, with times as timestamps and amounts as exact decimals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from budgetbot.core.money import Nano
from budgetbot.export.lines import NamedLine
from budgetbot.export.plain import COLUMNS, values
from budgetbot.sources.focus_parquet import arrow

_ROWS = 50_000  # a row group


def export_parquet(lines: Iterable[NamedLine], out: BinaryIO) -> int:
    """One row a line, in groups. How many. Raises UsageError without pyarrow."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    schema = _schema(pa)
    rows = (
        (*texts, start, end, currency, _decimal(amount)) for texts, start, end, currency, amount in map(values, lines)
    )
    count = 0
    with parquet.ParquetWriter(out, schema) as writer:
        while group := list(islice(rows, _ROWS)):
            arrays = [
                pa.array(column, type=field.type)
                for column, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            count += len(group)
    return count


def _schema(pa: Any) -> Any:
    other = {"start": pa.timestamp("us", "UTC"), "end": pa.timestamp("us", "UTC"), "billed": pa.decimal128(38, 9)}
    return pa.schema([(name, other.get(name, pa.string())) for name in COLUMNS])


def _decimal(amount: Nano) -> Decimal:
    return Decimal(amount).scaleb(-9)
