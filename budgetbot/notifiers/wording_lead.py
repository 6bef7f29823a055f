"""The title and the first sentences of an alert, by kind and by the reason why it is told."""

from __future__ import annotations

from budgetbot.core.model import Alert, Resolution
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.restatement import restated_words, told_of
from budgetbot.core.summary import (
    LIMITS,
    OVER,
    Compared,
    compared,
    is_refused,
    is_unconverted,
    is_undelivered,
    is_unpriced,
    period_name,
    subject,
)
from budgetbot.core.text import clean, utc
from budgetbot.core.unusual import KINDS
from budgetbot.notifiers.wording_forecast import forecast_lead, forecast_title
from budgetbot.notifiers.wording_refused import refused_lead, refused_title
from budgetbot.notifiers.wording_unconverted import unconverted_lead, unconverted_title
from budgetbot.notifiers.wording_undelivered import undelivered_lead, undelivered_title
from budgetbot.notifiers.wording_unpriced import unpriced_lead, unpriced_title
from budgetbot.notifiers.wording_unusual import unusual_lead, unusual_title

_WHY_RESOLVED: dict[Resolution | None, str] = {
    "corrected": "The provider restated the bill",
    "period_ended": "The period has ended",
    "limit_changed": "The limit was changed",
    "rule_changed": "The rule was changed and starts anew",
    "rule_removed": "The rule was removed",
    "manual": "It was closed by hand",
    None: "It is over",
}


def title(notification: Notification, alert: Alert) -> str:
    """A headline of a few words."""
    who, level = _who(alert), clean(alert.level, 40)
    if alert.kind == "freshness":
        return _freshness_title(notification, alert)
    if alert.kind == "forecast":
        return forecast_title(notification, alert, who)
    if special := unusual_title(notification, alert, who) or _own_title(notification, alert):
        return special
    match notification.reason:
        case Reason.RESOLVED:
            return f"{who}: {level} resolved"
        case Reason.EXPIRED:
            return f"{who}: {period_name(alert)} is closed"
        case Reason.REPEAT:
            return f"{who} is still over {level}" if alert.kind in LIMITS else f"{who}: still {level}"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged: {who} reached {level}"
    if alert.kind not in LIMITS:
        return f"{who}: {alert.kind.replace('_', ' ')} {level}".strip()
    verb = "probably reached" if _probable(alert) else "reached"
    before = alert.evidence.get("previous_level")
    was = f" (was {clean(str(before), 40)})" if notification.reason is Reason.WORSE and before else ""
    return f"{who} {verb} {level}{was}"


def _own_title(notification: Notification, alert: Alert) -> str | None:
    """Of what is about the policy, or about budgetbot itself."""
    if is_unpriced(alert):
        return unpriced_title(notification, alert)
    if is_refused(alert):
        return refused_title(notification, alert)
    if is_undelivered(alert):
        return undelivered_title(notification, alert)
    return unconverted_title(notification, alert) if is_unconverted(alert) else None


def _freshness_title(notification: Notification, alert: Alert) -> str:
    name = _report(alert)
    if notification.reason in ENDS:
        return f"{name} is being read again" if alert.reason in {"corrected", None} else f"{name}: resolved"
    return f"{name} is still not being read" if notification.reason is Reason.REPEAT else f"{name} is not being read"


def lead(notification: Notification, alert: Alert) -> str:
    """What happened, in whole sentences."""
    numbers = compared(alert.evidence)
    if alert.kind == "freshness":
        said = _freshness(notification, alert)
    elif alert.kind == "forecast":
        said = forecast_lead(notification, alert, _who(alert), why(alert))
    elif told := unusual_lead(notification, alert, _who(alert), why(alert)):
        said = told
    elif is_unpriced(alert):
        said = unpriced_lead(notification, alert)
    elif is_refused(alert):
        return refused_lead(notification, alert)
    elif is_undelivered(alert):
        return undelivered_lead(notification, alert)
    elif is_unconverted(alert):
        return unconverted_lead(notification, alert)
    elif alert.kind in LIMITS and numbers is not None:
        said = _budget(notification, alert, numbers)
    else:
        said = _other(notification, alert)
    return " ".join([said, *_marks(notification, alert)])


