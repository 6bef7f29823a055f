"""The facts of an alert as labelled values, and where it comes from: freshness, rule, policy, why it is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

from budgetbot.core.foretold import Foretold, amount, day_and_time, foretold, full_at_this_pace
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.summary import LIMITS, Compared, compared, period_name
from budgetbot.core.text import clean, utc
from budgetbot.core.unit import Unit
from budgetbot.notifiers.wording_pace import unattended_words
from budgetbot.notifiers.wording_raised import raised_words
from budgetbot.notifiers.wording_unusual import unusual_facts

Facts = list[tuple[str, str]]

_SENT_BECAUSE = {
    Reason.FIRST: "the level was reached",
    Reason.WORSE: "a higher level was reached",
    Reason.REPEAT: "it lasts, and the rule asks for a reminder",
    Reason.ESCALATED: "nobody has acknowledged it",
    Reason.RESOLVED: "it is over",
    Reason.EXPIRED: "its period is over",
    Reason.CHANGED: "somebody did something about it",
    Reason.DIGEST: "it is due by its schedule",
    Reason.TEST: "somebody asked for a test",
}
_GENERIC_FACTS = 6
_FACTS = 14
_NOT_FACTS = {"complete_to", "settled_to"}  # told as freshness
_TOLD = 10


def facts(notification: Notification, alert: Alert) -> tuple[tuple[str, str], ...]:
    """Labelled values, the numbers first."""
    numbers = compared(alert.evidence)
    found: Facts = [("Severity", alert.severity.value)]
    if alert.kind == "freshness":
        found += _times(alert)
    elif alert.kind in LIMITS | {"forecast"} and numbers is not None:
        found += _budget(alert, numbers)
    else:
        found += unusual_facts(alert) or _generic(alert)
    if unattended := unattended_words(notification, alert):
        found.append(("If nobody acts", unattended))
    if alert.start and alert.end:
        found.append(("Period", period_words(alert, alert.start, alert.end)))
    found += [(name.capitalize(), clean(alert.labels[name], 80)) for name in ("team", "owner") if name in alert.labels]
    if alert.acknowledged_by:
        found.append(("Acknowledged by", clean(alert.acknowledged_by, 80)))
    return tuple(found[:_FACTS])


def _budget(alert: Alert, numbers: Compared) -> Facts:
    unit = numbers.unit
    over = alert.state == "resolved"
    probably = " probably" if numbers.probable and not over else ""
    found = [("Used" if unit.counts else "Spent", numbers.ratio + probably)]
    found.append(("Level", f"{clean(alert.level, 40)} = {unit.limit(numbers.line)}"))
    if numbers.effective != numbers.amount:
        found.append(("Budget", raised_words(alert.evidence, numbers)))
    if numbers.estimated:
        band = f"{unit.show(numbers.low)} to {unit.show(numbers.high)} in all"
        found.append(("Estimated part", f"{unit.show(numbers.estimated)}; {band}"))
    if (told := foretold(alert.evidence)) and not over:
        found.append(("Forecast", told.band(unit)))
        found += _used_up(alert, told, numbers)
    left = _shown(alert.evidence.get("per_day_left"), unit)
    if left and not over:
        found.append(("Left per day", left))
    return [*found, *_uncounted(alert)]


def _used_up(alert: Alert, told: Foretold, numbers: Compared) -> Facts:
    soon = full_at_this_pace(alert.evidence)
    if numbers.spent >= numbers.effective or not (soon or told.used_up):
        return []
    if soon is None or (told.exhausted is not None and told.exhausted <= soon):
        return [("Used up", told.used_up or "")]
    usual = f"; by its usual course {told.used_up}" if told.used_up else ""
    return [("Used up", f"{day_and_time(soon)} at this pace{usual}")]


def _uncounted(alert: Alert) -> Facts:
    unconverted = alert.evidence.get("unconverted")
    if not isinstance(unconverted, dict) or not unconverted:
        return []
    parts = [_shown(part, Unit(clean(code, 8))) for code, part in list(unconverted.items())[:5]]
    return [("Not counted (no rate)", ", ".join(part for part in parts if part))]


def _shown(text: Json, unit: Unit) -> str | None:
    known = amount(text)
    return None if known is None else unit.show(known)


def _times(alert: Alert) -> Facts:
    evidence = alert.evidence
    found = [("Last read whole", utc(str(evidence.get("pulled_at"))) or "never")]
    found.append(("Complete to", utc(str(evidence.get("complete_to"))) or "not known"))
    if "stale_after" in evidence:
        found.append(("Stale after", clean(str(evidence["stale_after"]), 20)))
    return found


def _generic(alert: Alert) -> Facts:
    found: Facts = []
    for name, value in alert.evidence.items():
        if isinstance(value, dict | list) or value is None or name in _NOT_FACTS:
            continue
        shown = utc(value) if isinstance(value, str) else None
        found.append((clean(name, 40).replace("_", " ").capitalize(), shown or clean(str(value), 80)))
    return [*_uncounted(alert), *found[:_GENERIC_FACTS]]


def period_words(alert: Alert, start: datetime, end: datetime) -> str:
    """ "Nov 2026 (2026-11-01 until 2026-12-01, UTC)" """
    name = period_name(alert)
    first, after = start.astimezone(UTC), end.astimezone(UTC)
    if first.time() == after.time() == time():
        return f"{name} ({first:%Y-%m-%d} until {after:%Y-%m-%d}, UTC)"
    return f"{name} ({utc(first)} until {utc(after)})"


def context(notification: Notification) -> tuple[str, ...]:
    """How fresh the data is, which rule spoke, and why it is sent."""
    alert, rule = notification.alert, notification.rule
    lines = [_freshness(alert)] if alert and alert.kind != "freshness" and "complete_to" in alert.evidence else []
    if rule:
        where = f", {clean(rule.where, 120)}" if rule.where else ""
        lines.append(f"Rule {clean(rule.name)}{where}")
        if rule.description:
            lines.append(clean(rule.description, 300))
    lines += _also_told(notification, alert) if alert else []
    because = f"Sent because {_SENT_BECAUSE[notification.reason]}"
    if alert:
        digest = re.sub(r"^\w+:", "", alert.policy_hash)[:12]
        policy = f", policy {clean(digest)}" if digest else ""
        because += f"; alert {clean(alert.id)}{policy}"
    return (*lines, because)


def _also_told(notification: Notification, alert: Alert) -> list[str]:
    told = alert.evidence.get("told")
    others = [str(name) for name in told if name != notification.receiver] if isinstance(told, list) else []
    names = [clean(name, 40) for name in others]
    more = [f"{len(names) - _TOLD} more"] if len(names) > _TOLD else []
    return [f"Also told: {', '.join([*names[:_TOLD], *more])}"] if names else []


def _freshness(alert: Alert) -> str:
    complete, settled = (utc(str(alert.evidence.get(name))) for name in ("complete_to", "settled_to"))
    data = f"Data complete to {complete}" if complete else "Data not complete yet"
    return f"{data}; bill settled to {settled}" if settled else f"{data}; bill not settled yet"
