"""What every limit has in common, be it of money or of use: periods, scopes, levels, and when a level is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.history import Group, History, Total
from budgetbot.core.instant import iso, iso_or_none, length_text
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Driver, Finding, Json, Scope, Severity
from budgetbot.core.money import Nano
from budgetbot.core.period import Between, Period, Rolling, Span, local_midnight, previous
from budgetbot.rules.fields import AtField, MatchField, PeriodField, Strict
from budgetbot.rules.rule import GRACE, Context, Rule

_BAND = 50  # a restatement must take spend a fiftieth of the amount (at most half the level) below it to be over


class Threshold(Strict):
    """One level of a budget."""

    at: AtField
    """Where it lies: a share such as 80%, or money such as $4200."""
    severity: Severity
    """How bad reaching it is."""


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """One budget and scope in one period: what was spent, of what, with every level's line.

    In nano-units of `currency`; of a usage budget in whole counts, and `currency` is the name of its metric. `total` is
    converted by `fx`; in `unconverted` stands, currency by currency, what has no rate and so is not in it.
    """

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
    unconverted: Mapping[str, Total] = field(default_factory=dict)
    fx: Fx = NO_FX


class Limit(Rule):
    """An amount of something for a period, over what `match` means, or for each value of `each`."""

    match: MatchField = EVERYTHING
    """What counts: dimensions and labels with patterns; absent = everything."""
    each: list[str] = Field(default_factory=list)
    """Dimensions or labels: the amount applies to EACH of their values."""
    period: PeriodField
    """hour, day, week, month, quarter, year, {rolling: 30d}, {every: month, from: 15} or {from: DATE, until: DATE}."""
    thresholds: list[Threshold] = Field(min_length=1)
    """The levels at which people are told."""

    def sizes(self) -> tuple[int, Sequence[tuple[Match, int]]]:
        """The amount, and those of the overrides in their order."""
        raise NotImplementedError

    def unit(self, context: Context) -> str:
        """What is counted, as the history names it: a currency, or a metric."""
        raise NotImplementedError

    def known(self, context: Context) -> History | None:
        """Where it is counted; None where that was not read, so that nothing can be said."""
        return context.history

    def figure(self, amount: int) -> str:
        """An amount as evidence holds it."""
        raise NotImplementedError

    def same_line(self, amount: int) -> str | None:
        """Which two levels are one line with this amount, in words."""
        seen: dict[int, str] = {}
        for threshold in self.thresholds:
            line = threshold.at.line(amount)
            if line in seen:
                return f"levels {seen[line]} and {threshold.at.text} are the same line ({self.figure(line)})"
            seen[line] = threshold.at.text
        return None

    @model_validator(mode="after")
    def _levels(self) -> Limit:
        if same := self.same_line(self.sizes()[0]):
            raise ValueError(f"{same}, so one can never be reached before the other; remove one")
        return self

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
        history = self.known(context)
        if history is None:
            return []
        group = history.group(self.match, self.each)
        known = {scope.key for scope in group.scopes}
        told = [a.scope for a in context.open if self.each and a.kind != "policy"]
        gone = {scope.key: scope for scope in told if scope.key not in known}
        return [
            status
            for period, late in self._periods(now, context.zone)
            if not late or context.since < period.span.end
            for status in self._in_period(context, group, tuple(gone.values()), period, late)
        ]

    def _in_period(
        self, context: Context, group: Group, gone: tuple[Scope, ...], period: Period, late: bool
    ) -> Iterator[BudgetStatus]:
        unit, (_, overrides) = self.unit(context), self.sizes()
        totals, left = group.converted(period.span, unit, context.fx)
        scopes = group.scopes or (() if self.each else (Scope(),))
        totals, left = totals or [Total()] * len(scopes), left or [{}] * len(scopes)
        known = zip(scopes, totals, left, range(len(scopes)), strict=True)
        for scope, total, rest, index in [*known, *((s, Total(), {}, -1) for s in gone)]:
            amount = self._amount(scope, group.subject(index) if overrides and index >= 0 else {})
            lines = sorted(((t, t.at.line(amount)) for t in self.thresholds), key=lambda pair: pair[1])
            yield BudgetStatus(
                self.name, scope, period, unit, amount, amount, total, tuple(lines), late, index, rest, context.fx
            )

    def _amount(self, scope: Scope, common: Mapping[str, tuple[str, ...]]) -> int:
        own = {
            part.dimension: tuple(dict.fromkeys(v for v in (part.id, part.name) if v is not None))
            for part in scope.parts
        }
        subject = {**common, **own}
        amount, overrides = self.sizes()
        for match, other in overrides:
            if match.meets(subject):
                amount = other
        return amount

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for every level of every scope and period."""
        history = self.known(context)
        if history is None:
            return []
        group = history.group(self.match, self.each)
        stale = bool(context.stale)
        return [
            self._finding(group, status, threshold, line, stale, now)
            for status in self.statuses(context, now)
            for threshold, line in status.lines
        ]

    def _finding(
        self, group: Group, status: BudgetStatus, threshold: Threshold, line: int, stale: bool, now: datetime
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
            evidence=self.evidence(group, status, line, now),
            drivers=self.drivers(group, status) if active else (),
            subject=group.subject(status.index) if status.index >= 0 else {},
        )

    def evidence(self, group: Group, status: BudgetStatus, line: int, now: datetime) -> dict[str, Json]:
        """The numbers that were compared."""
        total, span, history, say = status.total, status.period.span, group.history, self.figure
        evidence: dict[str, Json] = {
            "spent": say(total.spent),
            "billed": say(total.billed),
            "estimated": say(total.estimated),
            "low": say(total.low),
            "high": say(total.high),
            "amount": say(status.amount),
            "effective_amount": say(status.effective),
            "line": say(line),
            "currency": status.currency,
            "fraction": fraction(total.spent, status.effective),
            "period": {"start": iso(span.start), "end": iso(span.end)},
            "complete_to": iso_or_none(history.complete_to()),
            "settled_to": iso_or_none(history.settled_to(now)),
        }
        days = -(-(span.end - now) // timedelta(days=1))
        if status.period.ends and days > 0 and total.spent < status.effective:
            evidence["per_day_left"] = say((status.effective - total.spent) // days)
        if isinstance(self.period, Rolling):
            evidence["window"] = length_text(self.period.length)
        if status.unconverted:
            evidence["unconverted"] = {code: say(rest.spent) for code, rest in status.unconverted.items()}
        return evidence

    def drivers(self, group: Group, status: BudgetStatus) -> tuple[Driver, ...]:
        """What the total is made of: the three dearest keys, projects and models, whichever tell something."""
        if status.index < 0:
            return ()
        found: list[Driver] = []
        for dimension in ("api_key", "project", "model", "line_item"):
            if dimension in self.each:
                continue
            parts = group.drivers(status.period.span, status.currency, status.index, dimension, status.fx)
            if any(part.id is not None for part in parts):
                found += parts[:3]
        return tuple(found)


def fraction(part: int, whole: int) -> float | None:
    """The share as a number, 1 = 100 %; None over a zero denominator. For people and JSON only, never compared."""
    return part / whole if whole else None
