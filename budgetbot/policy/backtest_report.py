"""A backtest as rows: figures of one policy, and what another one changes. Money as plain decimal strings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule beside what it was. `what`: new, gone, changed or same."""

    name: str
    what: str
    before: RuleResult | None
    after: RuleResult | None
    new: tuple[Fired, ...]
    gone: tuple[Fired, ...]


@dataclass(frozen=True)
class Difference:
    """What a policy changes. `earlier` and `later`: by how much the first warning of an overrun came sooner, or less
    soon; `caught` and `missed`: overruns that only one of the two warned of in time."""

    before: Backtest
    after: Backtest
    rules: tuple[Changed, ...]
    earlier: tuple[timedelta, ...]
    later: tuple[timedelta, ...]
    caught: int
    missed: int

    @property
    def new(self) -> list[Fired]:
        """Alerts that only the new policy has."""
        return [one for rule in self.rules for one in rule.new]

    @property
    def gone(self) -> list[Fired]:
        """Alerts that only the old one has."""
        return [one for rule in self.rules for one in rule.gone]

    def row(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "policy": self.before.policy.hash,
            "total": figures(self.before.rules).row(),
            "earlier_hours": [in_hours(gain) for gain in self.earlier],
            "later_hours": [in_hours(loss) for loss in self.later],
            "caught": self.caught,
            "missed": self.missed,
            "rules": [
                {
                    "rule": one.name,
                    "change": one.what,
                    "before": figures([one.before]).row() if one.before else None,
                    "after": figures([one.after]).row() if one.after else None,
                    "new": [fired_row(fired) for fired in one.new],
                    "gone": [fired_row(fired) for fired in one.gone],
                }
                for one in self.rules
            ],
        }


def difference(before: Backtest, after: Backtest) -> Difference:
    """What changes from one policy to another over the same past."""
    old, new = ({result.rule.name: result for result in one.rules} for one in (before, after))
    rules = tuple(_changed(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old]))
    gains: list[timedelta] = []
    caught = missed = 0
    for one in rules:
        known = {_cell(over): over for over in one.before.judged.overruns} if one.before else {}
        for over in one.after.judged.overruns if one.after else ():
            was = known.get(_cell(over))
            if was is None:
                continue
            if was.lead is not None and over.lead is not None:
                gains.append(over.lead - was.lead)
            caught += was.lead is None and over.lead is not None
            missed += was.lead is not None and over.lead is None
    nothing = timedelta(0)
    earlier, later = sorted(g for g in gains if g > nothing), sorted(-g for g in gains if g < nothing)
    return Difference(before, after, rules, tuple(earlier), tuple(later), caught, missed)


def _cell(over: Overrun) -> tuple[str, str]:
    return over.scope.key, over.period.key


def _changed(name: str, before: RuleResult | None, after: RuleResult | None) -> Changed:
    old, new = _by_id(before), _by_id(after)
    fresh = tuple(one for id, one in new.items() if id not in old)
    gone = tuple(one for id, one in old.items() if id not in new)
    if before is None or after is None:
        what = "new" if before is None else "gone"
    else:
        what = "changed" if before.rule != after.rule or fresh or gone else "same"
    return Changed(name, what, before, after, fresh, gone)


def _by_id(result: RuleResult | None) -> dict[str, Fired]:
    fired: Sequence[Fired] = result.fired if result else ()
    return {one.alert.id: one for one in fired}
