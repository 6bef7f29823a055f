"""Budgets: an amount of money a period, with levels at which people are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from budgetbot.core.history import Group, Total
from budgetbot.core.instant import iso, iso_or_none, length_text
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Driver, Finding, Json, Scope, Severity
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Between, Period, Rolling, Span, local_midnight, previous
from budgetbot.rules.fields import Amount, AmountField, AtField, MatchField, PeriodField, Strict
from budgetbot.rules.rule import GRACE, Context, Rule, digest

_BAND = 50  # a restatement must take spend a fiftieth of the amount (at most half the level) below it to be over


class Threshold(Strict):
    """One level of a budget."""

    at: AtField
    """Where it lies: a share such as 80%, or money such as $4200."""
    severity: Severity
    """How bad reaching it is."""


class Override(Strict):
    """Another amount for some of the scopes."""

    match: MatchField
    """Which scopes."""
    amount: AmountField
    """Their amount."""


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """One budget and scope in one period: what was spent, of what, with every level's line (nano-units)."""

    name: str
    scope: Scope
    period: Period
    currency: str
    amount: Nano
    effective: Nano
    total: Total
    lines: tuple[tuple[Threshold, Nano], ...]
    late: bool
    index: int


class Budget(Rule):
    """An amount of money for a period, over what `match` means, or for each value of `each`."""

    kind: ClassVar[Literal["budget"]] = "budget"

    match: MatchField = EVERYTHING
    """What counts: dimensions and labels with patterns; absent = everything."""
    each: list[str] = Field(default_factory=list)
    """Dimensions or labels: the amount applies to EACH of their values."""
    amount: AmountField
    """How much may be spent a period: 5000 in the default currency, or "5000 EUR"."""
    overrides: list[Override] = Field(default_factory=list)
    """Other amounts for some scopes; the last that matches wins."""
    period: PeriodField
    """hour, day, week, month, quarter, year, {rolling: 30d}, {every: month, from: 15} or {from: DATE, until: DATE}."""
    thresholds: list[Threshold] = Field(min_length=1)
    """The levels at which people are told."""

    @field_validator("overrides")
    @classmethod
    def _one_currency(cls, overrides: list[Override], info: ValidationInfo) -> list[Override]:
        amount = info.data.get("amount")
        for override in overrides:
            if isinstance(amount, Amount) and override.amount.currency != amount.currency:
                raise ValueError("an override has another currency than the budget; write both in one currency")
        return overrides

    @model_validator(mode="after")
    def _levels(self) -> Budget:
        seen: dict[Nano, str] = {}
        currency = self.amount.currency
        for threshold in self.thresholds:
            at = threshold.at
            if at.currency and currency and at.currency != currency:
                raise ValueError(f"level {at.text} is not in the budget's currency; write a share such as 80%")
            line = at.line(self.amount.nano)
            if line in seen:
                raise ValueError(
                    f"levels {seen[line]} and {at.text} are the same line ({plain(line)}), so one can never be reached "
                    "before the other; remove one"
                )
            seen[line] = at.text
        return self

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with match, each, period and time zone."""
        return digest(self.match, self.each, self.period, zone.key, self.amount.currency)

    def terms(self) -> str:
        """Changes with the amount, overrides and levels."""
        return digest(self.amount, self.overrides, self.thresholds)

    def span(self, now: datetime, zone: ZoneInfo) -> Span:
        """The current period and, while it may still be restated, the one before."""
        periods = [period for period, _ in self._periods(now, zone)]
        if not periods:
            return Span(now, now)
        return Span(min(p.span.start for p in periods), max(p.span.end for p in periods))

    def _periods(self, now: datetime, zone: ZoneInfo) -> Iterator[tuple[Period, bool]]:
        current, before = self.period.at(now, zone), None
        if current is not None:
            yield current, False
            before = previous(self.period, current, zone)
        elif isinstance(self.period, Between) and now >= local_midnight(self.period.until, zone):
            before = self.period.at(local_midnight(self.period.first, zone), zone)
        while before is not None and now < before.span.end + GRACE:
            yield before, True
            before = previous(self.period, before, zone)

    def statuses(self, context: Context, now: datetime) -> list[BudgetStatus]:
        """Every scope in the current period, and in closed ones that may still be restated."""
        group = context.history.group(self.match, self.each)
        known = {scope.key for scope in group.scopes}
        gone = {a.scope.key: a.scope for a in context.open if self.each and a.scope.key not in known}
        return [
            status
            for period, late in self._periods(now, context.zone)
            if not late or context.since < period.span.end
            for status in self._in_period(context, group, tuple(gone.values()), period, late)
        ]

    def _in_period(
        self, context: Context, group: Group, gone: tuple[Scope, ...], period: Period, late: bool
    ) -> Iterator[BudgetStatus]:
        currency = self.amount.currency or context.currency
        totals = group.totals(period.span, currency)
        scopes = group.scopes or (() if self.each else (Scope(),))
        totals = totals or [Total()] * len(scopes)
        everything = [*zip(scopes, totals, range(len(scopes)), strict=True), *((s, Total(), -1) for s in gone)]
        for scope, total, index in everything:
            amount = self._amount(scope, group.subject(index) if self.overrides and index >= 0 else {})
            lines = sorted(((t, t.at.line(amount)) for t in self.thresholds), key=lambda pair: pair[1])
            yield BudgetStatus(self.name, scope, period, currency, amount, amount, total, tuple(lines), late, index)

    def _amount(self, scope: Scope, common: Mapping[str, tuple[str, ...]]) -> Nano:
        own = {
            part.dimension: tuple(dict.fromkeys(v for v in (part.id, part.name) if v is not None))
            for part in scope.parts
        }
        subject = {**common, **own}
        amount = self.amount
        for override in self.overrides:
            if override.match.meets(subject):
                amount = override.amount
        return amount.nano

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for every level of every scope and period."""
        group = context.history.group(self.match, self.each)
        stale = bool(context.stale)
        return [
            self._finding(context, group, status, threshold, line, stale, now)
            for status in self.statuses(context, now)
            for threshold, line in status.lines
        ]

    def _finding(
        self,
        context: Context,
        group: Group,
        status: BudgetStatus,
        threshold: Threshold,
        line: Nano,
        stale: bool,
        now: datetime,
    ) -> Finding:
        spent = status.total.spent
        active = spent >= line
        period = status.period
        return Finding(
            rule=self.name,
            kind=self.kind,
            severity=threshold.severity,
            scope=status.scope,
            level=threshold.at.text,
            rank=line,
            line=line,
            active=active,
            clear=not stale and spent < line - min(status.effective // _BAND, line // 2),
            start=period.span.start,
            end=period.span.end,
            period=period.key if period.ends else None,
            ends=period.ends,
            late=status.late,
            evidence=self._evidence(context, group, status, line, now),
            drivers=drivers(group, status, self.each) if active else (),
            subject=group.subject(status.index) if status.index >= 0 else {},
        )

    def _evidence(
        self, context: Context, group: Group, status: BudgetStatus, line: Nano, now: datetime
    ) -> Mapping[str, Json]:
        total, span = status.total, status.period.span
        complete, settled = context.history.complete_to(), context.history.settled_to(now)
        evidence: dict[str, Json] = {
            "spent": plain(total.spent),
            "billed": plain(total.billed),
            "estimated": plain(total.estimated),
            "low": plain(total.low),
            "high": plain(total.high),
            "amount": plain(status.amount),
            "effective_amount": plain(status.effective),
            "line": plain(line),
            "currency": status.currency,
            "fraction": fraction(total.spent, status.effective),
            "period": {"start": iso(span.start), "end": iso(span.end)},
            "complete_to": iso_or_none(complete),
            "settled_to": iso_or_none(settled),
        }
        days = -(-(span.end - now) // timedelta(days=1))
        if status.period.ends and days > 0 and total.spent < status.effective:
            evidence["per_day_left"] = plain((status.effective - total.spent) // days)
        if isinstance(self.period, Rolling):
            evidence["window"] = length_text(self.period.length)
        others = group.currencies(span) - {status.currency}
        if others and status.index >= 0:
            evidence["unconverted"] = {c: plain(group.totals(span, c)[status.index].spent) for c in sorted(others)}
        return evidence


def fraction(part: Nano, whole: Nano) -> float | None:
    """The share as a number, 1 = 100 %; None over a zero denominator. For people and JSON only, never compared."""
    return part / whole if whole else None


def drivers(group: Group, status: BudgetStatus, each: list[str]) -> tuple[Driver, ...]:
    """What the spend is made of: the three dearest keys, projects and models, whichever tell something."""
    if status.index < 0:
        return ()
    found: list[Driver] = []
    for dimension in ("api_key", "project", "model", "line_item"):
        if dimension in each:
            continue
        parts = group.drivers(status.period.span, status.currency, status.index, dimension)
        if any(part.id is not None for part in parts):
            found += parts[:3]
    return tuple(found)
