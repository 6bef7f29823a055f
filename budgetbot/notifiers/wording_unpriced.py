"""What is said of a model that nobody has a price for."""

from __future__ import annotations

from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.text import clean


def unpriced_title(notification: Notification, alert: Alert) -> str:
    """A headline of a few words."""
    model = _named(alert, "model")
    if notification.reason in ENDS:
        return f"{model}: unpriced use is over"
    return f"{model} still has no price" if notification.reason is Reason.REPEAT else f"{model} has no price"


def unpriced_lead(notification: Notification, alert: Alert) -> str:
    """What happened, what it means for the numbers, and how to end it."""
    model, source = _named(alert, "model"), _named(alert, "source")
    if notification.reason in ENDS:
        return f"{model} of {source} has a price now, or is no longer used."
    counted = clean(str(alert.evidence.get("counted_at", "the dearest sibling's price")), 60)
    return (
        f"{model} of {source} is used and has no price, so until the bill is in it counts at {counted}. "
        "Add it to the policy, money per million tokens: "
        f"prices: [{{model: {_quoted(model)}, input: ..., output: ...}}]"
    )


def _named(alert: Alert, key: str) -> str:
    return clean(str(alert.evidence.get(key, "")), 60) or "(blank)"


def _quoted(model: str) -> str:
    return '"' + model.replace("\\", "\\\\").replace('"', '\\"') + '"'
