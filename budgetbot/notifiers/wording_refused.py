"""What is said of changed policy files that are wrong."""

from __future__ import annotations

from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.summary import mistakes_in_all
from budgetbot.core.text import clean

_SHOWN = 3


def refused_title(notification: Notification, alert: Alert) -> str:
    """A headline of a few words."""
    if notification.reason in ENDS:
        return "The policy files are in force again"
    still = "still " if notification.reason is Reason.REPEAT else ""
    return f"The changed policy files are {still}wrong and not in force"


def refused_lead(notification: Notification, alert: Alert) -> str:
    """What is wrong, and what is in force meanwhile."""
    hash = clean(str(alert.evidence.get("hash", "")), 12)
    if notification.reason in ENDS:
        return f"What the policy files say is in force: policy {hash}."
    found = alert.evidence.get("mistakes")
    mistakes = [clean(str(one), 300) for one in found] if isinstance(found, list) else []
    more = mistakes_in_all(alert) - len(mistakes[:_SHOWN])
    told = [*mistakes[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return (
        f"budgetbot goes on by the last good ones, policy {hash}. To be mended: {'; '.join(told)}. "
        "`budgetbot policies validate` shows every mistake; mended files take effect by themselves."
    )
