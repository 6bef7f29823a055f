"""One source-day of spend: billed lines allocated by priced usage, and what usage says beyond the bill. Pure.

The provider's line stays what it is: it is split over what the bill lacks (key, user, tier, hour) and sums exactly.
While a day is not settled, each project and item counts the larger of bill and calibrated usage, never both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from budgetbot.core.calibrate import ONE, Calibration, DayRatio, Factor
from budgetbot.core.model import Series
from budgetbot.core.money import Nano, split
from budgetbot.core.pricing import Weight


class Billed(NamedTuple):
    """One current line of the bill of the day, in nano-units of its currency."""

    series: Series
    start: datetime
    end: datetime
    currency: str
    amount: Nano


class Spent(NamedTuple):
    """One row of derived spend. billed + estimated is the expected value; low and high are its band."""

    series: Series
    start: datetime
    end: datetime
    currency: str
    billed: Nano
    estimated: Nano
    low: Nano
    high: Nano


@dataclass(frozen=True, slots=True)
class SourceDay:
    """What is known of one day of one source. `items`: line items that its bills are known to have.

    `elapsed`: how much of the day is over, in parts per million. `settled`: the bill is final. `currency`: what the
    source bills in, for a day whose bill is still empty.
    """

    provider: str
    source: str
    start: datetime
    end: datetime
    lines: Sequence[Billed]
    weights: Sequence[Weight]
    items: frozenset[str]
    settled: bool
    elapsed: int = ONE
    currency: str = "USD"


@dataclass
class _Item:
    """One project and item of a day."""

    lines: list[Billed]
    weights: list[Weight]

    @property
    def listed(self) -> Nano:
        return sum(weight.amount for weight in self.weights)

    def billed(self, currency: str) -> Nano:
        return sum(line.amount for line in self.lines if line.currency == currency)


_Key = tuple[str | None, str]


def ratios(day: SourceDay) -> list[DayRatio]:
    """What calibration learns from the day, once it is settled."""
    currency = _currency(day)
    return [
        DayRatio(day.start, project, item, part.listed, part.billed(currency))
        for (project, item), part in sorted(_items(day).items(), key=lambda pair: (pair[0][0] or "", pair[0][1]))
    ]


def spend(day: SourceDay, calibration: Calibration) -> list[Spent]:
    """The rows of the day. Their billed parts sum to the bill, by project, line item and currency, exactly."""
    parts = _items(day)
    shape = _shape(day)
    currency = _currency(day)
    told = _told(day.lines)
    rows: list[Spent] = []
    for (project, item), part in parts.items():
        rows += _one(part, project, item, currency, calibration, shape, told, settled=day.settled)
    if not day.settled:
        rows += _recurring(day, parts, currency, calibration)
    return rows


def _items(day: SourceDay) -> dict[_Key, _Item]:
    """The day's lines and weights by project and item; what the bill does not name so meets under its model."""
    parts: dict[_Key, _Item] = defaultdict(lambda: _Item([], []))
    named: set[str] = set()
    models: set[str] = set()
    kinds = {weight.items for weight in day.weights}
    known = {items: next((item for item in items if item in day.items), None) for items in kinds}
    for items, name in known.items():
        if name is None:
            models.add(items[-1])
        else:
            named.add(name)
    for weight in day.weights:
        parts[weight.series.project, known[weight.items] or weight.items[-1]].weights.append(weight)
    for line in day.lines:
        item = line.series.line_item or line.series.model or ""
        by_model = item not in named and line.series.model in models
        parts[line.series.project, (line.series.model or item) if by_model else item].lines.append(line)
    return dict(parts)


def _currency(day: SourceDay) -> str:
    return max(((abs(line.amount), line.currency) for line in day.lines), default=(0, day.currency))[1]


def _shape(day: SourceDay) -> list[tuple[datetime, datetime, Nano]]:
    """How the source's usage lies over the day, for lines that no usage of their own cuts into hours."""
    hours: dict[tuple[datetime, datetime], Nano] = defaultdict(int)
    for weight in day.weights:
        if weight.end - weight.start < day.end - day.start:
            hours[weight.start, weight.end] += weight.amount
    return [(start, end, amount) for (start, end), amount in sorted(hours.items()) if amount > 0]


def _one(
    part: _Item,
    project: str | None,
    item: str,
    currency: str,
    calibration: Calibration,
    shape: Sequence[tuple[datetime, datetime, Nano]],
    told: frozenset[str],
    *,
    settled: bool,
) -> list[Spent]:
    shares: dict[str | None, list[Nano]] = {}
    rows: list[Spent] = []
    used = _by_series(part.weights)
    for line in part.lines:
        mine = sorted(i for series, places in used.items() if _covers(line.series, series, told) for i in places)
        if line.currency != currency or not mine:
            rows += _by_shape(line, shape)
            continue
        named = shares.setdefault(line.series.line_item, [0] * len(part.weights))
        for i, amount in zip(mine, split(line.amount, [part.weights[i].amount for i in mine]), strict=True):
            named[i] += amount
    sums = [sum(column) for column in zip(*shares.values(), strict=True)] or [0] * len(part.weights)
    names = _Names(part, item)
    if not names.single:
        rows += _by_name(shares, part.weights, currency)
    beside = sums if names.single else [0] * len(part.weights)
    billed = part.billed(currency)
    expected, low, high = (billed,) * 3 if settled else _expected(part.listed, calibration.factor(project, item))
    extra = _spread(max(0, expected - billed), part.weights, sums)
    below = _spread(max(0, low - billed), part.weights, sums)
    above = _spread(max(0, max(expected, high) - billed), part.weights, sums)
    for weight, share, more, least, most in zip(part.weights, beside, extra, below, above, strict=True):
        if share or more or most:
            low, high = share + min(least, more), share + max(most, more)
            rows.append(Spent(names.named(weight), weight.start, weight.end, currency, share, more, low, high))
    return rows


