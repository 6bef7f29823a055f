"""One day of a proxy's activity, gathered from the pages that tell of it: pure, exact, never less than its total."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from budgetbot.core.model import Bucket, Series
from budgetbot.sources.tally import Tally, day_bucket, nothing, read, rest
from budgetbot.sources.text import identifier

PROVIDER = "litellm"
_COUNTS = {  # prompt_tokens counts cached and cache-write tokens in, whatever the model's own provider does
    "api_requests": "requests",
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "cache_read_input_tokens": "input_cached_tokens",
    "cache_creation_input_tokens": "input_cache_write_tokens",
}
_ROUNDING = Decimal("0.000001")  # the server adds floats


class Key(NamedTuple):
    """What an activity says of a virtual key. `exists` is False once it was deleted; None where it is not told."""

    alias: str | None = None
    team: str | None = None
    team_alias: str | None = None
    owner: str | None = None
    exists: bool | None = None


class Day:
    """Models and keys of one day, and the rest that they do not explain."""

    def __init__(self, source: str) -> None:
        self._nowhere = Series(PROVIDER, source)
        self._whole = nothing()
        self._rows: dict[Series, Tally] = {}
        self.keys: dict[str, Key] = {}

    def add(self, raw: Mapping[str, Any]) -> None:
        """What one page says of the day. Raises ValueError, after which the day is not whole and must be dropped."""
        self._whole = self._whole.plus(_tally(raw.get("metrics"), "metrics"))
        models = _object(_object(raw, "breakdown"), "models")
        for model, entry in models.items():
            self._add_model(self._nowhere._replace(model=identifier(model)), entry)

    def bucket(self, report: str, day: date) -> Bucket:
        """The whole day; what no model or key explains stands in a line of its own, so that its total is the day's."""
        rows = dict(self._rows)
        left = rest(self._whole, rows.values())
        rows[self._nowhere] = rows.get(self._nowhere, nothing()).plus(left)
        return day_bucket(report, datetime.combine(day, time(), UTC), rows)

    def _add_model(self, series: Series, entry: Any) -> None:
        whole = _tally(entry, f"model {series.model}")
        parts = []
        for text, of_key in _object(entry, "api_key_breakdown").items():
            part = _tally(of_key, f"key of model {series.model}")
            id = key_id(text)
            key = _key(_object(of_key, "metadata"))
            if id is not None:
                self.keys[id] = key
            self._put(series._replace(api_key=id, project=key.team), part)
            parts.append(part)
        self._put(series, rest(whole, parts))

    def _put(self, series: Series, tally: Tally) -> None:
        if not tally.is_nothing:
            self._rows[series] = self._rows.get(series, nothing()).plus(tally)


def contradicts(bucket: Bucket) -> bool:
    """Whether the parts of a day say more than the day, by more than the rounding of a server that adds floats."""
    return any(line.amount < -_ROUNDING for line in bucket.costs if line.series.api_key is None)


def key_id(text: str) -> str | None:
    """The hash by which the proxy names a key; a key that came as it is, is hashed like the proxy does it."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest() if text.startswith("sk-") else identifier(text)


def _tally(entry: Any, what: str) -> Tally:
    """Metrics, nested as the server writes them or flat as its documentation shows them."""
    if not isinstance(entry, dict):
        raise ValueError(f"{what} is not an object")
    nested = entry.get("metrics")
    try:
        return read(nested if isinstance(nested, dict) else entry, "spend", _COUNTS)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _object(entry: Mapping[str, Any], field: str) -> dict[str, Any]:
    value = entry.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{field} is not an object")
    return value


def _key(metadata: Mapping[str, Any]) -> Key:
    exists = metadata.get("key_exists")
    return Key(
        _text(metadata, "key_alias"),
        _text(metadata, "team_id"),
        _text(metadata, "team_alias"),
        _text(metadata, "user_email"),
        exists if isinstance(exists, bool) else None,
    )


def _text(metadata: Mapping[str, Any], field: str) -> str | None:
    value = metadata.get(field)
    return identifier(value) if isinstance(value, str) else None
