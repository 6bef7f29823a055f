"""Why spend changed between two spans: what is new or gone, and in the rest volume, price and mix. Pure, exact.

A value of a dimension (a key, a model) that cost nothing before is `new`, one that costs nothing after is `gone`. The
change of every other one is parted by the mean of the two orders in which two causes may have come, which for two is
their Shapley value; of cost differences it is Bennet's method (https://paperzz.com/doc/7777081, W. E. Diewert, Index
number theory using differences rather than ratios, 2005). First into price and quantity, then quantity into volume and
mix. With cost E and use q of each of the value's series, its price p = E/q, all use Q of one unit, the share s = q/Q,
and 0 before, 1 after:

    price  = sum of (q0 + q1)/2 * (p1 - p0)
    volume = (Q1 - Q0) * sum of (s0 + s1)/2 * (p0 + p1)/2
    mix    = (Q0 + Q1)/2 * sum of (s1 - s0) * (p0 + p1)/2

A series that was not used in one span has the price of the other one in both. What each series' use of one span costs
at the price of the other is rounded to a nano-unit, and so are the three, by largest remainder: together they are the
whole change. Where no use is known, cost alone is counted: all of its change is volume, and not `measured`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from budgetbot.core.change import EXPLAINED, Cause, Change, Reason, concentrated
from budgetbot.core.directory import Directory
from budgetbot.core.model import Dimension, Part, Series
from budgetbot.core.money import Nano, product


class Cell(NamedTuple):
    """What one series cost in both spans, nano-units of one currency, and how much was used of `unit`.

    `unit` None: its use is not known. With a unit there is use wherever there is cost.
    """

    series: Series
    before: Nano
    after: Nano
    used_before: int = 0
    used_after: int = 0
    unit: str | None = None


class _Priced(NamedTuple):
    """A cell with what its use of each span costs at the prices of the other, and whose it is by label."""

    cell: Cell
    new_at_old: Nano
    old_at_new: Nano
    owner: tuple[str, ...]


class _Value(NamedTuple):
    part: Part
    cells: list[_Priced]


def change(cells: Iterable[Cell], directory: Directory) -> Change:
    """The change of what the cells cost, by every dimension."""
    live = [_priced(cell, directory) for cell in cells if cell.before or cell.after]
    parts: list[Cause] = []
    spread: dict[Dimension, Fraction] = {}
    for dimension in EXPLAINED:
        values = _values(live, dimension, directory)
        spread[dimension] = concentrated([sum(abs(c.before) + abs(c.after) for c, *_ in one.cells) for one in values])
        for part, mine in values:
            owner = _owner(part, mine, directory)
            name = part.name if part.name is not None else part.id
            parts += (Cause(dimension, part.id, name, owner, *cause) for cause in _causes(mine))
    return Change(sum(one.cell.after - one.cell.before for one in live), tuple(parts), spread)


def _priced(cell: Cell, directory: Directory) -> _Priced:
    new_at_old = _at(cell.used_after, cell.before, cell.used_before, cell.after)
    old_at_new = _at(cell.used_before, cell.after, cell.used_after, cell.before)
    return _Priced(cell, new_at_old, old_at_new, directory.subject(cell.series).get("owner", ()))


def _values(cells: Iterable[_Priced], dimension: Dimension, directory: Directory) -> list[_Value]:
    found: dict[tuple[str, str | None], _Value] = {}
    for one in cells:
        part = directory.part(one.cell.series, dimension)
        found.setdefault((part.source or "", part.id), _Value(part, [])).cells.append(one)
    return list(found.values())


def _owner(part: Part, cells: Iterable[_Priced], directory: Directory) -> str | None:
    """Whom the provider names, as drivers do; else by label, where all of it has the same."""
    labels = {one.owner for one in cells}
    label = labels.pop() if len(labels) == 1 else ()
    return directory.owner(part.source or "", part.dimension, part.id) or next(iter(label), None)


def _causes(priced: Sequence[_Priced]) -> Iterator[tuple[Reason, Nano, bool]]:
    """Why one value's cost changed: reason, amount, whether by its use."""
    cells = [one.cell for one in priced]
    whole = sum(cell.after - cell.before for cell in cells)
    if not any(cell.before for cell in cells) or not any(cell.after for cell in cells):
        if whole:
            yield ("new" if any(cell.after for cell in cells) else "gone"), whole, True
        return
    by_cost = sum(cell.after - cell.before for cell in cells if cell.unit is None)
    reasons: tuple[Reason, ...] = ("volume", "price", "mix")
    for kind, amount in zip(reasons, _by_use(priced, whole - by_cost), strict=True):
        if amount:
            yield kind, amount, True
    if by_cost:
        yield "volume", by_cost, False


def _by_use(cells: Iterable[_Priced], whole: Nano) -> list[Nano]:
    """Volume, price and mix of what is measured; together `whole`."""
    units: dict[str, list[_Priced]] = {}
    for one in cells:
        if one.cell.unit is not None:
            units.setdefault(one.cell.unit, []).append(one)
    sums = [sum(column, Fraction()) for column in zip(*map(_of_unit, units.values()), strict=True)]
    return _rounded(sums or [Fraction()] * 3, whole)


def _of_unit(priced: Sequence[_Priced]) -> tuple[Fraction, Fraction, Fraction]:
    """The formulas above: of all sums in them four are needed, use of each span at the prices of each."""
    cells = [one.cell for one in priced]
    q0, q1 = sum(cell.used_before for cell in cells), sum(cell.used_after for cell in cells)
    old, new = sum(cell.before for cell in cells), sum(cell.after for cell in cells)
    if not q0 or not q1:
        return Fraction(new - old), Fraction(), Fraction()
    new_at_old, old_at_new = sum(one.new_at_old for one in priced), sum(one.old_at_new for one in priced)
    price = Fraction(old_at_new - old + new - new_at_old, 2)
    volume = Fraction(q1 - q0, 4) * (Fraction(old + old_at_new, q0) + Fraction(new + new_at_old, q1))
    return volume, price, new - old - price - volume


def _at(used: int, cost: Nano, of: int, own: Nano) -> Nano:
    """What `used` costs at the price `cost / of` of the other span; at its own where that has none."""
    return product(cost, Fraction(used, of)) if of else own


def _rounded(parts: Sequence[Fraction], whole: Nano) -> list[Nano]:
    """Whole numbers that sum to `whole`, by largest remainder, and alike on both sides of zero."""
    found = [round(part) for part in parts]
    missing = whole - sum(found)
    if missing:
        sign = 1 if missing > 0 else -1
        nearest = sorted(range(len(parts)), key=lambda i: (sign * (found[i] - parts[i]), i))
        for i in nearest[: abs(missing)]:
            found[i] += sign
    return found
