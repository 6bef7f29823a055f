"""One day of OpenRouter's activity, split by key: pure, exact, its total always that of the whole account's day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from budgetbot.core.model import Bucket, Series
from budgetbot.sources.tally import Tally, day_bucket, nothing, read, rest
from budgetbot.sources.text import identifier

PROVIDER = "openrouter"
_COUNTS = {  # reasoning_tokens are part of completion_tokens
    "requests": "requests",
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
}
_ROUNDING = Decimal("0.000001")
Row = Mapping[str, Any]


def parse(report: str, source: str, day: date, whole: Sequence[Row], by_key: Mapping[str, Sequence[Row]]) -> Bucket:
    """`whole` is the day of the account, `by_key` what each key had of it. Raises ValueError.

    What no key explains of a model, provider and workspace stays there without a key. `usage` is what OpenRouter
    bills; `byok_usage_inference` is billed by others, so only its requests and tokens are counted.
    """
    rows: dict[Series, Tally] = {}
    parts: dict[Series, list[Tally]] = {}
    for hash, of_key in by_key.items():
        id = identifier(hash)
        for series, tally in _by_series(source, of_key).items():
            rows[series._replace(api_key=id)] = tally
            parts.setdefault(series, []).append(tally)
    wholes = _by_series(source, whole)
    for series in {**wholes, **parts}:
        rows[series] = rest(wholes.get(series, nothing()), parts.get(series, ()))
    return day_bucket(report, datetime.combine(day, time(), UTC), rows)


def contradicts(bucket: Bucket) -> bool:
    """Whether the keys had more than the account, by more than rounding."""
    return any(line.amount < -_ROUNDING for line in bucket.costs if line.series.api_key is None)


def _by_series(source: str, rows: Sequence[Row]) -> dict[Series, Tally]:
    """Rows by model, provider and workspace; several endpoints of one provider are one."""
    found: dict[Series, Tally] = {}
    for row in rows:
        series = Series(
            PROVIDER,
            source,
            project=_text(row, "workspace_id"),
            model=_text(row, "model_permaslug") or _text(row, "model"),
            line_item=_text(row, "provider_name"),
        )
        found[series] = found.get(series, nothing()).plus(read(row, "usage", _COUNTS))
    return found


def _text(row: Row, field: str) -> str | None:
    value = row.get(field)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{field} is {value!r}")
    return identifier(value) if value is not None else None
