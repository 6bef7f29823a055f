"""The bill: what was counted times its price, in whole picodollars, per stream and line item."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from budgetbot.sim.family import Component
from budgetbot.sim.price import pico_per_unit
from budgetbot.sim.stream import Dimensions
from budgetbot.sim.traffic import Counts, Traffic


class Bill:
    """Cells of the bill: each stream has one per component of its family.

    `cells` are their dimensions with `line_item`, `components` what they count, `prices` picodollars per counted unit.
    """

    def __init__(self, traffics: Sequence[Traffic]) -> None:
        self._traffics = tuple(traffics)
        self._columns: list[list[npt.NDArray[np.intp]]] = []
        self.cells: list[Dimensions] = []
        self.components: list[Component] = []
        prices: list[int] = []
        for traffic in self._traffics:
            family = traffic.family
            self._columns.append(
                [np.array([family.counted.index(part) for part in each.of]) for each in family.components]
            )
            for component in family.components:
                for stream in traffic.streams:
                    label = component.line_item(stream.priced_as)
                    self.cells.append({**stream.dimensions, "line_item": label})
                    self.components.append(component)
                    prices.append(pico_per_unit(stream.priced_as, component.name, stream.share))
        self.prices: Counts = np.array(prices, dtype=np.int64)

    def quantities(self, start: int, end: int) -> Counts:
        """Counted units of every cell from `start` until `end` (Unix seconds)."""
        parts = []
        for traffic, columns in zip(self._traffics, self._columns, strict=True):
            flow = traffic.flow(start, end)
            parts += [flow[:, of].sum(axis=1) for of in columns]
        return np.concatenate(parts)

    def amounts(self, start: int, end: int) -> Counts:
        """Picodollars of every cell from `start` until `end`."""
        return self.quantities(start, end) * self.prices


def dollars(pico: int, discount: Decimal) -> Decimal:
    """Picodollars less the discount, exactly."""
    list_price = Decimal(pico).scaleb(-12)
    return list_price if not discount else list_price - list_price * discount
