"""Anthropic's buckets as the ledger's: pure, exact, all of a bucket or none of it.

Amounts come in cents ("123.45" is $1.2345). Input tokens come without the cached and the cache-writing ones, which the
ledger's `input_tokens` includes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from budgetbot.core.model import METRICS, Bucket, CostLine, Series, UsageRow
from budgetbot.core.money import exact
from budgetbot.errors import SourceError
from budgetbot.sources.anthropic_reports import Endpoint
from budgetbot.sources.anthropic_walk import RawBucket
from budgetbot.sources.text import clean, identifier

PROVIDER = "anthropic"
_LARGEST, _FINEST = 15, -50  # powers of ten: no bill of this world has more, or finer
_EXACT = Context(prec=200)  # enough for every sum within these
_MOST = 10**15


class _WrongRow(ValueError):
    """What is wrong with a row, without saying where it stands."""


def parse(endpoint: Endpoint, source: str, raw: RawBucket, end: int) -> Bucket:
    """The whole bucket [raw.start, `end`). Rows of the same series are added up.

    Raises SourceError when one row cannot be read, so that nothing half-known is written.
    """
    start = datetime.fromtimestamp(raw.start, UTC)
    until = datetime.fromtimestamp(end, UTC)
    try:
        if endpoint.kind == "cost":
            return Bucket(endpoint.report, start, until, costs=_costs(source, raw.results))
        return Bucket(endpoint.report, start, until, usage=_usage(source, raw.results))
    except _WrongRow as error:
        what = clean(str(error), 200)
        raise SourceError(
            f"{source} {endpoint.report}: the bucket of {start:%Y-%m-%dT%H:%MZ} cannot be read: {what}; "
            "nothing of it was kept, the next pull tries again"
        ) from None


def dollars(cents: Any) -> Decimal:
    """An amount of cents in dollars, exactly. Raises ValueError."""
    number = exact(cents)
    if not number:
        return Decimal(0)
    finest = number.as_tuple().exponent
    if number.adjusted() > _LARGEST or not isinstance(finest, int) or finest < _FINEST:
        raise ValueError("out of all measure")
    return _EXACT.scaleb(number, -2)


def _costs(source: str, rows: list[Any]) -> tuple[CostLine, ...]:
    lines: dict[Series, Decimal] = {}
    for row in map(_object, rows):
        series = _cost_series(source, row)
        lines[series] = _EXACT.add(lines.get(series, Decimal(0)), _amount(row))
    return tuple(CostLine(series, amount, "USD") for series, amount in lines.items())


def _amount(row: dict[str, Any]) -> Decimal:
    currency = row.get("currency")
    if not isinstance(currency, str) or currency.upper() != "USD":
        # How many of its smallest units make one is documented for no other currency.
        raise _WrongRow(f"currency is {currency!r}, and only USD is known")
    try:
        return dollars(row.get("amount"))
    except ValueError as error:
        raise _WrongRow(f"amount: {error}") from None


def _cost_series(source: str, row: dict[str, Any]) -> Series:
    tier = _text(row, "service_tier")
    return Series(
        PROVIDER,
        source,
        project=_text(row, "workspace_id"),
        model=_text(row, "model"),
        line_item=_text(row, "description") or _text(row, "cost_type"),
        service_tier=tier,
        batch=_batch(tier),
    )


def _usage(source: str, rows: list[Any]) -> tuple[UsageRow, ...]:
    found: dict[Series, dict[str, int]] = {}
    for row in map(_object, rows):
        series = _usage_series(source, row)
        metrics = _metrics(row)
        before = found.get(series)
        found[series] = metrics if before is None else _added(before, metrics)
    return tuple(UsageRow(series, metrics) for series, metrics in found.items())


def _usage_series(source: str, row: dict[str, Any]) -> Series:
    tier = _text(row, "service_tier")
    return Series(
        PROVIDER,
        source,
        project=_text(row, "workspace_id"),
        api_key=_text(row, "api_key_id"),
        user=_text(row, "account_id") or _text(row, "service_account_id"),
        model=_text(row, "model"),
        service_tier=tier,
        batch=_batch(tier),
    )


def _metrics(row: dict[str, Any]) -> dict[str, int]:
    read = _count(row, "cache_read_input_tokens")
    created = _object(row.get("cache_creation"), "cache_creation")
    hour = _count(created, "ephemeral_1h_input_tokens")
    written = _count(created, "ephemeral_5m_input_tokens") + hour
    metrics = {
        "input_tokens": _count(row, "uncached_input_tokens") + read + written,
        "input_cached_tokens": read,
        "input_cache_write_tokens": written,
        "input_cache_write_1h_tokens": hour,
        "output_tokens": _count(row, "output_tokens"),
    }
    tools = row.get("server_tool_use")
    if tools is not None:
        metrics["calls"] = _count(_object(tools, "server_tool_use"), "web_search_requests")
    return {name: value for name, value in metrics.items() if name in METRICS}


def _added(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}


def _batch(tier: str | None) -> str | None:
    """As other providers say it: batch requests are a dimension of their own, and here a service tier too."""
    return None if tier is None else "true" if tier == "batch" else "false"


def _object(value: Any, name: str = "a result") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _WrongRow(f"{name} is not an object")
    return value


def _count(row: dict[str, Any], field: str) -> int:
    value = row.get(field)
    if type(value) is not int or not 0 <= value <= _MOST:
        raise _WrongRow(f"{field} is {str(value)[:50]!r}, not a count")
    return value


def _text(row: dict[str, Any], field: str) -> str | None:
    value = row.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _WrongRow(f"{field} is {str(value)[:50]!r}, not a text")
    return identifier(value)
