"""OpenAI's buckets as the ledger's: pure, exact, all of a bucket or none of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any, NamedTuple, TypeAlias

from budgetbot.core.model import Bucket, CostLine, Series, UsageRow
from budgetbot.core.money import exact
from budgetbot.errors import SourceError
from budgetbot.sources.openai_reports import Endpoint
from budgetbot.sources.openai_walk import RawBucket
from budgetbot.sources.text import clean, identifier

PROVIDER = "openai"
_FIELDS = {
    "project_id": "project", "api_key_id": "api_key", "user_id": "user", "model": "model", "line_item": "line_item",
    "batch": "batch", "service_tier": "service_tier",
}  # fmt: skip
_COST_FIELDS = ("project_id", "api_key_id", "user_id", "line_item")
_USAGE_FIELDS = ("project_id", "api_key_id", "user_id", "model", "batch", "service_tier")
_LARGEST, _FINEST = 15, -6176  # powers of ten: above is no bill of this world, below is finer than a decimal128
_MOST = 2**63 - 1
_CURRENCY = re.compile("[A-Za-z]{3}")
_COMPONENT = re.compile(
    r"(?:(?:cached|uncached|cache write|text|audio|image|batch) )*(?:input|output|training)"
    r"(?: (?:cached|uncached|cache write|text|audio|image))*(?: tokens)?|cache write(?: tokens)?"
)
Cache: TypeAlias = dict[tuple[Any, ...], Series]
_CACHE_SIZE = 500_000


class Parsed(NamedTuple):
    """A bucket, and the kinds of results in it that are not known and were left out."""

    bucket: Bucket
    unknown: frozenset[str]


class _WrongRow(ValueError):
    """What is wrong with a row, without saying where it stands."""


def parse(endpoint: Endpoint, source: str, raw: RawBucket, end: int, cache: Cache) -> Parsed:
    """The whole bucket [start_time, `end`). `cache` holds the series met so far, per endpoint.

    Rows of the same series are added up. Raises SourceError when one row cannot be read, so that nothing half-known is
    written.
    """
    rows, unknown = _known(endpoint, raw)
    start = datetime.fromtimestamp(raw.start_time, UTC)
    bucket_end = datetime.fromtimestamp(end, UTC)
    if len(cache) > _CACHE_SIZE:
        cache.clear()
    try:
        if endpoint.kind == "cost":
            bucket = Bucket(endpoint.report, start, bucket_end, costs=_costs(source, rows, cache))
        else:
            bucket = Bucket(endpoint.report, start, bucket_end, usage=_usage(endpoint, source, rows, cache))
    except _WrongRow as error:
        what = clean(str(error), 200)
        raise SourceError(
            f"{source} {endpoint.report}: the bucket of {start:%Y-%m-%dT%H:%MZ} cannot be read: {what}; "
            "nothing of it was kept, the next pull tries again"
        ) from None
    return Parsed(bucket, unknown)


def model_of(line_item: str) -> str | None:
    """The model in a line item such as "gpt-4o-mini-2024-07-18, cached input"; None for what is no token item."""
    model, comma, component = line_item.rpartition(", ")
    if not comma or not _COMPONENT.fullmatch(component.lower().replace("_", " ")):
        return None
    return model or None


def _known(endpoint: Endpoint, raw: RawBucket) -> tuple[list[Any], frozenset[str]]:
    expected = (endpoint.object, f"organization.usage.{endpoint.report}.result", None)
    rows, unknown = [], set()
    for row in raw.results:
        if isinstance(row, dict) and row.get("object") not in expected:
            unknown.add(clean(str(row["object"]), 100))
        else:
            rows.append(row)
    return rows, frozenset(unknown)


def _costs(source: str, rows: list[Any], cache: Cache) -> tuple[CostLine, ...]:
    lines: dict[tuple[Series, str], Decimal] = {}
    for row in rows:
        series = _series(source, row, _COST_FIELDS, cache)
        value, currency = _amount(row.get("amount"))
        if value is None:
            continue
        key = (series, currency)
        before = lines.get(key)
        lines[key] = value if before is None else _sum(before, value)
    return tuple(CostLine(series, amount, currency) for (series, currency), amount in lines.items())


def _amount(amount: Any) -> tuple[Decimal | None, str]:
    """The exact amount and its currency; None for a row without an amount."""
    if amount is None:
        return None, ""
    if not isinstance(amount, dict):
        raise _WrongRow(f"amount is {amount!r}")
    value = amount.get("value")
    if value is None:
        return None, ""
    currency = amount.get("currency") or "USD"  # optional in the specification; OpenAI bills in dollars
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise _WrongRow(f"currency is {currency!r}")
    try:
        number = exact(value)
    except ValueError as error:
        raise _WrongRow(f"amount.value: {error}") from None
    if not number:
        return Decimal(0), currency.upper()  # "0E-6176" is a zero
    if (
        number.adjusted() > _LARGEST
        or number.adjusted() < _FINEST
        or len(number.as_tuple().digits) > _LARGEST - _FINEST
    ):
        raise _WrongRow("amount.value is out of all measure")
    return number, currency.upper()


def _sum(a: Decimal, b: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 2 * (_LARGEST - _FINEST)
        return a + b


def _usage(endpoint: Endpoint, source: str, rows: list[Any], cache: Cache) -> tuple[UsageRow, ...]:
    found: dict[Series, dict[str, int]] = {}
    for row in rows:
        series = _series(source, row, _USAGE_FIELDS, cache)
        metrics: dict[str, int] = {}
        for field, metric in endpoint.metrics:
            value = row.get(field)
            if value is not None:
                metrics[metric] = _count(field, value)
        before = found.get(series)
        found[series] = metrics if before is None else _added(before, metrics)
    return tuple(UsageRow(series, metrics) for series, metrics in found.items())


def _count(field: str, value: Any) -> int:
    """A whole count; fractions (of a second) count as one more."""
    if type(value) is not int:
        try:
            number = exact(value)
        except ValueError as error:
            raise _WrongRow(f"{field}: {error}") from None
        if number.adjusted() > _LARGEST:
            raise _WrongRow(f"{field} is out of all measure")
        value = int(number.to_integral_value(ROUND_CEILING))
    if not -_MOST <= value <= _MOST:
        raise _WrongRow(f"{field} is out of all measure")
    return int(value)


def _added(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}


def _series(source: str, row: Any, fields: tuple[str, ...], cache: Cache) -> Series:
    if type(row) is not dict:
        raise _WrongRow("a result is not an object")
    key = tuple([row.get(field) for field in fields])
    try:
        known = cache.get(key)
    except TypeError:
        raise _WrongRow("a dimension is not a text") from None
    if known is None:
        known = cache[key] = _new_series(source, dict(zip(fields, key, strict=True)))
    return known


def _new_series(source: str, values: dict[str, Any]) -> Series:
    dimensions: dict[str, str | None] = {}
    for field, value in values.items():
        if isinstance(value, bool):
            dimensions[_FIELDS[field]] = "true" if value else "false"
        elif value is not None and not isinstance(value, str):
            raise _WrongRow(f"{field} is {value!r}")
        else:
            dimensions[_FIELDS[field]] = identifier(value) if value is not None else None
    line_item = dimensions.get("line_item")
    if line_item is not None:
        dimensions["model"] = model_of(line_item)
    return Series(PROVIDER, source, **dimensions)
