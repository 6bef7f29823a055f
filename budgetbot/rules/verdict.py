"""Whether the levels of a budget are reached, and whether they are surely not, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from budgetbot.core.model import Finding
from budgetbot.rules.look import Look
from budgetbot.rules.status import BudgetStatus
from budgetbot.rules.threshold import Threshold

if TYPE_CHECKING:
    from budgetbot.rules.limit import Limit

_BAND = 50  # a restatement must take spend a fiftieth of the amount (at most half the level) below it to be over


class Verdict(NamedTuple):
    """On one level: reached, surely not reached, or neither."""

    active: bool
    clear: bool


def verdict(status: BudgetStatus, threshold: Threshold, line: int, *, stale: bool) -> Verdict:
    """Of what is spent, or of what is forecast."""
    if threshold.forecast is not None:
        return _foretold(status, threshold, line, stale=stale)
    spent = status.total.spent
    active = spent >= line
    return Verdict(active, clear=not stale and spent < line - min(status.effective // _BAND, line // 2))


def _foretold(status: BudgetStatus, threshold: Threshold, line: int, *, stale: bool) -> Verdict:
    """Once the line is passed, the level of what is spent speaks; a closed period has nothing to come."""
    expected = status.expected
    if expected is None or stale or status.late or status.total.spent >= line:
        return Verdict(active=False, clear=False)
    active = expected.above(threshold, line) and not expected.excused
    return Verdict(active, clear=expected.clearly_below(threshold, line))


def findings(limit: Limit, look: Look, status: BudgetStatus, *, everything: bool) -> Iterator[Finding]:
    """One for each level of a scope and period, or for those that are reached or that an alert waits for."""
    stale, watched, key = bool(look.context.stale), look.watched(status), status.scope.key
    told = [(threshold, line, verdict(status, threshold, line, stale=stale)) for threshold, line in status.lines]
    told = [one for one in told if everything or one[2].active or (key, one[0].level) in watched]
    if not told:
        return
    period = status.period
    evidence = limit.evidence(look.history, status, look.now)
    drivers = limit.drivers(look.group, status) if any(judged.active for _, _, judged in told) else ()
    subject = look.group.subject(status.index) if status.index >= 0 else {}
    for threshold, line, judged in told:
        yield Finding(
            rule=limit.name,
            kind="forecast" if threshold.forecast else limit.kind,
            severity=threshold.severity,
            scope=status.scope,
            level=threshold.level,
            rank=line,
            line=line,
            active=judged.active,
            clear=judged.clear,
            start=period.span.start,
            end=period.span.end,
            period=period.key if period.ends else None,
            ends=period.ends,
            late=status.late,
            evidence={**evidence, "line": limit.figure(line)},
            drivers=drivers if judged.active else (),
            subject=subject,
            twice=threshold.probability is not None,
        )
