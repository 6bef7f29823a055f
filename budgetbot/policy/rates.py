"""Exchange rates that the policy declares: what budgets, digests and answers in another currency are counted with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from budgetbot.core.fx import Rate
from budgetbot.core.money import exact
from budgetbot.policy.entry_fields import CurrencyField
from budgetbot.policy.mistakes import Mistake
from budgetbot.policy.prices import SinceField
from budgetbot.rules.fields import Strict
from budgetbot.rules.wrong import shown

if TYPE_CHECKING:
    from budgetbot.policy.draft import Draft, Entry

_MOST = 10**9


def _rate(value: object) -> object:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", text):
        raise ValueError(f"{shown(value)} is not an exchange rate; write a number such as 0.92")
    rate = exact(text)
    if rate <= 0:
        raise ValueError(f"{shown(value)} is not above zero; write what one unit of `from` is worth, such as 0.92")
    if rate > _MOST:
        raise ValueError(f"{shown(value)} is no rate of this world; write at most {_MOST}")
    return rate


RateField: TypeAlias = Annotated[
    Decimal,
    BeforeValidator(_rate),
    WithJsonSchema({"type": ["number", "string"], "exclusiveMinimum": 0, "examples": [0.92]}),
]


class FxEntry(Strict):
    """What one currency is worth in another, from a day on until the pair's next rate; the inverse follows from it."""

    frm: CurrencyField = Field(alias="from")
    """The currency that is converted."""
    to: CurrencyField
    """The currency it is converted into."""
    rate: RateField
    """How much of `to` one unit of `from` is worth."""
    since: SinceField
    """From which day on (UTC); what was spent before it has another rate, or none."""

    @model_validator(mode="after")
    def _two(self) -> FxEntry:
        if self.frm == self.to:
            raise ValueError(f"from and to are both {self.to}; write two currencies")
        return self

    def rate_of_pair(self) -> Rate:
        """As the program uses it."""
        return Rate(self.frm, self.to, self.rate, self.since)


def check_fx(draft: Draft) -> Iterator[Mistake]:
    """A pair of currencies, in either direction, has one rate a day."""
    first: dict[tuple[frozenset[str], object], Entry] = {}
    for entry in draft.of("fx"):
        if isinstance(entry.model, FxEntry):
            pair = frozenset({entry.model.frm, entry.model.to})
            other = first.setdefault((pair, entry.model.since), entry)
            if other is not entry:
                names = " and ".join(sorted(pair))
                words = f"{names} have a rate since {entry.model.since} at {other.where} already; remove one"
                yield entry.mistake((), words)
