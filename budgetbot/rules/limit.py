"""What every limit has in common, be it of money or of use: periods, scopes, levels, and when a level is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.instant import length_text
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Driver, Finding, Json
from budgetbot.core.period import Between, Period, Rolling, Span, local_midnight, previous
from budgetbot.rules.effective import Rollover, no_rollover
from budgetbot.rules.expected import LOOKS_BACK
from budgetbot.rules.fields import MatchField, PeriodField
from budgetbot.rules.look import Look
from budgetbot.rules.rule import GRACE, Context, Rule
from budgetbot.rules.status import BudgetStatus, drivers, numbers, per_day_left
from budgetbot.rules.threshold import Threshold, no_forecast, same_line, told_twice
from budgetbot.rules.turn import turns
from budgetbot.rules.verdict import findings
from budgetbot.rules.wrong import Way, Wrong

_QUIET = timedelta(days=7)  # so long nothing may be spent before a period without it being taken for missing data


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
    rollover: Rollover | None = None
    """What carries over from the period before: {max: 20%} of the amount at most; absent = nothing."""

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

    def counted(self, unit: str) -> dict[str, Json]:
        """What is counted, as evidence holds it."""
        return {"currency": unit}

    def same_line(self, amount: int) -> str | None:
        """Which two levels are one line with this amount, in words."""
        return same_line(self.thresholds, amount, self.figure)

    @model_validator(mode="after")
    def _levels(self) -> Limit:
        if same := self.same_line(self.sizes()[0]):
            raise ValueError(f"{same}, so one can never be reached before the other; remove one")
        if twice := told_twice(self.thresholds):
            raise ValueError(f"the level {twice} is declared twice; remove one")
        return self

    @model_validator(mode="after")
    def _fits_its_period(self) -> Limit:
        wrong: list[tuple[Way, str]] = []
        if self.rollover and (words := no_rollover(self.period)):
            wrong.append((("rollover",), words))
        if words := no_forecast(self.period):
            levels = [i for i, threshold in enumerate(self.thresholds) if threshold.forecast]
            wrong += [(("thresholds", i, "forecast"), words) for i in levels]
        if wrong:
            raise Wrong(wrong)
        return self

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """The current period and, while they may still be restated or something carries over, those before.

        `forecast`: as far back as a forecast looks, where one can be made; so it is for levels of what is forecast.
        """
        periods = [period for period, _ in self.periods(now, zone)]
        if not periods:
            return Span(now, now)
        start = min(p.span.start for p in periods)
        before = previous(self.period, periods[-1], zone) if self.rollover else None
        if before is not None:
            start = before.span.start - _QUIET
        if self._foresees or (forecast and not no_forecast(self.period)):
            start = min(start, local_midnight(now.astimezone(zone).date() - LOOKS_BACK, zone))
        return Span(start, max(p.span.end for p in periods))

    def periods(self, now: datetime, zone: ZoneInfo) -> Iterator[tuple[Period, bool]]:
        """The current period, then closed ones that may still be restated (True), each right before the last."""
        current, before = self.period.at(now, zone), None
        if current is not None:
            yield current, False
            before = previous(self.period, current, zone)
        elif isinstance(self.period, Between) and now >= local_midnight(self.period.until, zone):
            before = self.period.at(local_midnight(self.period.first, zone), zone)
        while before is not None and now < before.span.end + GRACE:
            yield before, True
            before = previous(self.period, before, zone)

    @property
    def _foresees(self) -> bool:
        return any(threshold.forecast for threshold in self.thresholds)

    def statuses(self, context: Context, now: datetime) -> list[BudgetStatus]:
        """Every scope in the current period, with its forecast where there can be one."""
        history = self.known(context)
        if history is None:
            return []
        look = Look(self, context, history, now, forecast=True)
        return [status for turn in turns(look) if not turn.late for status in look.statuses(turn, look.everybody)]

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for every level that is reached, or of which there is an alert that it may move.

        What the alert engine would pass over is left out: it is most of all there is.
        """
        return list(self._findings(context, now, everything=False))

    def every_level(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for every level of every scope and period, reached or not."""
        return list(self._findings(context, now, everything=True))

    def _findings(self, context: Context, now: datetime, *, everything: bool) -> Iterator[Finding]:
        history = self.known(context)
        if history is None:
            return
        look = Look(self, context, history, now, forecast=self._foresees)
        for turn in turns(look):
            for status in look.statuses(turn, look.everybody if everything else look.news(turn)):
                yield from findings(self, look, status, everything=everything)

    def evidence(self, history: History, status: BudgetStatus, now: datetime) -> dict[str, Json]:
        """The numbers that were compared, but for the line."""
        found = {**numbers(status, history, self.figure, now), **self.counted(status.currency)}
        if (left := per_day_left(status, now)) is not None:
            found["per_day_left"] = self.figure(left)
        if isinstance(self.period, Rolling):
            found["window"] = length_text(self.period.length)
        return found

    def drivers(self, group: Group, status: BudgetStatus) -> tuple[Driver, ...]:
        """What the total is made of."""
        return drivers(group, status, self.each)
