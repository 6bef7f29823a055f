"""Bills that changed after their day was closed: by how much, and since when that is known. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from budgetbot.core.model import Json, Series
from budgetbot.core.money import Nano, exact, nano, plain, show
from budgetbot.core.text import clean


class Change(NamedTuple):
    """By how much the bill of one series and UTC day changed, in nano-units; `at`: when that last became known."""

    series: Series
    day: datetime
    currency: str
    change: Nano
    at: datetime


@dataclass(frozen=True, slots=True)
class Restatement:
    """By how much the bill of one source and UTC day changed after it was closed, in nano-units."""

    source: str
    day: datetime
    currency: str
    change: Nano
    at: datetime


def restatements(changes: Iterable[Change], meets: Callable[[Series], bool] | None = None) -> list[Restatement]:
    """The changes of the series that are meant, summed by source, day and currency; what evens out is left out."""
    sums: dict[tuple[str, datetime, str], tuple[Nano, datetime]] = {}
    for one in changes:
        if meets is None or meets(one.series):
            key = one.series.source, one.day, one.currency
            amount, at = sums.get(key, (0, one.at))
            sums[key] = amount + one.change, max(at, one.at)
    return [Restatement(*key, amount, at) for key, (amount, at) in sorted(sums.items()) if amount]


class Told(NamedTuple):
    """A restatement as it is told: the day by its date."""

    source: str
    day: date
    change: Nano
    currency: str


def restated_rows(found: Iterable[Restatement]) -> list[Json]:
    """As JSON: {"source", "day", "change", "currency"}."""
    return [
        {"source": one.source, "day": f"{one.day:%Y-%m-%d}", "change": plain(one.change), "currency": one.currency}
        for one in found
    ]


def told_of(rows: Json) -> list[Told]:
    """The inverse of restated_rows; what is of another shape is left out."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            try:
                day, change = date.fromisoformat(str(row.get("day"))), nano(exact(row.get("change")))
            except ValueError:
                continue
            found.append(Told(str(row.get("source") or ""), day, change, str(row.get("currency") or "USD")))
    return found


def restated_words(told: Sequence[Told], most: int = 3) -> str:
    """In a sentence: "3 March changed by +$41.20 after it closed."; empty where there is nothing to tell.

    The largest changes first; sources are named where there are several.
    """
    if not told:
        return ""
    order = sorted(told, key=lambda one: (-abs(one.change), one.day, one.source))
    several = len({one.source for one in told}) > 1
    words = [_words(one, several=several) for one in order[:most]]
    more = len(order) - most
    words += [f"{more} more {'day' if more == 1 else 'days'} as well"] if more > 0 else []
    whole = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"{whole} after {'it' if len(order) == 1 else 'they'} closed."


def _words(one: Told, *, several: bool) -> str:
    whose = f" ({clean(one.source, 40)})" if several else ""
    sign = "+" if one.change > 0 else ""
    return f"{one.day.day} {one.day:%B}{whose} changed by {sign}{show(one.change, clean(one.currency, 8))}"
