"""What an excess is made of: what each key, project or model spent beyond what it did in the weeks before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from budgetbot.core.compared import Spans, cells
from budgetbot.core.directory import Directory
from budgetbot.core.drivers import Cell
from budgetbot.core.fx import Fx
from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.model import Dimension, Driver, Scope
from budgetbot.core.period import Span

DIMENSIONS: tuple[Dimension, ...] = ("api_key", "project", "model", "line_item")
_DEAREST = 3
WEEKS = 4
_WEEK, _DAY, _SECOND = timedelta(weeks=1), timedelta(days=1), timedelta(seconds=1)


class Money(NamedTuple):
    """In which currency, and by which rates."""

    currency: str
    fx: Fx


def beside_weeks(history: History, span: Span, known: datetime) -> Spans:
    """A span of whole buckets, known up to `known`, beside the same hours of up to four weeks before it.

    As far back as they are known: where `span` is not of whole days, as far as hours are.
    """
    begins = history.hours_begin() if span.length % _DAY else history.begins()
    weeks = (Span(span.start - n * _WEEK, span.end - n * _WEEK) for n in range(1, WEEKS + 1))
    part = Fraction((min(known, span.end) - span.start) // _SECOND, span.length // _SECOND)
    return Spans(tuple(week for week in weeks if begins is not None and begins <= week.start), span, part=part)


def excess_drivers(
    group: Group, scope: int, span: Span, known: datetime, money: Money, but: Collection[str]
) -> tuple[Driver, ...]:
    """The three that grew (of a drop: shrank) the most, of each dimension that tells something but those in `but`.

    `span` and `known` as in `beside_weeks`.
    """
    found = cells(group, beside_weeks(group.history, span, known), money.currency, money.fx, scope)
    return tuple(_drivers(found, group.history.directory, [name for name in DIMENSIONS if name not in but]))


def _drivers(found: Collection[Cell], directory: Directory, dimensions: Iterable[Dimension]) -> Iterator[Driver]:
    for dimension in dimensions:
        parts = _changed(found, directory, dimension)
        if any(part.id is not None for part in parts):
            yield from parts[:_DEAREST]


def _changed(found: Collection[Cell], directory: Directory, dimension: Dimension) -> list[Driver]:
    """What moved as the whole did, the farthest first."""
    sums: dict[str, Driver] = {}
    for cell in found:
        part = directory.part(cell.series, dimension)
        known = sums.get(Scope((part,)).key)
        owner = directory.owner(cell.series.source, dimension, part.id)
        amount = cell.after - cell.before + (known.amount if known else 0)
        sums[Scope((part,)).key] = Driver(dimension, part.id, part.name, amount, owner)
    whole = sum(cell.after - cell.before for cell in found)
    return sorted((o for o in sums.values() if o.amount * whole > 0), key=lambda o: (-abs(o.amount), o.id or ""))
