"""A bucket made ready for its rows: equal series merged, money in nano-units. Pure; done outside of transactions."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import TypeAlias

from budgetbot.core.model import METRICS, Bucket, CostLine, Series, UsageRow
from budgetbot.core.money import NANO, Nano, nanos
from budgetbot.errors import SourceError
from budgetbot.store.columns import storable

_MOST_MONEY = 10**9 * NANO  # a billion in one line is a mistake, and sums have to stay within 64 bits
_MOST_USED = 2**62
_EXACT_DIGITS = 400

Cost: TypeAlias = tuple[Series, str]
Usage: TypeAlias = tuple[int | None, ...]
"""One value per metric, in the order of METRICS."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One bucket by series; `digest` tells whether it holds what it held before."""

    report: str
    start: datetime
    end: datetime
    digest: str
    costs: Mapping[Cost, Nano]
    usage: Mapping[Series, Usage]

    def series(self) -> Iterator[Series]:
        """All that occur in it."""
        yield from (series for series, _ in self.costs)
        yield from self.usage


def digest(bucket: Bucket) -> str:
    """Equal for equal content in equal order; another order costs a comparison, nothing else."""
    content = json.dumps((bucket.costs, [(row.series, dict(row.metrics)) for row in bucket.usage]), default=str)
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def prepared(bucket: Bucket, digest: str) -> Prepared:
    """The bucket ready to be written. Raises SourceError for an amount that cannot be meant."""
    return Prepared(bucket.report, bucket.start, bucket.end, digest, _money(bucket.costs), _merged_usage(bucket.usage))


def _money(lines: Iterable[CostLine]) -> dict[Cost, Nano]:
    """Per currency, amounts whose sum is the exact sum: what is finer than a nano-unit is carried, not dropped."""
    by_currency: dict[str, dict[Series, Decimal]] = defaultdict(dict)
    with localcontext() as context:
        context.prec = _EXACT_DIGITS
        for series, amount, currency in lines:
            known = by_currency[storable(currency)]
            known[series] = known[series] + amount if series in known else amount
    money: dict[Cost, Nano] = {}
    for currency, amounts in by_currency.items():
        for series, value in zip(amounts, nanos(tuple(amounts.values())), strict=True):
            if abs(value) > _MOST_MONEY:
                raise SourceError(f"an amount of more than a billion {currency} in one line cannot be meant")
            money[series, currency] = value
    return money


def _merged_usage(rows: Iterable[UsageRow]) -> dict[Series, Usage]:
    merged: dict[Series, Usage] = {}
    for series, metrics in rows:
        values = tuple(map(metrics.get, METRICS))
        before = merged.get(series)
        merged[series] = values if before is None else added(before, values)
    if any(max(map(abs, filter(None, values)), default=0) > _MOST_USED for values in merged.values()):
        raise SourceError("a usage of more than 2^62 in one row cannot be meant")
    return merged


def added(one: Usage, other: Usage) -> Usage:
    """Metric by metric; what neither reported stays unreported."""
    return tuple(b if a is None else a if b is None else a + b for a, b in zip(one, other, strict=True))
