"""The pace that a burn rate is compared with: a budget's even one, or what is usual for the hours of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Period, Span
from budgetbot.rules.aside import Asked, silent, windows_of
from budgetbot.rules.budget import Budget
from budgetbot.rules.burn_spend import BurnSpend
from budgetbot.rules.look import Look
from budgetbot.rules.rule import Context
from budgetbot.rules.turn import turns

_WEEK, _HOUR = timedelta(weeks=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """For each window and scope (by number) what it comes to at the pace, nano-units; None where that is not known.

    `budget`: of a budget, by scope: what is left of it, its effective amount, and its period.
    """

    in_window: Sequence[Sequence[Fraction | None]]
    budget: Mapping[int, Left] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Left:
    """How a budget stands for one scope."""

    effective: Nano
    spent: Nano
    period: Period

    def told(self, per_hour: Fraction, known: datetime) -> dict[str, Json]:
        """As evidence holds it. `exhausted_at`: at this rate; None where the period ends before."""
        left = self.effective - self.spent
        found: dict[str, Json] = {
            "effective_amount": plain(self.effective),
            "budget_spent": plain(self.spent),
            "period": {"start": iso(self.period.span.start), "end": iso(self.period.span.end)},
        }
        if left <= 0 or per_hour <= 0:
            return {**found, "exhausted_at": None, "exhausted": left <= 0}
        hours = left / per_hour
        room = Fraction((self.period.span.end - known) // timedelta(seconds=1), 3600)
        at = known + timedelta(seconds=int(hours * 3600)) if hours < room else None
        return {**found, "exhausted_at": iso_or_none(at), "exhausted": False}


def of_budget(budget: Budget, context: Context, lengths: Sequence[timedelta], now: datetime) -> Pace | None:
    """The effective amount spread evenly over the current period; None outside of it."""
    alone = replace(context, open=(), watched=frozenset(), by_hand=(), limit=None)
    look = Look(budget, alone, context.history, now)
    turn = next((turn for turn in turns(look) if not turn.late), None)
    if turn is None:
        return None
    scopes = range(len(look.group.scopes))
    effective = [look.effective(turn, i).whole for i in scopes]
    whole = turn.period.span.length
    return Pace(
        [[Fraction(effective[i] * (length // _SECOND), whole // _SECOND) for i in scopes] for length in lengths],
        {i: Left(effective[i], turn.spent[i], turn.period) for i in scopes},
    )


_SECOND = timedelta(seconds=1)


def of_usual(asked: Asked, context: Context, spend: BurnSpend, spans: Sequence[Span], weeks: int) -> Pace:
    """The median of the same hours of the weeks before, as far as hours are known; planned or silenced times apart."""
    begins = spend.group.history.hours_begin()
    return Pace([_usual(asked, context, spend, span, weeks, begins) for span in spans])


def _usual(
    asked: Asked, context: Context, spend: BurnSpend, span: Span, weeks: int, begins: datetime | None
) -> list[Fraction | None]:
    past: list[list[Nano]] = [[] for _ in spend.group.scopes]
    for number in range(1, weeks + 1):
        week = Span(span.start - number * _WEEK, span.end - number * _WEEK)
        if begins is None or week.start < begins:
            break
        aside = _aside(asked, context, spend, week)
        for i, spent in enumerate(spend.inside(week)):
            if i not in aside:
                past[i].append(spent)
    return [_median(sorted(amounts)) for amounts in past]


def _aside(asked: Asked, context: Context, spend: BurnSpend, span: Span) -> set[int]:
    """The scopes for which a stretch of time says nothing of what is usual."""
    found = {i for window in windows_of(asked, context, spend.group, span) for i in window.numbers}
    for silence, scopes in silent(context.silences, asked, spend.group):
        if silence.start < span.end and span.start < silence.end:
            found |= set(scopes)
    return found


def _median(amounts: list[Nano]) -> Fraction | None:
    middle = len(amounts) // 2
    if not amounts:
        return None
    return Fraction(amounts[middle]) if len(amounts) % 2 else Fraction(amounts[middle - 1] + amounts[middle], 2)
