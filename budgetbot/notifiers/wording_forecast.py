"""What an alert about a forecast says: where a budget is headed, how surely, and when it is used up."""

from __future__ import annotations

from budgetbot.core.foretold import Foretold, day_and_time, foretold
from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.summary import Compared, compared, period_name
from budgetbot.core.text import clean


def forecast_title(notification: Notification, alert: Alert, who: str) -> str:
    """A headline of a few words."""
    numbers = compared(alert.evidence)
    if notification.reason is Reason.EXPIRED:
        return f"{who}: {period_name(alert)} is closed"
    course = f"on course to pass {numbers.unit.limit(numbers.line)}" if numbers else clean(alert.level, 40)
    match notification.reason:
        case Reason.RESOLVED if alert.reason == "corrected":
            return f"{who}: no longer {course}"
        case Reason.RESOLVED:
            return f"{who}: {clean(alert.level, 40)} resolved"
        case Reason.REPEAT:
            return f"{who} is still {course}"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged: {who} is {course}"
    return f"{who} is {course}"


def forecast_lead(notification: Notification, alert: Alert, who: str, why: str) -> str:
    """Where it is headed, in one sentence, and how much is spent; `why` says why it is over."""
    numbers, told = compared(alert.evidence), foretold(alert.evidence)
    if numbers is None:
        return f"{who}: {clean(alert.level, 40)}."
    if notification.reason in ENDS:
        return _over(notification, alert, numbers, told, who, why)
    verb = "is still" if notification.reason is Reason.REPEAT else "is"
    head = "Nobody has acknowledged that " if notification.reason is Reason.ESCALATED else ""
    course = _course(alert, numbers, told) if told else f"on course to pass {numbers.unit.limit(numbers.line)}"
    return f"{head}{who} {verb} {course}. {_so_far(numbers)}{_chance(alert, numbers, told)}"


def _course(alert: Alert, numbers: Compared, told: Foretold) -> str:
    used_up = f"; it will be used up {told.used_up}" if told.used_up else ""
    return f"on course for {told.band(numbers.unit)} of {numbers.unit.limit(numbers.effective)}{_by(alert)}{used_up}"


def _over(
    notification: Notification, alert: Alert, numbers: Compared, told: Foretold | None, who: str, why: str
) -> str:
    if notification.reason is Reason.EXPIRED:
        return f"{why}: {who} closed at {numbers.ratio} in {period_name(alert)}."
    if alert.reason != "corrected":
        return f"{why}: the forecast of {who} is closed. {_so_far(numbers)}"
    now = f": now {told.band(numbers.unit)} is expected{_by(alert)}" if told else ""
    return f"{who} is no longer on course to pass {numbers.unit.limit(numbers.line)}{now}. {_so_far(numbers)}"


def _so_far(numbers: Compared) -> str:
    return f"So far {numbers.ratio} {'is used' if numbers.unit.counts else 'is spent'}."


def _chance(alert: Alert, numbers: Compared, told: Foretold | None) -> str:
    likely = told.likelihood if told else None
    if likely is None:
        return ""
    return f" The chance to reach {numbers.unit.limit(numbers.effective)}{_by(alert)} is {likely}."


def _by(alert: Alert) -> str:
    return f" by {day_and_time(alert.end)}" if alert.end else ""
