"""How long a server asks to wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that `retry-after-ms` or `retry-after` (seconds or an HTTP date) ask for; None where they do not.

    `headers` by lower-case name; `now` in Unix seconds.
    """
    for text, scale in ((headers.get("retry-after-ms"), 0.001), (headers.get("retry-after"), 1.0)):
        wait = _number(text)
        if wait is not None and wait > 0:
            return wait * scale
    wait = _until(headers.get("retry-after"), now)
    return wait if wait is not None and wait > 0 else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None


def _until(text: str | None, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
