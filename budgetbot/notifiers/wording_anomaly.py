"""What an alert about unusual spend says: how much, what is usual for it, how much beyond it so far, since when."""

from __future__ import annotations

from budgetbot.core.foretold import day_and_time
from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.text import utc
from budgetbot.core.unusual import Unusual

_KINDS = {
    "spike": "a spike: far more than is usual at this time",
    "shift": "a shift: more than usual, and it stays so",
    "leak": "a leak: it grows day by day",
    "sparse": "sparse: spends rarely, and this was more than ever",
    "new": "new: it has hardly spent before",
    "drop": "a drop: far less than is usual at this time",
}


def anomaly_title(notification: Notification, alert: Alert, told: Unusual, who: str) -> str:
    """A headline of a few words."""
    match notification.reason:
        case Reason.EXPIRED if alert.kind == "new":
            return f"{who} is new no longer"
        case Reason.RESOLVED | Reason.EXPIRED:
            return f"{who}: as usual again" if alert.reason == "corrected" else f"{who}: {told.channel} closed"
        case Reason.REPEAT:
            return f"{who}: still {told.short}"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged: {who}, {told.short}"
    return f"{who} spends for the first time: {told.short}" if alert.kind == "new" else f"{who}: {told.short}"


def anomaly_lead(notification: Notification, alert: Alert, told: Unusual, who: str, why: str) -> str:
    """What was spent beside what is usual; `why` says why it is over."""
    if alert.kind == "new":
        return _new(notification, alert, told, who, why)
    spent = f"{told.unit.show(told.observed)} in {_bucket(told)}, usually {told.band}"
    if notification.reason in ENDS:
        if alert.reason != "corrected":
            return f"{why}: {who} was at {spent}."
        return f"{who} is as usual again: {spent}. Since {day_and_time(told.since)} it came to {_beyond(told)}."
    head = {Reason.REPEAT: f"{who} still spends", Reason.ESCALATED: f"Nobody has acknowledged that {who} spends"}
    more = (
        ""
        if told.end - told.start >= told.end - told.since and told.channel == "spike"
        else f" That is {_beyond(told)} since {day_and_time(told.since)}."
    )
    return f"{head.get(notification.reason, f'{who} has spent')} {spent}.{more}"


def _new(notification: Notification, alert: Alert, told: Unusual, who: str, why: str) -> str:
    spent = f"{told.unit.show(told.observed)} since {day_and_time(told.since)}"
    days = alert.evidence.get("unseen_for_days")
    before = f"; nothing in the {days} days before" if isinstance(days, int) else ""
    if notification.reason is Reason.EXPIRED:
        return f"{who} is no longer new: {spent}. From now on it is compared with its own past."
    if notification.reason is Reason.RESOLVED:
        return f"{why}: {who} is no new spender."
    head = "Nobody has acknowledged that " if notification.reason is Reason.ESCALATED else ""
    return f"{head}{who} has spent for the first time: {spent}{before}."


def _beyond(told: Unusual) -> str:
    return f"{told.unit.show(abs(told.excess))} {'less' if told.excess < 0 else 'more'} than usual"


def _bucket(told: Unusual) -> str:
    """ "the hour from 15:00 UTC on 21 Nov" """
    length = told.length.removeprefix("an ").removeprefix("a ")
    return f"the {length} from {day_and_time(told.start)}"


def anomaly_facts(alert: Alert, told: Unusual) -> list[tuple[str, str]]:
    """Labelled values."""
    if alert.kind == "new":
        return [("Spent", f"{told.unit.show(told.observed)} since {day_and_time(told.since)}")]
    return [
        ("Spent", f"{told.unit.show(told.observed)} in {_bucket(told)}"),
        ("Usually", f"{told.band}, in 95 of 100 such times"),
        ("Less than usual" if told.excess < 0 else "More than usual", told.unit.show(abs(told.excess))),
        ("Since", utc(told.since) or ""),
        ("Kind", _KINDS.get(told.channel, told.channel)),
    ]
