"""The ledger for others: plain CSV, FOCUS 1.2 as CSV, Parquet. Adding a format: a file, a line in FORMATS."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from budgetbot.core.period import Span
from budgetbot.errors import UsageError
from budgetbot.export.focus import export_focus_csv
from budgetbot.export.lines import NamedLine, export_span, named_lines
from budgetbot.export.parquet import export_parquet
from budgetbot.export.plain import export_csv
from budgetbot.store import Ledger

__all__ = [
    "FORMATS", "NamedLine", "export_csv", "export_focus_csv", "export_parquet", "export_span", "named_lines",
    "run_export",
]  # fmt: skip

FORMATS: dict[str, Callable[[Iterable[NamedLine], BinaryIO], int]] = {
    "csv": export_csv,
    "focus-csv": export_focus_csv,
    "parquet": export_parquet,
}
_BINARY = frozenset({"parquet"})


def run_export(ledger: Ledger, format: str, span: Span, out: Path | None = None) -> int:
    """Write the billed lines that start in `span` to a file, whole or not at all, or to standard output. How many.

    Raises UsageError: an unknown format, a place that cannot be written, Parquet without pyarrow or without a file.
    """
    write = FORMATS.get(format)
    if write is None:
        raise UsageError(f"--format {format} is not known; choose {', '.join(FORMATS)}")
    lines = named_lines(ledger, span)
    if out is not None:
        with _replaced(out) as file:
            return write(lines, file)
    if format in _BINARY:
        raise UsageError(f"--format {format} is not text; name a file with --out FILE")
    sys.stdout.flush()
    count = write(lines, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return count


@contextmanager
def _replaced(out: Path) -> Iterator[BinaryIO]:
    """A file beside the place, which takes it once all is written: nobody ever reads half an export."""
    place = out.resolve()
    if place.exists() and not place.is_file():
        raise UsageError(f"{out} is not a file; name one, or leave --out away to write to standard output")
    partial = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(place)
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror or error}; name another place with --out") from None
    finally:
        partial.unlink(missing_ok=True)
