"""A change of spend with its causes, and the few of them that matter. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

from budgetbot.core.model import Dimension
from budgetbot.core.money import Nano

Reason: TypeAlias = Literal["new", "gone", "volume", "price", "mix"]
EXPLAINED: tuple[Dimension, ...] = ("api_key", "user", "model", "line_item", "project")
"""The dimensions that a change is told by; of equal ones the first is chosen."""

MOST = 5
"""Causes that are told where nothing else is asked for."""
_SMALL = 100  # what is less than this part of the largest cause is among the rest


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of a change: which value (`id` None: what has none), why, and how much (nano-units, signed)."""

    dimension: Dimension
    id: str | None
    name: str | None
    owner: str | None
    kind: Reason
    amount: Nano
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """`parts`: for each of EXPLAINED causes that sum to `total`. `spread`: 0 to 1, how far spend itself is on one value
    of a dimension.
    """

    total: Nano
    parts: tuple[Cause, ...] = ()
    spread: Mapping[Dimension, Fraction] = field(default_factory=dict)

    def by(self, dimension: Dimension) -> tuple[Cause, ...]:
        """The causes of one dimension."""
        return tuple(cause for cause in self.parts if cause.dimension == dimension)


class Top(NamedTuple):
    """The causes that matter, those of one value together, the largest first; and what all others come to."""

    causes: tuple[Cause, ...]
    rest: Nano


def top(change: Change, most: int = MOST) -> Top:
    """The few causes that matter, all of one dimension, so that nothing is counted twice."""
    causes = sorted(change.by(_chosen(change)), key=lambda cause: (-abs(cause.amount), cause.id or ""))
    kept = [cause for cause in causes[:most] if abs(cause.amount) * _SMALL >= abs(causes[0].amount)]
    first = {(cause.id, cause.owner): i for i, cause in reversed(list(enumerate(kept)))}
    kept.sort(key=lambda cause: first[cause.id, cause.owner])
    return Top(tuple(kept), change.total - sum(cause.amount for cause in kept))


def _chosen(change: Change) -> Dimension:
    """A key, where one explains most; else the dimension where change is on one value further than spend itself is.

    A dimension of one value alone explains nothing, so it is the last resort.
    """
    several = [name for name in EXPLAINED if change.spread.get(name) != 1] or EXPLAINED
    sums = {name: _sums(change, name) for name in several}
    gain = {name: _named(one) - change.spread.get(name, 1) for name, one in sums.items()}
    keys = sums.get("api_key", {})
    most = max((abs(amount) for id, amount in keys.items() if id is not None), default=0)
    if gain.get("api_key", 0) > 0 and 2 * most > sum(map(abs, keys.values())):
        return "api_key"
    return max(several, key=lambda name: gain[name])


def _sums(change: Change, dimension: Dimension) -> dict[str | None, Nano]:
    found: dict[str | None, Nano] = {}
    for cause in change.by(dimension):
        found[cause.id] = found.get(cause.id, 0) + cause.amount
    return found


def _named(sums: Mapping[str | None, Nano]) -> Fraction:
    """How far a change is on one value; what has no value is of nobody in particular."""
    return concentrated([amount for id, amount in sums.items() if id is not None], sums.get(None, 0))


def concentrated(amounts: Sequence[Nano], scattered: Nano = 0) -> Fraction:
    """Herfindahl's index: 1 where all is one amount, 1/n where n are equal; `scattered` is of nobody in particular."""
    whole = sum(map(abs, amounts)) + abs(scattered)
    return Fraction(sum(amount * amount for amount in amounts), whole * whole) if whole else Fraction(0)
