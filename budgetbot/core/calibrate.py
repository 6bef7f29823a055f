"""How much a settled bill differs from usage at list price, and how sure that is. Pure.

Per project and item the ratio of what settled to what was estimated on closed days corrects the live figure (a
discount, a price that changed, a model that is billed otherwise) and gives its band. Ratios are integers, parts per
million.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from budgetbot.core.money import NANO, Nano

ONE = 10**6
DAYS = 3  # settled days whose pooled ratio corrects: a new contract is learnt within as many
BAND_DAYS = 21  # over which past errors are looked at
_LEAST = NANO // 100  # a cent at list price: with less a ratio says nothing
_FLOOR = ONE * 3 // 100  # no band is narrower than 3 %
_FEW, _NONE = ONE * 15 // 100, ONE // 2  # the band with few settled days, and with none


class DayRatio(NamedTuple):
    """One day of one project and item: what usage said at list price and what was billed, in nano-units."""

    day: datetime
    project: str | None
    item: str
    listed: Nano
    billed: Nano


@dataclass(frozen=True, slots=True)
class Factor:
    """What multiplies usage at list price, in parts per million; `days` settled days speak for it."""

    expected: int = ONE
    low: int = ONE - _NONE
    high: int = ONE + _NONE
    days: int = 0


class Calibration:
    """Factors by project and item; where one is new, those of the item elsewhere, then of the whole source."""

    def __init__(self, settled: Iterable[DayRatio]) -> None:
        self._days: dict[tuple[str | None, str], list[DayRatio]] = defaultdict(list)
        pooled: dict[tuple[str, datetime], list[DayRatio]] = defaultdict(list)
        known: set[datetime] = set()
        for ratio in settled:
            known.add(ratio.day)
            self._days[ratio.project, ratio.item].append(ratio)
            pooled[ratio.item, ratio.day].append(ratio)
            pooled["", ratio.day].append(ratio)
        self._items: dict[str, list[DayRatio]] = defaultdict(list)
        for (item, day), every in pooled.items():
            parts = [p for p in every if p.listed > 0]
            whole = DayRatio(day, None, item, sum(p.listed for p in parts), sum(p.billed for p in parts))
            self._items[item].append(whole)
        self._last = sorted(known)[-DAYS:]
        self._known: dict[tuple[str | None, str], Factor] = {}

    def factor(self, project: str | None, item: str) -> Factor:
        """The correction for one project and item."""
        known = self._known.get((project, item))
        if known is None:
            known = self._known[project, item] = self._factor(project, item)
        return known

    def _factor(self, project: str | None, item: str) -> Factor:
        for days in (self._days.get((project, item), []), self._items.get(item, []), self._items.get("", [])):
            usable = sorted((d for d in days if d.listed >= _LEAST), key=lambda d: d.day)[-BAND_DAYS:]
            if usable:
                return _from(usable)
        return Factor()

    def recurring(self, project: str | None, item: str) -> Nano | None:
        """What is billed every day though no usage tells of it: the last days' median; None where it is not so."""
        days = sorted(self._days.get((project, item), []), key=lambda d: d.day)[-DAYS:]
        if len(days) < DAYS or any(d.listed or d.billed <= 0 for d in days):
            return None
        if [d.day for d in days] != self._last:
            return None  # it has ended
        return sorted(d.billed for d in days)[len(days) // 2]

    def recurring_band(self, project: str | None, item: str) -> tuple[Nano, Nano]:
        """Between what a whole day of it lay of late; from nothing to twice the usual where few days speak for it."""
        usual = self.recurring(project, item) or 0
        days = sorted(self._days.get((project, item), []), key=lambda d: d.day)[-BAND_DAYS:]
        if len(days) < 2 * DAYS:
            return 0, usual * 2
        floor = usual * _FLOOR // ONE
        return min(usual - floor, *(d.billed for d in days)), max(usual + floor, *(d.billed for d in days))

    @property
    def recurrent(self) -> Sequence[tuple[str | None, str]]:
        """All that recurs without usage."""
        return [key for key in self._days if self.recurring(*key) is not None]


def _from(days: Sequence[DayRatio]) -> Factor:
    expected = _pooled(days[-DAYS:])
    errors = []
    for i in range(1, len(days)):
        foreseen = _pooled(days[max(0, i - DAYS) : i])
        if foreseen:
            errors.append(days[i].billed * ONE * ONE // (days[i].listed * foreseen) - ONE)
    if len(errors) < DAYS:
        return Factor(expected, expected * (ONE - _FEW) // ONE, expected * (ONE + _FEW) // ONE, len(days))
    errors.sort()
    cut = len(errors) // 20
    low, high = min(errors[cut], -_FLOOR), max(errors[-1 - cut], _FLOOR)
    return Factor(expected, expected * max(0, ONE + low) // ONE, expected * (ONE + high) // ONE, len(days))


def _pooled(days: Sequence[DayRatio]) -> int:
    listed = sum(d.listed for d in days)
    return sum(d.billed for d in days) * ONE // listed if listed else 0
