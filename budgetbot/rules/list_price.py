"""How list prices went: spend that rose because a price did is no anomaly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from budgetbot.core.group import Group
from budgetbot.core.model import Series
from budgetbot.core.period import Span
from budgetbot.core.pricing import Asked, PriceOf
from budgetbot.rules.rule import Context

Floats = npt.NDArray[np.float64]


def price_index(group: Group, edges: Sequence[datetime], context: Context) -> Floats | None:
    """By bucket and scope, the list price of what the scope spends on, against that of the first bucket.

    Models weigh as they are spent on. None where no price is known to have changed, which is nearly always.
    """
    price_of = group.history.prices
    if price_of is None:
        return None
    courses = {
        i: course for i, s in enumerate(group.history.series) if (course := _course(s, edges, price_of)) is not None
    }
    if not courses:
        return None
    index = np.ones((len(edges) - 1, len(group.scopes)))
    for scope in range(len(group.scopes)):
        if courses.keys().isdisjoint(group.members(scope)):
            continue
        parts = list(group.by_series(Span(edges[0], edges[-1]), context.currency, scope, context.fx))
        whole = float(sum(max(amount, 0) for _, amount in parts))
        for i, amount in parts:
            if i in courses and amount > 0:
                index[:, scope] += (courses[i] - 1.0) * (amount / whole)
    return index


def _course(series: Series, edges: Sequence[datetime], price_of: PriceOf) -> Floats | None:
    """The price of one series at the start of each bucket, against the first; None where it stays, or is unknown."""
    first, last = _price(series, edges[0], price_of), _price(series, edges[-1], price_of)
    if not first or not last or first == last:
        return None
    return np.array([_price(series, edge, price_of) / first or 1.0 for edge in edges[:-1]])


def _price(series: Series, at: datetime, price_of: PriceOf) -> float:
    """Of a token in and one out, in dollars; 0 where it is not known."""
    asked = Asked(series.provider, series.model or "", at, series.service_tier, series.batch == "true", 0)
    rates = price_of(asked) if series.model else None
    return float(sum(rates.get(name, 0) for name in ("input", "output"))) if rates else 0.0
