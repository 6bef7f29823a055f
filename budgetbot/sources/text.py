"""Text from outside, made safe to store and to print."""

from __future__ import annotations

import re

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def clean(text: str, limit: int = 500) -> str:
    """`text` without control characters, direction overrides and lone surrogates, at most `limit` characters long."""
    text = _UNSAFE.sub(" ", text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def identifier(text: str, limit: int = 500) -> str | None:
    """An id or name as it is kept: cleaned, and None where nothing is left of it."""
    return clean(text, limit) or None
