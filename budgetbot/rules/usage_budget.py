"""Usage budgets: how much of something may be used a period, in whole counts; the same levels as for money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.model import Driver, Json
from budgetbot.core.money import NANO
from budgetbot.core.usage import COUNTED
from budgetbot.rules.fields import MatchField, Strict
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import Context, digest
from budgetbot.rules.status import BudgetStatus
from budgetbot.rules.wrong import Way, Wrong, shown

_MOST = 900_000_000_000_000_000  # times the highest level, this still fits 64 bits


def _count(value: object) -> object:
    text = "" if isinstance(value, bool) else str(value).strip() if isinstance(value, int | str) else ""
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", text):
        raise ValueError(f"{shown(text)} has a thousands comma; write {text.replace(',', '')}")
    if not re.fullmatch(r"[0-9]{1,40}", text) or int(text) == 0:
        raise ValueError(f"{shown(value)} is not a count; write a whole number above zero, such as 10000")
    if int(text) > _MOST:
        raise ValueError(f"{shown(value)} is more than can be counted; write at most {_MOST}")
    return int(text)


def _metric(value: object) -> object:
    if isinstance(value, str) and value in COUNTED:
        return value
    if value == "bytes":
        raise ValueError("`bytes` are stored, not used, and do not add up over hours; write another metric")
    near = get_close_matches(str(value)[:60], sorted(COUNTED), 1)
    hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(COUNTED)}"
    raise ValueError(f"{shown(value)} is not a metric; {hint}")


_COUNT_SCHEMA: dict[str, Any] = {"type": "integer", "minimum": 1, "examples": [10000]}
CountField: TypeAlias = Annotated[int, BeforeValidator(_count), WithJsonSchema(_COUNT_SCHEMA)]
MetricField: TypeAlias = Annotated[
    str, BeforeValidator(_metric), WithJsonSchema({"type": "string", "enum": list(COUNTED)})
]


class CountOverride(Strict):
    """Another amount for some of the scopes."""

    match: MatchField
    """Which scopes."""
    amount: CountField
    """Their amount."""


class UsageBudget(Limit):
    """An amount of use for a period, such as images or tokens, over what `match` means, or for each of `each`."""

    kind: ClassVar[Literal["usage_budget"]] = "usage_budget"

    metric: MetricField
    """What is counted: requests, images, seconds, ...; tokens are input and output together."""
    amount: CountField
    """How much may be used a period: a whole number."""
    overrides: list[CountOverride] = Field(default_factory=list)
    """Other amounts for some scopes; the last that matches wins."""

    @field_validator("thresholds", mode="before")
    @classmethod
    def _shares(cls, thresholds: object) -> object:
        levels = thresholds if isinstance(thresholds, list) else []
        wrong: list[tuple[Way, str]] = [
            ((i, "at"), f"{shown(level['at'])} is not a share, and use has no other levels; write one such as 80%")
            for i, level in enumerate(levels)
            if isinstance(level, Mapping) and level.get("at") is not None and not str(level["at"]).endswith("%")
        ]
        if wrong:
            raise Wrong(wrong)
        return thresholds

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with match, each, period, metric and time zone."""
        return digest(self.match, self.each, self.period, zone.key, self.metric)

    def terms(self) -> str:
        """Changes with the amount, overrides, levels and what carries over."""
        return digest(self.amount, self.overrides, self.thresholds, self.rollover)

    def sizes(self) -> tuple[int, Sequence[tuple[Match, int]]]:
        """In whole counts."""
        return self.amount, [(override.match, override.amount) for override in self.overrides]

    def unit(self, context: Context) -> str:
        """The metric."""
        return self.metric

    def known(self, context: Context) -> History | None:
        """Use of the metric, where it was read."""
        return context.history.usage.get(self.metric)

    def figure(self, amount: int) -> str:
        """A whole number."""
        return str(amount)

    def counted(self, unit: str) -> dict[str, Json]:
        """The metric; a currency it has none."""
        return {"currency": None, "metric": self.metric}

    def drivers(self, group: Group, status: BudgetStatus) -> tuple[Driver, ...]:
        """In nano-units, as all drivers are, so that one count reads as 1."""
        return tuple(driver._replace(amount=driver.amount * NANO) for driver in super().drivers(group, status))
