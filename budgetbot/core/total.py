"""A sum of spend: what is billed, what is estimated beyond it, the band; and the same in another currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from budgetbot.core.money import Nano, product, products


@dataclass(frozen=True, slots=True)
class Total:
    """What one scope spent in one span and currency, in nano-units."""

    billed: Nano = 0
    estimated: Nano = 0
    low: Nano = 0
    high: Nano = 0

    @property
    def spent(self) -> Nano:
        """Billed and estimated together: the expected value."""
        return self.billed + self.estimated

    def __add__(self, other: Total) -> Total:
        return Total(
            self.billed + other.billed,
            self.estimated + other.estimated,
            self.low + other.low,
            self.high + other.high,
        )

    def times(self, rate: Fraction) -> Total:
        """In another currency: each part rounded once, half to even, and low <= spent <= high kept."""
        return times([self], rate)[0]


def times(parts: Sequence[Total], rate: Fraction) -> list[Total]:
    """The parts of one sum in another currency: what is billed and estimated still adds up to `sum.times(rate)`."""
    if rate == 1:
        return list(parts)
    billed = products([part.billed for part in parts], rate)
    estimated = products([part.estimated for part in parts], rate)
    return [
        Total(b, e, min(product(part.low, rate), b + e), max(product(part.high, rate), b + e))
        for part, b, e in zip(parts, billed, estimated, strict=True)
    ]


def added(totals: Sequence[Total]) -> Total:
    """All of them together."""
    return sum(totals, Total())
