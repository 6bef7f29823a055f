"""What an amount is of, as people read it: money of a currency, or use of a metric."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from budgetbot.core.model import Json
from budgetbot.core.money import NANO, Nano, plain, show
from budgetbot.core.text import clean
from budgetbot.core.usage import count


class Unit(NamedTuple):
    """A currency or, where it `counts`, a metric. Amounts are nano-units of either, so that one image is 1e9."""

    name: str
    counts: bool = False

    def show(self, amount: Nano) -> str:
        """ "$840.12", "8,400 images" """
        return count(amount // NANO, self.name) if self.counts else show(amount, self.name)

    def limit(self, amount: Nano) -> str:
        """The same, without the cents where there are none: "$1,000"."""
        return self.show(amount) if self.counts else limit(amount, self.name)

    def ratio(self, part: Nano, whole: Nano) -> str:
        """ "$840.12 of $1,000", "8,400 of 10,000 images" """
        return f"{f'{part // NANO:,}' if self.counts else self.limit(part)} of {self.limit(whole)}"

    def plain(self, amount: Nano) -> str:
        """As JSON holds it: "840.12", "8400"."""
        return str(amount // NANO) if self.counts else plain(amount)


def unit_of(told: Mapping[str, Json]) -> Unit:
    """The unit of evidence, or of a row of budgets: its `metric` where it has one, else its `currency`."""
    if metric := told.get("metric"):
        return Unit(clean(str(metric), 40), counts=True)
    return Unit(clean(str(told.get("currency") or "USD"), 8))


def limit(amount: Nano, currency: str) -> str:
    """Like money.show, without the cents where there are none: "$1,000"."""
    return re.sub(r"\.00(?=$| )", "", show(amount, currency))
