"""What an excess is made of: what each key, project or model spent beyond what it did in the weeks before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from budgetbot.core.fx import Fx
from budgetbot.core.group import Group
from budgetbot.core.model import Driver
from budgetbot.core.money import Nano
from budgetbot.core.period import Span

DIMENSIONS = ("api_key", "project", "model", "line_item")
_DEAREST = 3
_WEEKS = 4
_WEEK, _SECOND = timedelta(weeks=1), timedelta(seconds=1)


class Money(NamedTuple):
    """In which currency, and by which rates."""

    currency: str
    fx: Fx


def excess_drivers(
    group: Group, scope: int, span: Span, known: datetime, money: Money, but: Collection[str]
) -> tuple[Driver, ...]:
    """The three that grew (of a drop: shrank) the most, of each dimension that tells something but those in `but`.

    `span` is of whole buckets, and known up to `known`. Compared with the same hours of the same weekdays, the mean of
    up to four weeks as far as they are known.
    """
    begins = group.history.begins()
    weeks = [Span(span.start - n * _WEEK, span.end - n * _WEEK) for n in range(1, _WEEKS + 1)]
    part = Fraction((min(known, span.end) - span.start) // _SECOND, span.length // _SECOND)
    past = [week for week in weeks if begins is not None and begins <= week.start]
    found: list[Driver] = []
    for dimension in DIMENSIONS:
        if dimension not in but:
            parts = _changed(group, scope, span, past, part, money, dimension)
            if any(part.id is not None for part in parts):
                found += parts[:_DEAREST]
    return tuple(found)


def _changed(
    group: Group, scope: int, span: Span, past: list[Span], part: Fraction, money: Money, dimension: str
) -> list[Driver]:
    now = group.drivers(span, money.currency, scope, dimension, money.fx)
    usual: dict[str | None, Nano] = defaultdict(int)
    known = {driver.id: driver for driver in now}
    for week in past:
        for driver in group.drivers(week, money.currency, scope, dimension, money.fx):
            usual[driver.id] += driver.amount
            known.setdefault(driver.id, driver)
    found = [
        one._replace(amount=(one.amount if one in now else 0) - int(usual[one.id] * part) // max(len(past), 1))
        for one in known.values()
    ]
    whole = sum(one.amount for one in found)
    return sorted((o for o in found if o.amount * whole > 0), key=lambda o: (-abs(o.amount), o.id or ""))
