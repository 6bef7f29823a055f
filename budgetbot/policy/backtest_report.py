"""A backtest as figures and as JSON. Money as plain decimal strings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low

from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Json
from budgetbot.core.period import Span
from budgetbot.policy.backtest import Backtest, Fired, RuleResult
from budgetbot.policy.overruns import Overrun
from budgetbot.rules.limit import Limit

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one rule, or of all: alerts that fired, periods that ended, those over their amount, those of them of which
    nobody was warned before, how early the others were, warnings for nothing; and periods over it that are still open.
    """

    alerts: int
    periods: int
    overruns: int
    unwarned: int
    noise: int
    still_open: int
    leads: tuple[timedelta, ...]

    @property
    def median(self) -> timedelta | None:
        """How early the first warning was, mostly: the lower of two in the middle."""
        return median_low(self.leads) if self.leads else None

    @property
    def least(self) -> timedelta | None:
        """How early it was at least."""
        return min(self.leads, default=None)

    def row(self) -> dict[str, Json]:
        """As JSON; leads in hours."""
        return {
            "alerts": self.alerts,
            "periods": self.periods,
            "overruns": self.overruns,
            "unwarned": self.unwarned,
            "noise": self.noise,
            "still_open": self.still_open,
            "lead_hours": {"median": in_hours(self.median), "least": in_hours(self.least)},
        }


def in_hours(length: timedelta | None) -> float | None:
    """A number of hours."""
    return length / _HOUR if length is not None else None


def figures(results: Iterable[RuleResult]) -> Figures:
    """All of them together."""
    some = list(results)
    return Figures(
        alerts=sum(len(one.fired) for one in some),
        periods=sum(one.judged.periods for one in some),
        overruns=sum(len(one.judged.overruns) for one in some),
        unwarned=sum(one.judged.unwarned for one in some),
        noise=sum(one.noise for one in some),
        still_open=sum(one.judged.still_open for one in some),
        leads=tuple(lead for one in some for lead in one.leads),
    )


def report(found: Backtest) -> dict[str, Json]:
    """One policy: `by` and `ids` of an alert are its scope, by dimension."""
    return {
        "since": iso(found.span.start),
        "until": iso(found.span.end),
        "policy": found.policy.hash,
        "data": _span(found.data),
        "assumed": dict(found.assumed),
        "total": figures(found.rules).row(),
        "told": {receiver: {str(reason): n for reason, n in some.items()} for receiver, some in found.told.items()},
        "rules": [_rule(result) for result in found.rules],
    }


def _rule(result: RuleResult) -> dict[str, Json]:
    rule = result.rule
    return {
        "rule": rule.name,
        "kind": rule.kind,
        **figures([result]).row(),
        "fired": [fired_row(one) for one in result.fired],
        "exceeded": [_overrun(rule, one) for one in result.judged.overruns] if isinstance(rule, Limit) else [],
    }


def fired_row(one: Fired) -> dict[str, Json]:
    """One alert. `told`: its receivers, none where a higher level spoke for it; `noise`: null where it is not known."""
    alert = one.alert
    return {
        "id": alert.id,
        "rule": alert.rule,
        "at": iso(one.at),
        "by": dict(alert.scope.names),
        "ids": dict(alert.scope.ids),
        "level": alert.level,
        "severity": alert.severity.value,
        "period": {"start": iso_or_none(alert.start), "end": iso_or_none(alert.end)},
        "episode": alert.episode,
        "late": alert.late,
        "told": list(one.receivers),
        "noise": one.noise,
    }


def _overrun(rule: Limit, one: Overrun) -> dict[str, Json]:
    return {
        "by": dict(one.scope.names),
        "ids": dict(one.scope.ids),
        "period": _span(one.period.span),
        "effective_amount": rule.figure(one.effective),
        "spent": rule.figure(one.spent),
        "unit": one.unit,
        "exceeded_at": iso(one.exceeded_at),
        "warned_at": iso_or_none(one.warned_at),
        "lead_hours": in_hours(one.lead),
    }


def _span(span: Span | None) -> dict[str, Json] | None:
    return {"start": iso(span.start), "end": iso(span.end)} if span is not None else None
