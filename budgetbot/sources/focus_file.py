"""FOCUS files as rows of texts: CSV or Parquet, whichever the content says. Nothing is interpreted yet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from budgetbot.errors import UsageError
from budgetbot.sources.focus_parquet import parquet_cells

REQUIRED = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory",
    "ChargePeriodEnd", "ChargePeriodStart", "ProviderName", "ServiceName",
)  # fmt: skip
OPTIONAL = ("SubAccountId", "SubAccountName")
_WANTED = frozenset((*REQUIRED, *OPTIONAL))
_MAGIC = b"PAR1"

Cells = Mapping[str, str | None]
"""One row: the known columns by name; None for NULL."""


def is_parquet(path: Path) -> bool:
    """By its first bytes, whatever its name. Raises UsageError for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a FOCUS file") from None


def cells(path: Path) -> Iterator[tuple[int, Cells]]:
    """Every row with its number: the line of a CSV file, the row of a Parquet file.

    Raises UsageError for a file that is neither, is cut off, or lacks a column.
    """

    def check(names: Sequence[str]) -> None:
        _check(path, names)

    if is_parquet(path):
        for number, row in parquet_cells(path, _WANTED, check):
            yield number, {name: _value(text) for name, text in row.items()}
        return
    yield from _csv_cells(path)


def _csv_cells(path: Path) -> Iterator[tuple[int, Cells]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            _check(path, header)
            places = [(name, i) for i, name in enumerate(header) if name in _WANTED]
            line = reader.line_num + 1
            for row in reader:
                if row and len(row) != len(header):
                    raise UsageError(
                        f"{path}: line {line}: {len(row)} cells, {len(header)} columns; is it cut off? Export it anew"
                    )
                if row:
                    yield line, {name: _value(row[i]) for name, i in places}
                line = reader.line_num + 1
        except csv.Error as error:
            raise UsageError(
                f"{path}: line {reader.line_num}: not CSV ({error}); is it cut off? Export it anew"
            ) from None
        except UnicodeDecodeError:
            raise UsageError(f"{path}: neither Parquet nor UTF-8 text; unpack it, or save it as CSV in UTF-8") from None


def _check(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise UsageError(
            f"{path}: no column {', '.join(missing)}; FOCUS 1.0 to 1.2 has {'it' if len(missing) == 1 else 'them'}"
        )
    twice = [name for name in sorted(_WANTED) if names.count(name) > 1]
    if twice:
        raise UsageError(f"{path}: column {twice[0]} is there twice; leave one")


def _value(text: str | None) -> str | None:
    text = text.strip() if text else None
    return None if text in (None, "", "NULL", "null") else text
