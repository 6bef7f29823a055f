"""The ledger against an invoice: line items, tax, credits, what has not settled, and the unexplained rest. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.money import NANO, Nano, plain
from budgetbot.core.period import Span

Sort: TypeAlias = Literal["charge", "credit", "tax"]
_CENT = NANO // 100
_SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("tax", re.compile(r"tax(:|$)", re.IGNORECASE)),
    ("credit", re.compile(r"credit(:|$)", re.IGNORECASE)),
)
"""How a line item begins that is no usage: a file says "Tax: Amazon EC2"."""


class Charge(NamedTuple):
    """One billed line, in nano-units of its currency. `line_item` None where the bill names none."""

    line_item: str | None
    currency: str
    amount: Nano


class Item(NamedTuple):
    """All that the ledger holds of one line item and sort."""

    line_item: str | None
    sort: Sort
    amount: Nano


class Open(NamedTuple):
    """A day of a source whose bill may still change."""

    source: str
    day: date


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One month of the ledger beside its invoice, in nano-units of one currency.

    `others`: what the ledger holds of the month in other currencies, which no part of this counts.
    """

    span: Span
    currency: str
    invoice: Nano
    items: tuple[Item, ...]
    sources: tuple[str, ...] = ()
    unsettled: tuple[Open, ...] = ()
    others: Mapping[str, Nano] | None = None

    def sum(self, sort: Sort) -> Nano:
        """All charges, all credits or all tax."""
        return sum(item.amount for item in self.items if item.sort == sort)

    @property
    def ledger(self) -> Nano:
        """Everything together."""
        return sum(item.amount for item in self.items)

    @property
    def unexplained(self) -> Nano:
        """What the invoice asks beyond the ledger."""
        return self.invoice - self.ledger

    @property
    def matches(self) -> bool:
        """Whether they agree within a cent: an invoice is rounded."""
        return abs(self.unexplained) <= _CENT

    def row(self) -> dict[str, Json]:
        """As JSON; money as plain decimal strings."""
        return {
            "month": f"{self.span.start:%Y-%m}",
            "period": {"start": iso(self.span.start), "end": iso(self.span.end)},
            "sources": list(self.sources),
            "currency": self.currency,
            "invoice": plain(self.invoice),
            "ledger": plain(self.ledger),
            "charges": plain(self.sum("charge")),
            "credits": plain(self.sum("credit")),
            "tax": plain(self.sum("tax")),
            "unexplained": plain(self.unexplained),
            "matches": self.matches,
            "lines": [
                {"line_item": item.line_item, "kind": item.sort, "amount": plain(item.amount)} for item in self.items
            ],
            "unsettled": [{"source": one.source, "day": one.day.isoformat()} for one in self.unsettled],
            "other_currencies": {code: plain(amount) for code, amount in sorted((self.others or {}).items())},
        }


def reconcile(
    span: Span,
    charges: Iterable[Charge],
    invoice: Nano,
    currency: str,
    sources: Sequence[str] = (),
    unsettled: Iterable[Open] = (),
) -> Reconciliation:
    """The lines in `currency`, summed by line item and sort, the dearest first; credits and tax after the charges."""
    sums: defaultdict[tuple[Sort, str | None], Nano] = defaultdict(int)
    others: defaultdict[str, Nano] = defaultdict(int)
    for charge in charges:
        if charge.currency == currency:
            sums[sort_of(charge), charge.line_item] += charge.amount
        else:
            others[charge.currency] += charge.amount
    items = [Item(name, sort, amount) for (sort, name), amount in sums.items()]
    items.sort(key=lambda item: (item.sort, -abs(item.amount), item.line_item or ""))
    return Reconciliation(span, currency, invoice, tuple(items), tuple(sources), tuple(sorted(unsettled)), dict(others))


def sort_of(charge: Charge) -> Sort:
    """What its line item says it is; else what is negative is a credit."""
    name = (charge.line_item or "").strip()
    said = next((sort for sort, pattern in _SORTS if pattern.match(name)), None)
    return said or ("credit" if charge.amount < 0 else "charge")
