"""The periods of a limit, each with what every scope spent in it: all of them in one pass over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from budgetbot.core.period import Period, previous
from budgetbot.rules.effective import Granted, granted
from budgetbot.rules.rule import GRACE

if TYPE_CHECKING:
    from budgetbot.rules.look import Look

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """One period. `spent`: what each scope of the group is expected to have spent, by its number; `before`: the same of
    the period before, where its rest carries over and the ledger reaches back to its start (missing data is not unspent
    money); `provisional`: that period may still change."""

    period: Period
    late: bool
    spent: Sequence[int]
    before: Sequence[int] | None
    provisional: bool
    granted: Sequence[Granted]


def turns(look: Look) -> list[Turn]:
    """The current period, and closed ones that may still be restated and were not over when the rule came."""
    limit, context, now = look.limit, look.context, look.now
    known = limit.periods(now, context.zone)
    periods = [(period, late) for period, late in known if not late or context.since < period.span.end]
    if not periods:
        return []
    oldest = periods[-1][0]
    before = previous(limit.period, oldest, context.zone) if limit.rollover else None
    line = [*(period for period, _ in periods), *([before] if before else [])]
    edges = [line[-1].span.start, *(period.span.end for period in reversed(line))]
    columns = look.group.by_bucket(edges, look.unit, context.fx).T.tolist()[::-1]
    begins = look.history.begins()
    return [
        Turn(
            period=period,
            late=late,
            spent=columns[i],
            before=columns[i + 1] if before and _reaches(begins, line[i + 1]) else None,
            provisional=now < period.span.start + GRACE,
            granted=tuple(granted(context.grants, look.group, period.span, now, look.unit, context.fx)),
        )
        for i, (period, late) in enumerate(periods)
    ]


def _reaches(begins: datetime | None, period: Period) -> bool:
    return begins is not None and begins <= period.span.start + _DAY
