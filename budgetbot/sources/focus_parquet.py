"""Parquet files as texts: pyarrow is an extra, and this is the only door to it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from budgetbot.errors import UsageError

_BATCH = 10_000


def arrow(module: str = "pyarrow") -> Any:
    """pyarrow or a module of it. Raises UsageError where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise UsageError("Parquet needs pyarrow; pip install 'budgetbot[parquet]', or take CSV") from None


def parquet_cells(
    path: Path, wanted: Collection[str], check: Callable[[Sequence[str]], None]
) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """The wanted columns of each row as CSV would write them, with the row's number. Raises UsageError."""
    pa, parquet = arrow(), arrow("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            names: list[str] = file.schema_arrow.names
            check(names)
            present = [name for name in names if name in wanted]
            number = 1
            for batch in file.iter_batches(_BATCH, columns=present):
                texts = [_texts(pa, path, name, batch.column(name)) for name in present]
                for values in zip(*texts, strict=True):
                    yield number, dict(zip(present, values, strict=True))
                    number += 1
    except (pa.ArrowException, OSError) as error:
        cause = " ".join(str(error).split())[:200]
        raise UsageError(f"{path}: cannot be read as Parquet ({cause}); export it anew") from None


def _texts(pa: Any, path: Path, name: str, column: Any) -> list[str | None]:
    """Decimals keep every digit; floating point, which some providers write, gives its shortest decimal form."""
    try:
        if not pa.types.is_timestamp(column.type):
            texts: list[str | None] = column.cast(pa.string()).to_pylist()
            return texts
        zone = "UTC" if column.type.tz else None
        moments = column.cast(pa.timestamp("us", zone), safe=False).to_pylist()
        return [None if moment is None else moment.isoformat() for moment in moments]
    except (pa.ArrowException, ValueError, OverflowError):
        raise UsageError(
            f"{path}: {name}: values of type {column.type} cannot be read; write texts, decimals or timestamps"
        ) from None
