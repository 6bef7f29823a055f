"""Exchange rates as declared: dated, exact, of a pair or its inverse; never chained over a third currency."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from budgetbot.core.instant import micros


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `frm` is worth `rate` (above zero) of `to`, from the UTC day `since` until the pair's next rate."""

    frm: str
    to: str
    rate: Decimal
    since: date


class Fx:
    """The rates of a policy.

    A pair may be declared in either direction, at most once a day; the other direction is its exact inverse. There is
    no chain over a third currency: the two rates would be of different days and sources, and nobody has declared the
    product. What has no rate is said, not guessed.
    """

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._pairs: dict[tuple[str, str], list[tuple[date, Fraction]]] = {}
        for one in sorted(rates, key=lambda one: one.since):
            rate = Fraction(one.rate)
            self._pairs.setdefault((one.frm, one.to), []).append((one.since, rate))
            self._pairs.setdefault((one.to, one.frm), []).append((one.since, 1 / rate))
        for known in self._pairs.values():
            if any(one[0] == other[0] for one, other in pairwise(known)):
                raise ValueError("a pair of currencies has two rates since the same day")

    def rate(self, frm: str, to: str, day: date) -> Fraction | None:
        """How much of `to` one of `frm` is worth on a UTC day: the latest rate by then; None where there is none."""
        return self.course(frm, to).at(datetime.combine(day, time(), UTC))

    def course(self, frm: str, to: str) -> Course:
        """The rates of a pair over time."""
        if frm == to:
            return Course((), (Fraction(1),))
        known = self._pairs.get((frm, to), [])
        edges = (micros(datetime.combine(since, time(), UTC)) for since, _ in known)
        return Course(tuple(edges), (None, *(rate for _, rate in known)))


@dataclass(frozen=True, slots=True)
class Course:
    """What one unit of a currency was worth over time: `rates[i]` before `edges[i]` (microseconds UTC, rising)."""

    edges: tuple[int, ...]
    rates: tuple[Fraction | None, ...]

    def at(self, moment: datetime) -> Fraction | None:
        """The rate of a moment."""
        return self.rates[self.part(micros(moment))]

    def part(self, moment: int) -> int:
        """Which of the rates holds at a moment (microseconds UTC)."""
        return bisect_right(self.edges, moment)


NO_FX = Fx()


def declaration(codes: Iterable[str], to: str, since: str) -> str:
    """The line of a policy that is missing where these currencies have no rate."""
    return f"fx: [{', '.join(f'{{from: {code}, to: {to}, rate: ..., since: {since}}}' for code in codes)}]"