def _by_name(shares: Mapping[str | None, Sequence[Nano]], weights: Sequence[Weight], currency: str) -> Iterator[Spent]:
    """What one model's usage was billed under several names stays under them."""
    for name, amounts in shares.items():
        for weight, amount in zip(weights, amounts, strict=True):
            if amount:
                series = weight.series._replace(line_item=name)
                yield Spent(series, weight.start, weight.end, currency, amount, 0, amount, amount)


def _by_series(weights: Sequence[Weight]) -> dict[Series, list[int]]:
    """Where the weights of each series stand, of those that weigh anything."""
    places: dict[Series, list[int]] = defaultdict(list)
    for i, weight in enumerate(weights):
        if weight.amount > 0:
            places[weight.series].append(i)
    return places


class _Names:
    """The series of usage with the line item: the bill's own name where the item has just one, else the component's."""

    def __init__(self, part: _Item, item: str) -> None:
        names = {line.series.line_item for line in part.lines}
        self.single = len(names) == 1
        self._only = names.pop() if self.single else None
        self._item = item
        self._known: dict[tuple[Series, tuple[str, ...]], Series] = {}

    def named(self, weight: Weight) -> Series:
        key = weight.series, weight.items
        known = self._known.get(key)
        if known is None:
            own = self._item in weight.items and self._item != weight.items[-1]
            name = self._only if self.single else self._item if own else weight.items[0]
            known = self._known[key] = weight.series._replace(line_item=name)
        return known


_SHARED = ("api_key", "user", "service_tier", "batch")  # what a bill may lack


def _told(lines: Sequence[Billed]) -> frozenset[str]:
    """What the bill of the day knows: where it names some keys, a line without one is of no key."""
    return frozenset(name for name in _SHARED if any(getattr(line.series, name) is not None for line in lines))


def _covers(line: Series, usage: Series, told: frozenset[str]) -> bool:
    """Whether usage may be what a line bills: they agree in whatever the bill tells."""
    return all(
        said == used or (said is None and name not in told)
        for name, said, used in (
            ("api_key", line.api_key, usage.api_key), ("user", line.user, usage.user),
            ("service_tier", line.service_tier, usage.service_tier), ("batch", line.batch, usage.batch),
        )
    )  # fmt: skip


def _by_shape(line: Billed, shape: Sequence[tuple[datetime, datetime, Nano]]) -> Iterator[Spent]:
    """A line that no usage of its own explains keeps its nulls; only its hours follow the source's usage."""
    if not shape:
        yield _plain(line, line.start, line.end, line.amount)
        return
    amounts = split(line.amount, [weight for _, _, weight in shape])
    for (start, end, _), amount in zip(shape, amounts, strict=True):
        if amount:
            yield _plain(line, start, end, amount)
    if not line.amount:
        yield _plain(line, line.start, line.end, 0)


def _plain(line: Billed, start: datetime, end: datetime, amount: Nano) -> Spent:
    return Spent(line.series, start, end, line.currency, amount, 0, amount, amount)


def _expected(listed: Nano, factor: Factor) -> tuple[Nano, Nano, Nano]:
    return listed * factor.expected // ONE, listed * factor.low // ONE, listed * factor.high // ONE


def _spread(amount: Nano, weights: Sequence[Weight], billed: Sequence[Nano]) -> list[Nano]:
    """What goes beyond the bill goes where usage is not billed yet."""
    if not amount or not weights:
        return [0] * len(weights)
    listed = [weight.amount for weight in weights]
    open_ = [max(0, w - b) for w, b in zip(listed, billed, strict=True)]
    chosen = open_ if any(open_) else listed
    return split(amount, chosen) if any(chosen) else [0] * len(weights)


def _recurring(day: SourceDay, parts: dict[_Key, _Item], currency: str, calibration: Calibration) -> Iterator[Spent]:
    """What is billed day by day without any usage is expected today as well, as far as the day has come."""
    for project, item in calibration.recurrent:
        part = parts.get((project, item))
        usual = calibration.recurring(project, item)
        if usual is None or (part is not None and part.weights):
            continue
        billed = part.billed(currency) if part else 0
        low, high = calibration.recurring_band(project, item)
        least, missing, most = (max(0, whole * day.elapsed // ONE - billed) for whole in (low, usual, high))
        if missing > 0:
            series = Series(day.provider, day.source, project=project, line_item=item)
            yield Spent(series, day.start, day.end, currency, 0, missing, least, most)