def _budget(notification: Notification, alert: Alert, numbers: Compared) -> str:
    who, level = _who(alert), clean(alert.level, 40)
    when = period_name(alert)
    spent = f"{numbers.ratio} in {when}"
    match notification.reason:
        case Reason.EXPIRED:
            settled = "" if _settled(alert) else " This is provisional until the bill is settled."
            return f"{why(alert, 'period_ended')}: {who} closed at {spent}.{settled}"
        case Reason.RESOLVED if alert.reason in OVER:
            return f"{why(alert)}: {who} was at {spent}."
        case Reason.RESOLVED:
            return f"{why(alert)}: {who} is at {spent}, below {level} again."
        case Reason.REPEAT:
            return f"{who} is still over {level}: {spent}.{_estimate(numbers)}"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged that {who} passed {level}: {spent}.{_estimate(numbers)}"
    passed = f"probably passed {level}" if numbers.probable else f"passed {level}"
    before = alert.evidence.get("previous_level")
    was = f", after {clean(str(before), 40)}" if notification.reason is Reason.WORSE and before else ""
    return f"{who} has {passed}{was}: {spent}.{_estimate(numbers)}"


def _estimate(numbers: Compared) -> str:
    if not numbers.estimated:
        return ""
    show = numbers.unit.show
    low, high, line = show(numbers.low), show(numbers.high), numbers.unit.limit(numbers.line)
    doubt = f"; the low end is still below the line of {line}" if numbers.probable else ""
    return f" {show(numbers.estimated)} of it is estimated (between {low} and {high} in all{doubt})."


def _freshness(notification: Notification, alert: Alert) -> str:
    name, evidence = _report(alert), alert.evidence
    read, complete = utc(str(evidence.get("pulled_at"))), utc(str(evidence.get("complete_to")))
    until = f"complete to {complete}" if complete else "not complete yet"
    if notification.reason in ENDS:
        if alert.reason in {"corrected", None}:
            return f"{name} is being read again; its data is {until}."
        return f"{why(alert)}. {name} is {until}."
    last = f"was last read whole at {read}" if read else "has never been read whole"
    after = (
        f", and counts as stale after {clean(str(evidence['stale_after']), 20)}" if "stale_after" in evidence else ""
    )
    error = f" The last try failed: {clean(str(evidence['error']), 300)}." if evidence.get("error") else ""
    return f"{name} {last}{after}; its data is {until}.{error} What was spent since then is not known."


def _other(notification: Notification, alert: Alert) -> str:
    who, kind, level = _who(alert), alert.kind.replace("_", " "), clean(alert.level, 40)
    match notification.reason:
        case Reason.RESOLVED | Reason.EXPIRED:
            return f"{why(alert)}: {kind} {level} of {who} is over."
        case Reason.REPEAT:
            return f"{who} is still at {kind} {level}."
        case Reason.ESCALATED:
            return f"Nobody has acknowledged {kind} {level} of {who}."
    return f"{who} has reached {kind} {level}."


def _marks(notification: Notification, alert: Alert) -> list[str]:
    marks, so = [], "so" if alert.kind in {"forecast", *KINDS} else "passed"
    if alert.already and notification.reason in {Reason.FIRST, Reason.WORSE}:
        marks.append(f"It was already {so} when this rule was added or changed.")
    if alert.late:
        marks.append("The period is closed; this settled late.")
    if alert.episode > 1 and notification.reason in {Reason.FIRST, Reason.WORSE}:
        marks.append(f"It was {so} before in this period and was over since; now it is {so} again.")
    if restated := restated_words(told_of(alert.evidence.get("restated"))):
        marks.append(f"The bill of {restated}")
    if notification.others:
        levels = ", ".join(clean(level, 40) for level in notification.others)
        head = "In the same step as well" if alert.kind == "forecast" else "Passed in the same step"
        over = notification.reason in ENDS
        marks.append(f"{'What still fires' if over else head}: {levels}.")
    return marks


def why(alert: Alert, default: Resolution | None = None) -> str:
    """The reason of its end as the beginning of a sentence."""
    return _WHY_RESOLVED.get(alert.reason or default, _WHY_RESOLVED[None])


def _who(alert: Alert) -> str:
    return f"{subject(alert)} ({clean(alert.rule)})" if alert.scope.parts else clean(alert.rule)


def _report(alert: Alert) -> str:
    names = [clean(str(alert.evidence[key]), 60) for key in ("source", "report") if alert.evidence.get(key)]
    return " ".join(names) or subject(alert)


def _probable(alert: Alert) -> bool:
    numbers = compared(alert.evidence)
    return numbers is not None and numbers.probable


def _settled(alert: Alert) -> bool:
    settled_to, end = utc(str(alert.evidence.get("settled_to"))), utc(alert.end)
    return settled_to is not None and end is not None and settled_to >= end
