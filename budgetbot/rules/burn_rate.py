"""Burn rates: spend that runs at many times the even pace of a budget, or at many times the usual, in several windows.

Several windows at once, as https://sre.google/workbook/alerting-on-slos/ does: the long one says that it matters, the
short one that it still goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Finding, Severity
from budgetbot.core.period import Span
from budgetbot.rules.aside import Asked
from budgetbot.rules.budget import Budget
from budgetbot.rules.burn_fields import BurnWindow, level_of
from budgetbot.rules.burn_pace import Pace, of_budget, of_usual
from budgetbot.rules.burn_spend import BurnSpend
from budgetbot.rules.burning import Burning, findings
from budgetbot.rules.fields import AmountField, MatchField
from budgetbot.rules.rule import Context, Rule, digest
from budgetbot.rules.sight import sight
from budgetbot.rules.wrong import Way, Wrong

WEEKS = 4  # that tell what is usual
_HOUR = timedelta(hours=1)


class BurnRate(Rule):
    """Spend that burns at many times its pace, in every one of some windows."""

    kind: ClassVar[Literal["burn_rate"]] = "burn_rate"

    of: Literal["budget", "usual"]
    """budget: of the even pace of the budget's period; usual: of the same hours of the weeks before."""
    budget: str | None = None
    """Which budget, by name; it says what counts."""
    match: MatchField = EVERYTHING
    """Where it is of the usual, which spend: dimensions and labels with patterns; absent = everything."""
    each: list[str] = Field(default_factory=list)
    """Where it is of the usual: dimensions or labels, each of whose values has a rate of its own."""
    windows: list[BurnWindow] = Field(alias="all", min_length=1)
    """The windows; it fires while every one is exceeded, and is over when the shortest is not."""
    min_impact: AmountField | None = None
    """Money beyond the pace in the longest window before it is worth a message."""
    severity: Severity = Severity.WARNING
    """How bad it is."""

    @model_validator(mode="after")
    def _fits_what_it_is_of(self) -> BurnRate:
        said, wrong = self.model_fields_set, list[tuple[Way, str]]()
        if self.of == "budget":
            wrong += [((n,), f"the budget says what counts; remove {n}") for n in ("match", "each") if n in said]
            missing = "of: budget needs one; add budget: NAME" if self.budget is None else None
        else:
            wrong += [(("budget",), "of: usual looks at no budget; remove it")] if "budget" in said else []
            missing = "ten times nothing is nothing; add min_impact: 50" if self.min_impact is None else None
        lengths = [window.over for window in self.windows]
        wrong += [(("all", i, "over"), "stands twice; remove one") for i, v in enumerate(lengths) if v in lengths[:i]]
        if wrong:
            raise Wrong(wrong)
        if missing:
            raise ValueError(missing)
        return self

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with what is looked at."""
        return digest(self.of, self.budget, self.match, self.each, self.min_impact and self.min_impact.currency)

    def terms(self) -> str:
        """Changes with the windows."""
        return digest(self.windows, self.min_impact)

    @property
    def level(self) -> str:
        """The level of its alerts."""
        return level_of(self.windows)

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """The longest window; with those of the weeks before, where that is what it is of."""
        longest = max(window.over for window in self.windows)
        back = timedelta(weeks=WEEKS) if self.of == "usual" else timedelta(0)
        return Span(now - back - longest - 2 * _HOUR, now + _HOUR)

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for each scope that burns, or that has an alert."""
        return list(self._findings(context, now))

    def _findings(self, context: Context, now: datetime) -> Iterator[Finding]:
        budget = context.limit if isinstance(context.limit, Budget) else None
        rule = budget if self.of == "budget" and budget is not None else self
        known, blind = sight(context.history, context.stale, now)
        inside = replace(context, currency=self._currency(budget) or context.currency)
        asked = Asked(self.name, self.kind, self.severity.value, rule.match, tuple(rule.each))
        group = context.history.group(asked.match, asked.each)
        spend = BurnSpend(group, inside.currency, context.fx, known)
        lengths = [window.over for window in self.windows]
        if self.of == "usual":
            spans = [Span(known - length, known) for length in lengths]
            pace: Pace | None = of_usual(asked, inside, spend, spans, WEEKS)
        else:
            pace = of_budget(budget, context, lengths, now) if budget is not None else None
        impact = self.min_impact.nano if self.min_impact else 0
        return findings(
            Burning(asked, self.of, self.budget, self.level, self.windows, impact, inside, spend, pace, blind, now)
        )

    def _currency(self, budget: Budget | None) -> str | None:
        if self.of == "budget":
            return budget.amount.currency if budget is not None else None
        return self.min_impact.currency if self.min_impact is not None else None
