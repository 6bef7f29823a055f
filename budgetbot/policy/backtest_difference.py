"""What one policy changes against another, over the same past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from budgetbot.core.model import Json
from budgetbot.policy.backtest import Backtest, Fired, RuleResult
from budgetbot.policy.backtest_report import figures, fired_row, in_hours
from budgetbot.policy.overruns import Overrun


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
