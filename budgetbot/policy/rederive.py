"""An alert derived once more: its id, its condition from what it kept, its figure from the ledger as it was. Pure.

What the ledger knew is kept by the hour, so the numbers must lie between what it knew at the whole hours around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from budgetbot.core.instant import iso
from budgetbot.core.lifecycle import alert_id
from budgetbot.core.model import Alert, Json
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context, needed, usage_needed
from budgetbot.rules.limit import Limit

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was derived once more. `equal` None: nothing is kept that could tell; `found` says why."""

    what: str
    said: str
    found: str
    equal: bool | None


def row(checks: list[Check]) -> dict[str, Json]:
    """As JSON: whether nothing differs, and each check."""
    listed: list[Json] = [{"what": c.what, "said": c.said, "found": c.found, "equal": c.equal} for c in checks]
    return {"equal": all(check.equal is not False for check in checks), "checks": listed}


def rederived(policy: Policy, alert: Alert, remembered: Callable[[], Ledger]) -> list[Check]:
    """Every check that can be made of the alert. `remembered`: the ledger's past, asked for where there are figures."""
    checks = [_identity(alert)]
    if (condition := _condition(alert)) is not None:
        checks.append(condition)
    if alert.fired_at is not None and "spent" in alert.evidence:
        checks.append(_spent(policy, alert, remembered(), alert.fired_at))
    return checks


def _identity(alert: Alert) -> Check:
    found = alert_id(alert.rule, alert.scope.key, alert.period, alert.level, alert.episode)
    return Check("id, from rule, scope, period, level and episode", alert.id, found, found == alert.id)


def _condition(alert: Alert) -> Check | None:
    """Whether what it kept says that the level was reached."""
    value, line = (_number(alert.evidence.get(name)) for name in ("spent", "line"))
    if value is None or line is None:
        return None
    if alert.kind == "forecast":
        told = alert.evidence.get("forecast")
        expected = _number(told.get("expected")) if isinstance(told, dict) else None
        words = f"{value:f} spent, {expected:f} expected" if expected is not None else f"{value:f} spent"
        return Check("forecast, from the numbers it kept", f"beyond {line:f}", words, value < line)
    what = "level reached, from the numbers it kept"
    return Check(what, f"at least {line:f}", f"{value:f}", value >= line)


def _spent(policy: Policy, alert: Alert, ledger: Ledger, fired: datetime) -> Check:
    what, said = "spent, from the ledger as it was known then", str(alert.evidence["spent"])
    rule = next((one for one in policy.rules if one.name == alert.rule and isinstance(one, Limit)), None)
    if not isinstance(rule, Limit):
        return Check(what, said, "the rule is not in the policy any more", None)
    if not len(ledger.rows.start):
        return Check(what, said, "the ledger holds nothing of its period", None)
    before = fired.replace(minute=0, second=0, microsecond=0)
    hours = list(dict.fromkeys((before, before if before == fired else before + _HOUR)))
    known, value = _figures(policy, rule, alert, ledger, fired, hours), _number(said)
    shown = f"{known[0]} at {iso(hours[0])}" + (f", {known[-1]} an hour later" if known[-1] != known[0] else "")
    low, high = sorted((Decimal(known[0]), Decimal(known[-1])))
    equal = value is not None and low <= value <= high
    if not equal and alert.policy_hash != policy.hash:
        return Check(what, said, f"{shown}; the policy has changed since", None)
    return Check(what, said, shown, equal)


def _figures(
    policy: Policy, rule: Limit, alert: Alert, ledger: Ledger, fired: datetime, hours: list[datetime]
) -> list[str]:
    """What the rule's scope had spent in the alert's period, as known at each of the hours."""
    replay, found = Replay(ledger, ledger.past.marks), []
    for hour in hours:
        replay.advance(hour)
        history = replay.history(needed(policy, fired), hour, usage=usage_needed(policy, fired))
        looked = context(policy, rule, history, State(), fired)
        here = [f for f in rule.every_level(looked, fired) if (f.scope.key, f.level) == (alert.scope.key, alert.level)]
        spent = [str(f.evidence["spent"]) for f in here if alert.start in (None, f.start)]
        found.append(spent[0] if spent else rule.figure(0))
    return found


def _number(value: Json) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
