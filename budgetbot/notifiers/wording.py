"""What an alert says, before any receiver's markup: what, how much, against what, why, whose, how fresh, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from budgetbot.core.drill import is_drill
from budgetbot.core.model import Alert, Driver, Severity
from budgetbot.core.money import percent
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.summary import OVER, alert_summary, compared
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit, unit_of
from budgetbot.notifiers.many import Many, many_of
from budgetbot.notifiers.wording_context import context, facts
from budgetbot.notifiers.wording_drill import drill_context, drill_lead, drill_title
from budgetbot.notifiers.wording_lead import lead, title
from budgetbot.notifiers.wording_many import many_facts, many_lead, many_summary, many_title
from budgetbot.notifiers.wording_steps import steps
from budgetbot.notifiers.wording_together import Together, common_key, together_of
from budgetbot.notifiers.wording_unusual import named_among
from budgetbot.notifiers.wording_why import worth_why

DRIVERS = 3
Badge = Literal["INFO", "WARNING", "CRITICAL", "RESOLVED", "CLOSED", "NOTE", "TEST"]
_BADGES: dict[Severity, Badge] = {
    Severity.INFO: "INFO",
    Severity.WARNING: "WARNING",
    Severity.CRITICAL: "CRITICAL",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in plain words; names in it are cleaned of control characters, not escaped for any markup.

    `summary` is one line whose first 60 characters say it all; `facts` are (label, value), `change` is (how much it
    changed, what that comes from), `steps` are (what it does, command); `runbook` is an http(s) URL; `together` are the
    other alerts that it tells.
    """

    summary: str
    title: str
    lead: str
    severity: Severity | None = None
    badge: Badge = "NOTE"
    facts: tuple[tuple[str, str], ...] = ()
    drivers: tuple[str, ...] = ()
    change: tuple[str, tuple[str, ...]] = ("", ())
    steps: tuple[tuple[str, str], ...] = ()
    context: tuple[str, ...] = ()
    runbook: str | None = None
    together: Together | None = None

    def plain(self) -> str:
        """Everything in it as lines of text, for receivers that take nothing better."""
        lines = [self.title, "", self.lead, ""]
        lines += [f"{label}: {value}" for label, value in self.facts]
        if self.drivers:
            lines += ["", "Driven by:", *(f"- {driver}" for driver in self.drivers)]
        if self.change[0]:
            lines += ["", f"{self.change[0]}:", *(f"- {cause}" for cause in self.change[1])]
        if self.together:
            lines += ["", f"{self.together.head}:", *(f"- {line}" for line in self.together.listed())]
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
    rule, many = notification.rule, many_of(notification)
    spoken = Message(
        summary=_summary(notification, alert),
        title=title(notification, alert),
        lead=" ".join([lead(notification, alert), *_and_more(notification, alert)]),
        severity=alert.severity,
        badge=_badge(notification, alert),
        facts=facts(notification, alert),
        drivers=_drivers(alert),
        change=worth_why(alert.evidence, DRIVERS),
        steps=steps(notification, alert),
        context=context(notification),
        runbook=_web_address(rule.runbook) if rule and rule.runbook else None,
        together=together_of(notification),
    )
    return _about_many(spoken, many) if many is not None else spoken


def _about_many(spoken: Message, many: Many) -> Message:
    """What they have in common instead of what is true of the one that speaks."""
    badge: Badge = "CLOSED" if many.over and not many.fine else spoken.badge
    return replace(
        spoken,
        summary=many_summary(many, badge.capitalize()),
        title=many_title(many),
        lead=many_lead(many),
        badge=badge,
        facts=many_facts(many),
        drivers=(),
        change=("", ()),
    )


def _and_more(notification: Notification, alert: Alert) -> list[str]:
    """That it speaks of other rules too."""
    count = len(notification.together) + notification.more
    key = common_key(notification, alert)
    more = f"{count} more alert{'' if count == 1 else 's'}"
    if not count:
        return []
    who = named_among(alert, notification.together)
    return [f"The same key, {key}, is behind {more}." if key else f"With it came {more}.", *([who] if who else [])]


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


def _web_address(text: str) -> str | None:
    return text if re.fullmatch(r"https?://[!#-;=?-_a-~]{1,500}", text) else None
