"""What is said of a receiver that does not confirm, to others."""

from __future__ import annotations

from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.summary import OVER, count_in, subject
from budgetbot.core.text import clean, utc


def undelivered_title(notification: Notification, alert: Alert) -> str:
    """A headline of a few words."""
    who = subject(alert)
    match notification.reason:
        case Reason.RESOLVED | Reason.EXPIRED:
            return f"{who} was not told" if alert.reason in OVER else f"{who} is told again"
        case Reason.REPEAT:
            return f"{who} is still not told"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged: {who} is not told"
    return f"{who} is not told"


def undelivered_lead(notification: Notification, alert: Alert) -> str:
    """What did not arrive and why, and how to end it."""
    who = subject(alert)
    if notification.reason in ENDS:
        return f"{_why(alert, who)} What was given up is not sent again: `budgetbot alerts deliveries` lists it."
    error = clean(str(alert.evidence.get("last_error") or ""), 200)
    told = [_given_up(alert, who), _waiting(alert, who), f"The last error: {error}." if error else ""]
    trial = "" if ":" in who else f", then try it: `budgetbot drill {who}`"
    return " ".join([*(one for one in told if one), f"Mend the way to {who}{trial}."])


def _why(alert: Alert, who: str) -> str:
    if alert.reason == "manual":
        return "It was closed by hand."
    if alert.reason in OVER:
        return f"{who} is no longer in the policy."
    return f"{who} has confirmed what was sent to it since."


def _given_up(alert: Alert, who: str) -> str:
    count = count_in(alert, "given_up")
    since = utc(str(alert.evidence.get("since")))
    if not count:
        return ""
    messages = "1 message" if count == 1 else f"{count} messages"
    return f"{messages} to {who} {'was' if count == 1 else 'were'} given up{f' since {since}' if since else ''}."


def _waiting(alert: Alert, who: str) -> str:
    count = count_in(alert, "waiting")
    since, drill = utc(str(alert.evidence.get("oldest_due"))), utc(str(alert.evidence.get("drill_due")))
    if not count:
        return ""
    messages = "1 message is" if count == 1 else f"{count} messages are"
    drilled = f", among them a drill that it should have confirmed by {drill}" if drill else ""
    return f"{messages} waiting for {who}{f' since {since}' if since else ''}{drilled}."
