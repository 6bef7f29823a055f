"""A span of a History beside those before it, series by series, with what was used: what a change is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from budgetbot.core.change import Change
from budgetbot.core.drivers import Cell, change
from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.group import Group
from budgetbot.core.model import METRICS, Series
from budgetbot.core.money import Nano, product
from budgetbot.core.period import Span
from budgetbot.core.pricing import DEAR, Component, components, items

Use: TypeAlias = Mapping[Series, Mapping[str, int]]
"""What was used in one span: by series of usage, its METRICS."""

NO_USE: Use = MappingProxyType({})

COUNTS: tuple[str, ...] = tuple(name for name in METRICS if name != "bytes")
"""The metrics that tell how much was used; what is stored adds up over no span."""

_UNITS = {"image": "images", "character": "characters", "second": "seconds", "session": "sessions"}
_SAID: Mapping[Component, re.Pattern[str]] = {
    "cache write 1h": re.compile(r"cach.*writ.*\b1 ?h|\b1 ?h.*cach.*writ", re.IGNORECASE),
    "cache write": re.compile(r"cach.*writ", re.IGNORECASE),
    "cached input": re.compile(r"cach", re.IGNORECASE),
    "output": re.compile(r"\boutput\b", re.IGNORECASE),
    "input": re.compile(r"\binput\b", re.IGNORECASE),
}  # how bills describe it in words of their own; the first that fits
_WHOLE = ("calls", "sessions", "requests")  # of a line item that no component prices: the first that is known


class Spans(NamedTuple):
    """A span, and those before it whose mean it is compared with; `used_before` is of all of those together.

    `part`: how much of that mean counts, where the span after is not over.
    """

    before: tuple[Span, ...]
    after: Span
    used_before: Use = NO_USE
    used_after: Use = NO_USE
    part: Fraction = Fraction(1)

    def mean(self, total: int) -> int:
        """What counts of a sum over all spans before."""
        several = len(self.before) > 1 or self.part != 1
        return product(total, self.part / max(len(self.before), 1)) if several else total


def changed(group: Group, spans: Spans, currency: str, fx: Fx = NO_FX, scope: int = 0) -> Change:
    """Why one scope's spend changed, in one currency; what has no rate to it is not looked at.

    Of two spans it sums to the difference of their `converted` totals.
    """
    if scope >= len(group.scopes):
        return Change(0)
    return change(cells(group, spans, currency, fx, scope), group.history.directory)


def cells(group: Group, spans: Spans, currency: str, fx: Fx = NO_FX, scope: int = 0) -> list[Cell]:
    """Every series of one scope that cost something in any of the spans."""
    costs: tuple[dict[int, Nano], dict[int, Nano]] = ({}, {})
    for found, those in zip(costs, (spans.before, (spans.after,)), strict=True):
        for span in those:
            for i, amount in group.by_series(span, currency, scope, fx):
                found[i] = found.get(i, 0) + amount
    before, after = costs
    every = group.history.series
    used = _Used(every, spans)
    numbers = sorted({**before, **after})
    return [used.measured(Cell(every[i], spans.mean(before.get(i, 0)), after.get(i, 0))) for i in numbers]


class _Used:
    """How much was used of what a series bills: its line item's part of what the series beside it used."""

    def __init__(self, every: Iterable[Series], spans: Spans) -> None:
        self._uses = (spans.used_before, spans.used_after)
        self._mean = spans.mean
        self._named: dict[Series, set[str]] = {}
        self._bills: dict[Series, Mapping[Component, str]] = {}
        self._parts: dict[int, Mapping[Component, int]] = {}  # by what was used: a series for each line item asks again
        for series in every if any(self._uses) else ():
            self._named.setdefault(series._replace(line_item=None), set()).add(_item(series))

    def measured(self, cell: Cell) -> Cell:
        """The cell with the first unit that is known wherever it has cost."""
        base = cell.series._replace(line_item=None)
        before, after = (dict(self._counts(cell.series, base, use)) for use in self._uses)
        for unit in dict.fromkeys((*before, *after)):
            q0, q1 = self._mean(before.get(unit, 0)), after.get(unit, 0)
            if (q0 or not cell.before) and (q1 or not cell.after):
                return cell._replace(used_before=q0, used_after=q1, unit=unit)
        return cell

    def _counts(self, series: Series, base: Series, use: Use) -> Iterator[tuple[str, int]]:
        metrics = use.get(base) or use.get(series)
        if not metrics:
            return
        bill = self._bill(base)
        mine: dict[str, int] = {}
        parts = self._parts.get(id(metrics))
        if parts is None:
            parts = self._parts[id(metrics)] = components(metrics)
        for component, count in parts.items():
            if bill.get(component) == _item(series):
                unit = _UNITS.get(component, "tokens")
                mine[unit] = mine.get(unit, 0) + count
        yield from mine.items()
        yield from ((unit, metrics[unit]) for unit in _WHOLE if metrics.get(unit) and unit not in mine)

    def _bill(self, base: Series) -> Mapping[Component, str]:
        known = self._bills.get(base)
        if known is None:
            known = self._bills[base] = _billed(base.model or "", frozenset(self._named.get(base, ())))
        return known


def _item(series: Series) -> str:
    return series.line_item or series.model or ""


@lru_cache(maxsize=1024)
def _billed(model: str, named: frozenset[str]) -> Mapping[Component, str]:
    """The line item that each component is on: by its name, by how the item is described, or as there is just one."""
    exact = {part: name for part in DEAR if (name := next((n for n in items(model, part) if n in named), None))}
    if exact:
        return exact
    said: dict[Component, list[str]] = {}
    for name in named:
        part = next((part for part, pattern in _SAID.items() if pattern.search(name)), None)
        if part is not None:
            said.setdefault(part, []).append(name)
    if said:
        return {part: names[0] for part, names in said.items() if len(names) == 1}
    return dict.fromkeys(DEAR, next(iter(named))) if len(named) == 1 else {}
