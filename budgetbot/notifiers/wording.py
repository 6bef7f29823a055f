"""What an alert says, before any receiver's markup: what, how much, against what, why, whose, how fresh, what to do."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import Literal

from budgetbot.core.drill import is_drill
from budgetbot.core.model import Alert, Driver, Notification, Reason, Severity
from budgetbot.core.money import percent
from budgetbot.core.summary import OVER, alert_summary, compared
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit, unit_of
from budgetbot.notifiers.wording_context import context, facts
from budgetbot.notifiers.wording_drill import drill_context, drill_lead, drill_title
from budgetbot.notifiers.wording_lead import lead, title

DRIVERS = 3
Badge = Literal["INFO", "WARNING", "CRITICAL", "RESOLVED", "CLOSED", "NOTE", "TEST"]
_BADGES: dict[Severity, Badge] = {
    Severity.INFO: "INFO",
    Severity.WARNING: "WARNING",
    Severity.CRITICAL: "CRITICAL",
}
_ACTIVE = {Reason.FIRST, Reason.WORSE, Reason.REPEAT, Reason.ESCALATED}


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in plain words; names in it are cleaned of control characters, not escaped for any markup.

    `summary` is one line whose first 60 characters say it all; `facts` are (label, value), `steps` are (what it does,
    command); `runbook` is an http(s) URL.
    """

    summary: str
    title: str
    lead: str
    severity: Severity | None = None
    badge: Badge = "NOTE"
    facts: tuple[tuple[str, str], ...] = ()
    drivers: tuple[str, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    context: tuple[str, ...] = ()
    runbook: str | None = None

    def plain(self) -> str:
        """Everything in it as lines of text, for receivers that take nothing better."""
        lines = [self.title, "", self.lead, ""]
        lines += [f"{label}: {value}" for label, value in self.facts]
        if self.drivers:
            lines += ["", "Driven by:", *(f"- {driver}" for driver in self.drivers)]
        if self.steps or self.runbook:
            lines += ["", "What can be done:", *(f"- {what}: {command}" for what, command in self.steps)]
        if self.runbook:
            lines.append(f"- Runbook: {self.runbook}")
        return "\n".join([*lines, "", *self.context])


def message(notification: Notification) -> Message:
    """The words of a notification that speaks of an alert, or of a test without one."""
    alert = notification.alert
    if alert is not None and is_drill(alert):
        told = drill_title(notification)
        return Message(told, told, drill_lead(notification), alert.severity, "TEST", context=drill_context(alert))
    if alert is None:
        about = f"{notification.reason.value} for {clean(notification.receiver)}"
        spoken = Message(about, about, "There is no alert to tell of.", context=context(notification))
    else:
        spoken = _about(notification, alert)
    return _marked_as_test(spoken) if notification.reason is Reason.TEST else spoken


def _about(notification: Notification, alert: Alert) -> Message:
    rule = notification.rule
    return Message(
        summary=_summary(notification, alert),
        title=title(notification, alert),
        lead=lead(notification, alert),
        severity=alert.severity,
        badge=_badge(notification, alert),
        facts=facts(notification, alert),
        drivers=_drivers(alert),
        steps=_steps(notification, alert),
        context=context(notification),
        runbook=_web_address(rule.runbook) if rule and rule.runbook else None,
    )


def _badge(notification: Notification, alert: Alert) -> Badge:
    if notification.reason is Reason.EXPIRED or (notification.reason is Reason.RESOLVED and alert.reason in OVER):
        return "CLOSED"
    return "RESOLVED" if notification.reason is Reason.RESOLVED else _BADGES[alert.severity]


def _summary(notification: Notification, alert: Alert) -> str:
    line = alert_summary(alert)
    badge = _badge(notification, alert)
    return re.sub(r"^\w+:", f"{badge.capitalize()}:", line, count=1) if badge in {"CLOSED", "RESOLVED"} else line


def _marked_as_test(spoken: Message) -> Message:
    note = "This is a test of the way to you: nothing happened, and nothing needs to be done."
    return replace(
        spoken,
        badge="TEST",
        summary=f"TEST, nothing happened: {spoken.summary}",
        title=f"TEST: {spoken.title}",
        lead=note if spoken.severity is None else f"{note} A real alert would read: {spoken.lead}",
        steps=(),
    )


def _drivers(alert: Alert) -> tuple[str, ...]:
    numbers = compared(alert.evidence)
    unit = unit_of(alert.evidence)
    lines = [_driver(driver, unit, numbers.spent if numbers else 0) for driver in alert.drivers[:DRIVERS]]
    more = len(alert.drivers) - DRIVERS
    return (*lines, f"and {more} more") if more > 0 else tuple(lines)


def _driver(driver: Driver, unit: Unit, whole: int) -> str:
    name = clean(driver.name or driver.id or "", 60) or "unattributed"
    share = f" ({percent(driver.amount, whole)})" if whole > 0 else ""
    owner = f", owner {clean(driver.owner, 60)}" if driver.owner else ""
    return f"{clean(driver.dimension, 30).replace('_', ' ')} {name}: {unit.show(driver.amount)}{share}{owner}"


def _steps(notification: Notification, alert: Alert) -> tuple[tuple[str, str], ...]:
    steps: list[tuple[str, str]] = []
    if notification.reason in _ACTIVE and not alert.late:
        if alert.acknowledged_by is None:
            steps.append(("Acknowledge", f"budgetbot alerts ack {clean(alert.id)}"))
        steps.append(("Be quiet for four hours", f"budgetbot alerts snooze {clean(alert.id)} 4h"))
    project = _project(alert)
    if project and notification.reason is not Reason.TEST:
        steps.append(("See which keys spend it", f"budgetbot spend {project} by key"))
    return tuple(steps)


def _project(alert: Alert) -> str | None:
    """The project to look into, safe to paste into a shell; its id where the name is anything but plain."""
    named = [(part.id, part.name) for part in alert.scope.parts if part.dimension == "project"]
    named += [(driver.id, driver.name) for driver in alert.drivers if driver.dimension == "project"]
    for id, name in named:
        for word in (name, id):
            if word and re.fullmatch(r"[\w.:/@ -]{1,60}", word, re.ASCII) and not word.startswith("-"):
                return shlex.quote(word)
    return None


def _web_address(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[!#-;=?-_a-~]{1,500}", text) else None
