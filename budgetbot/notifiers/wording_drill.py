"""What a drill says: that it is none of the alerts that it travels like."""

from __future__ import annotations

from budgetbot.core.drill import DRILL, NOTHING
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.text import clean


def drill_title(notification: Notification) -> str:
    """A headline of a few words; it is the summary as well."""
    return f"{NOTHING} (it is over)" if notification.reason is Reason.RESOLVED else NOTHING


def drill_lead(notification: Notification) -> str:
    """What it is for."""
    who = clean(notification.receiver)
    if notification.reason is Reason.RESOLVED:
        return f"{NOTHING}. The drill for {who} is over."
    return f"{NOTHING}. This only tries whether alerts reach {who}; nothing needs to be done."


def drill_context(alert: Alert) -> tuple[str, ...]:
    """Why it was sent."""
    name = alert.evidence.get(DRILL)
    return (f"Sent by the policy's drill {clean(str(name))}" if name else "Sent because somebody asked for a drill",)
