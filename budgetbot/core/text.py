"""Foreign text made fit to show: one line, nothing invisible, nothing that turns the line around."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

_INVISIBLE = {"Cc", "Cf", "Cs", "Co"}  # control, format (bidi, zero width), lone surrogates, private use
_BLANK = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"


def clean(text: str, limit: int = 120) -> str:
    """One line without control, bidi and zero-width characters, cut to `limit` characters with an ellipsis."""
    kept: list[str] = []
    for char in text[: limit * 8]:
        category = unicodedata.category(char)
        if char in _BLANK or category[0] == "Z":
            kept.append(" ")
        elif category not in _INVISIBLE:
            kept.append(char)
    return cut(" ".join("".join(kept).split()), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what was longer ends in an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def utc(moment: datetime | str | None) -> str | None:
    """ "2026-11-20 14:00 UTC", from an aware time or its ISO text; None where it is neither."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    if moment is None or moment.tzinfo is None:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
