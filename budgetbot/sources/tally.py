"""Money and usage together, added up exactly: what its parts do not explain of a whole is the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import Any, NamedTuple

from budgetbot.core.model import Bucket, CostLine, Series, UsageRow
from budgetbot.core.money import exact

_LARGEST, _FINEST = 15, -350  # powers of ten: above is no bill of this world, below no JSON number of a server
_EXACT = Context(prec=400)
_MOST = 2**53


class Tally(NamedTuple):
    """Dollars, and METRICS by name."""

    amount: Decimal
    used: Mapping[str, int]

    @property
    def is_nothing(self) -> bool:
        """Neither money nor usage."""
        return not self.amount and not any(self.used.values())

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(_EXACT.add(self.amount, other.amount), _added(self.used, other.used, 1))


def nothing() -> Tally:
    """No money, no usage."""
    return Tally(Decimal(0), {})


def read(row: Mapping[str, Any], money: str, counts: Mapping[str, str]) -> Tally:
    """What a row says: dollars in its field `money`, and usage by `counts` (field -> metric). Raises ValueError."""
    used = {metric: _count(field, row[field]) for field, metric in counts.items() if row.get(field) is not None}
    return Tally(dollars(row.get(money), money), used)


def dollars(value: object, field: str) -> Decimal:
    """An exact amount of a sane size. Raises ValueError that names the field."""
    try:
        number = exact(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None
    exponent = number.as_tuple().exponent
    if number and (number.adjusted() > _LARGEST or not isinstance(exponent, int) or exponent < _FINEST):
        raise ValueError(f"{field} is out of all measure")
    return number or Decimal(0)


def total(parts: Iterable[Tally]) -> Tally:
    """All of them together."""
    whole = nothing()
    for part in parts:
        whole = whole.plus(part)
    return whole


def rest(whole: Tally, parts: Iterable[Tally]) -> Tally:
    """What is left of the whole. Below zero where the parts say more: whole and parts plus rest stay equal."""
    known = total(parts)
    used = _added(whole.used, known.used, -1)
    return Tally(_EXACT.subtract(whole.amount, known.amount), {name: n for name, n in used.items() if n})


def day_bucket(report: str, start: datetime, rows: Mapping[Series, Tally]) -> Bucket:
    """One UTC day in dollars; rows that say nothing are left out."""
    told = [(series, tally) for series, tally in rows.items() if not tally.is_nothing]
    return Bucket(
        report,
        start,
        start + timedelta(days=1),
        costs=tuple(CostLine(series, tally.amount, "USD") for series, tally in told),
        usage=tuple(UsageRow(series, tally.used) for series, tally in told if tally.used),
    )


def _added(a: Mapping[str, int], b: Mapping[str, int], sign: int) -> dict[str, int]:
    return {name: a.get(name, 0) + sign * b.get(name, 0) for name in {**a, **b}}


def _count(field: str, value: object) -> int:
    number = dollars(value, field)
    if number != number.to_integral_value() or abs(number) > _MOST:
        raise ValueError(f"{field} is no count: {value!r}")
    return int(number)
