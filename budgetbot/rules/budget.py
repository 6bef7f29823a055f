"""Budgets: an amount of money a period, with levels at which people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from budgetbot.core.match import Match
from budgetbot.core.model import Finding
from budgetbot.core.money import Nano, plain
from budgetbot.rules.fields import Amount, AmountField, MatchField, Strict
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import Context, digest
from budgetbot.rules.unconverted import unconverted


class Override(Strict):
    """Another amount for some of the scopes."""

    match: MatchField
    """Which scopes."""
    amount: AmountField
    """Their amount."""


class Budget(Limit):
    """An amount of money for a period, over what `match` means, or for each value of `each`."""

    kind: ClassVar[Literal["budget"]] = "budget"

    amount: AmountField
    """How much may be spent a period: 5000 in the default currency, or "5000 EUR"."""
    overrides: list[Override] = Field(default_factory=list)
    """Other amounts for some scopes; the last that matches wins."""

    @field_validator("overrides")
    @classmethod
    def _one_currency(cls, overrides: list[Override], info: ValidationInfo) -> list[Override]:
        amount = info.data.get("amount")
        for override in overrides:
            if isinstance(amount, Amount) and override.amount.currency != amount.currency:
                raise ValueError("an override has another currency than the budget; write both in one currency")
        return overrides

    @model_validator(mode="after")
    def _level_currency(self) -> Budget:
        currency = self.amount.currency
        for at in (threshold.at for threshold in self.thresholds if threshold.at):
            if at.currency and currency and at.currency != currency:
                raise ValueError(f"level {at.text} is not in the budget's currency; write a share such as 80%")
        return self

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with match, each, period and time zone."""
        return digest(self.match, self.each, self.period, zone.key, self.amount.currency)

    def terms(self) -> str:
        """Changes with the amount, overrides, levels and what carries over."""
        return digest(self.amount, self.overrides, self.thresholds, self.rollover)

    def sizes(self) -> tuple[Nano, Sequence[tuple[Match, Nano]]]:
        """In nano-units."""
        return self.amount.nano, [(override.match, override.amount.nano) for override in self.overrides]

    def unit(self, context: Context) -> str:
        """The budget's currency, or the default one."""
        return self.amount.currency or context.currency

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """As every limit, and a finding for every currency that cannot be converted."""
        return [*super().evaluate(context, now), *unconverted(self, context, now)]

    def figure(self, amount: Nano) -> str:
        """A plain decimal string."""
        return plain(amount)
