"""CSV that a spreadsheet may open: names come from outside, and none of them may become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from typing import BinaryIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would take for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(
    columns: Sequence[str], exact: Collection[str], rows: Iterable[Sequence[str | None]], out: BinaryIO
) -> int:
    """A header and the rows (RFC 4180, UTF-8); None is an empty cell. `exact` columns, numbers, stand as they are."""
    as_is = [name in exact for name in columns]
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    count = 0
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            cells = zip(row, as_is, strict=True)
            writer.writerow(["" if cell is None else cell if plain else inert(cell) for cell, plain in cells])
            count += 1
    finally:
        text.detach()
    return count
