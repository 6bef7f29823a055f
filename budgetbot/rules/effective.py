"""What an amount comes to in one period: what carried over from the one before, and what was granted, added to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from budgetbot.core.fx import Fx
from budgetbot.core.grant import Grant
from budgetbot.core.group import Group
from budgetbot.core.period import Between, PeriodSpec, Rolling, Span
from budgetbot.rules.fields import Strict
from budgetbot.rules.share import CarriedField, Share

INSTANT = timedelta(microseconds=1)


class Rollover(Strict):
    """What is not used carries over into the next period, once."""

    max: CarriedField
    """At most this share of the amount, such as 20%."""


class Raise(NamedTuple):
    """What one grant adds. `covered`: it has ended, and what was spent in it, up to its amount, stays covered."""

    grant: Grant
    add: int
    covered: bool


@dataclass(frozen=True, slots=True)
class Effective:
    """An amount and what is added to it. `rollover` is None where the budget has none; `provisional` while the bill of
    the period before may still change."""

    amount: int
    rollover: int | None = None
    provisional: bool = False
    raises: tuple[Raise, ...] = ()

    @property
    def whole(self) -> int:
        """All of it together."""
        return self.amount + (self.rollover or 0) + sum(one.add for one in self.raises)


def carried(share: Share, amount: int, spent: int) -> int:
    """What carries over of an amount of which so much was spent."""
    return min(share.most(amount), max(0, amount - spent))


def no_rollover(period: PeriodSpec) -> str | None:
    """Why nothing carries over into such periods, in words; None where it does."""
    if isinstance(period, Rolling):
        return "a rolling window has no window before it from which anything is left; remove rollover"
    if isinstance(period, Between):
        return "a single stretch of days has none before it from which anything is left; remove rollover"
    return None


class Granted(NamedTuple):
    """One grant in one period: `used` is what each scope has spent in it by now, None while it runs."""

    grant: Grant
    used: Sequence[int] | None

    def add(self, scope: int) -> Raise:
        """What it adds for one scope, by its number; a number beyond is of one that has spent nothing."""
        if self.used is None:
            return Raise(self.grant, self.grant.add, covered=False)
        used = self.used[scope] if 0 <= scope < len(self.used) else 0
        return Raise(self.grant, max(0, min(self.grant.add, used)), covered=True)


def granted(grants: Sequence[Grant], group: Group, span: Span, now: datetime, unit: str, fx: Fx) -> Iterator[Granted]:
    """The grants that mean something in a period: in force now, or when it closed; or over since, within it."""
    moment = min(now, span.end - INSTANT)
    for grant in grants:
        if moment in grant.span:
            yield Granted(grant, None)
        elif span.start < grant.until <= moment:
            edges = (max(grant.since, span.start), grant.until)
            yield Granted(grant, group.by_bucket(edges, unit, fx)[:, 0].tolist())
