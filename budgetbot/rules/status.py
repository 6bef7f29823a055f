"""One budget and scope in one period, and the numbers of it as evidence holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Driver, Json, Scope
from budgetbot.core.money import Nano
from budgetbot.core.period import Period
from budgetbot.core.total import Total
from budgetbot.rules.effective import Effective
from budgetbot.rules.expected import Expected
from budgetbot.rules.threshold import Threshold

_DIMENSIONS = ("api_key", "project", "model", "line_item")
_DEAREST = 3


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """One budget and scope in one period: what was spent, of what, with every level's line.

    In nano-units of `currency`; of a usage budget in whole counts, and `currency` is the name of its metric. `total` is
    converted by `fx`; in `unconverted` stands, currency by currency, what has no rate and so is not in it. `index` is
    the scope's number in its group, -1 for one whose spend went away.
    """

    name: str
    scope: Scope
    period: Period
    currency: str
    amounts: Effective
    total: Total
    lines: tuple[tuple[Threshold, Nano], ...]
    late: bool
    index: int
    expected: Expected | None = None
    unconverted: Mapping[str, Total] = field(default_factory=dict)
    fx: Fx = NO_FX

    @property
    def amount(self) -> Nano:
        """The plain amount, overrides included."""
        return self.amounts.amount

    @property
    def effective(self) -> Nano:
        """The amount with what carried over and was granted."""
        return self.amounts.whole


def numbers(status: BudgetStatus, history: History, say: Callable[[int], str], now: datetime) -> dict[str, Json]:
    """What was spent of what, how sure that is, and how it goes on."""
    total, span = status.total, status.period.span
    found: dict[str, Json] = {
        "spent": say(total.spent),
        "billed": say(total.billed),
        "estimated": say(total.estimated),
        "low": say(total.low),
        "high": say(total.high),
        "amount": say(status.amount),
        "effective_amount": say(status.effective),
        "fraction": fraction(total.spent, status.effective),
        "period": {"start": iso(span.start), "end": iso(span.end)},
        "complete_to": iso_or_none(history.complete_to()),
        "settled_to": iso_or_none(history.settled_to(now)),
        **_added(status.amounts, say),
    }
    if status.unconverted:
        found["unconverted"] = {code: say(rest.spent) for code, rest in status.unconverted.items()}
    if status.expected is not None:
        found["forecast"] = status.expected.told(status.effective, say)
    return found


def per_day_left(status: BudgetStatus, now: datetime) -> int | None:
    """How much of the amount is left for each day that is left; None where nothing is, or the period has no end."""
    days = -(-(status.period.span.end - now) // timedelta(days=1))
    left = status.effective - status.total.spent
    return left // days if status.period.ends and days > 0 and left > 0 else None


def _added(amounts: Effective, say: Callable[[int], str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if amounts.rollover is not None:
        found |= {"rollover": say(amounts.rollover), "rollover_provisional": amounts.provisional}
    if amounts.raises:
        found["grants"] = [
            {
                "add": say(one.add),
                "until": iso(one.grant.until),
                "approved_by": one.grant.approved_by,
                "reason": one.grant.reason,
                "covered": one.covered,
            }
            for one in amounts.raises
        ]
    return found


def drivers(group: Group, status: BudgetStatus, each: list[str]) -> tuple[Driver, ...]:
    """What the total is made of: the three dearest keys, projects and models, whichever tell something."""
    if status.index < 0:
        return ()
    found: list[Driver] = []
    for dimension in _DIMENSIONS:
        if dimension in each:
            continue
        parts = group.drivers(status.period.span, status.currency, status.index, dimension, status.fx)
        if any(part.id is not None for part in parts):
            found += parts[:_DEAREST]
    return tuple(found)


def fraction(part: int, whole: int) -> float | None:
    """The share as a number, 1 = 100 %; None over a zero denominator. For people and JSON only, never compared."""
    return part / whole if whole else None
