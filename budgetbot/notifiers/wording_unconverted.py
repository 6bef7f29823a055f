"""What is said of a budget that cannot count what was spent in another currency."""

from __future__ import annotations

from budgetbot.core.fx import declaration
from budgetbot.core.model import Alert
from budgetbot.core.money import exact, nano, show
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.text import clean


def unconverted_title(notification: Notification, alert: Alert) -> str:
    """A headline of a few words."""
    rule, code = clean(alert.rule), _code(alert)
    if notification.reason in ENDS:
        return f"{rule}: nothing in {code} is left out any more"
    still = "still " if notification.reason is Reason.REPEAT else ""
    return f"{rule} {still}cannot count what was spent in {code}"


def unconverted_lead(notification: Notification, alert: Alert) -> str:
    """What is not counted, and the line that ends it."""
    rule, currency = clean(alert.rule), clean(str(alert.evidence.get("currency")), 8)
    if notification.reason in ENDS:
        return f"All that {rule} is about is counted in {currency} now."
    since, code = clean(str(alert.evidence.get("since", "...")), 10), _code(alert)
    fix = declaration([code], currency, since)
    return (
        f"{rule} is in {currency}, and {_amount(alert, code)} of what it is about has no exchange rate to that, so it "
        f"is not counted and no level is reached by it. Add the rate to the policy: {fix}"
    )


def _code(alert: Alert) -> str:
    return clean(alert.level, 40).rpartition(" ")[2]


def _amount(alert: Alert, code: str) -> str:
    missing = alert.evidence.get("unconverted")
    try:
        return show(nano(exact(missing.get(code) if isinstance(missing, dict) else None)), code)
    except ValueError:
        return f"what was spent in {code}"
