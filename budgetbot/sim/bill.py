"""The bill: what was counted times its price, in whole picodollars, per stream and line item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from budgetbot.sim.family import Component
from budgetbot.sim.price import PRICES, pico_per_unit
from budgetbot.sim.stream import Dimensions
from budgetbot.sim.traffic import Counts, Traffic


class Bill:
    """Cells of the bill: each stream has one per component of its family.

    `cells` are their dimensions with `line_item`, `components` what they count, `prices` picodollars per counted unit.
    `factors`: by model or tool, what its list prices are multiplied by; ValueError for one that has no prices.
    """

    def __init__(self, traffics: Sequence[Traffic], factors: Mapping[str, Decimal] | None = None) -> None:
        unknown = sorted(set(factors or ()) - set(PRICES))
        if unknown:
            raise ValueError(f"no prices of {', '.join(unknown)}")
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
                    share = stream.share * (factors or {}).get(stream.priced_as, Decimal(1))
                    prices.append(pico_per_unit(stream.priced_as, component.name, share))
        self.prices: Counts = np.array(prices, dtype=np.int64)

    def quantities(self, start: int, end: int) -> Counts:
        """Counted units of every cell from `start` until `end` (Unix seconds)."""
        parts = []
        for traffic, columns in zip(self._traffics, self._columns, strict=True):
            flow = traffic.flow(start, end)
            parts += [flow[:, of].sum(axis=1) for of in columns]
        return np.concatenate(parts)

    def quantities_until(self, start: int, ends: Counts) -> Counts:
        """The same within one UTC day, each cell until an end of its own."""
        parts, at = [], 0
        for traffic, columns in zip(self._traffics, self._columns, strict=True):
            for of in columns:
                parts.append(traffic.flow_until(start, ends[at : at + len(traffic.streams)], of))
                at += len(traffic.streams)
        return np.concatenate(parts)

    def amounts(self, start: int, end: int) -> Counts:
        """Picodollars of every cell from `start` until `end`."""
        return self.quantities(start, end) * self.prices


def dollars(pico: int, discount: Decimal) -> Decimal:
    """Picodollars less the discount, exactly."""
    list_price = Decimal(pico).scaleb(-12)
    return list_price if not discount else list_price - list_price * discount
