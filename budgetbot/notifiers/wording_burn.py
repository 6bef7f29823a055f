"""What an alert about a burn rate says: how fast, how many times the pace, and when the budget is gone at this rate."""

from __future__ import annotations

from collections.abc import Mapping

from budgetbot.core.foretold import day_and_time
from budgetbot.core.model import Alert, Json
from budgetbot.core.money import exact, nano
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit
from budgetbot.core.unusual import Burn, times, told_of


def burn_title(notification: Notification, alert: Alert, told: Burn, who: str) -> str:
    """A headline of a few words."""
    match notification.reason:
        case Reason.RESOLVED | Reason.EXPIRED:
            return f"{who} burns no longer" if alert.reason == "corrected" else f"{who}: burn rate closed"
        case Reason.REPEAT:
            return f"{who} still burns {told.short}"
        case Reason.ESCALATED:
            return f"Nobody has acknowledged: {who} burns {told.short}"
    return f"{who} burns {told.short}"


def burn_lead(notification: Notification, alert: Alert, told: Burn, who: str, why: str) -> str:
    """How fast it burns beside its pace; `why` says why it is over."""
    show = told.unit.show
    if notification.reason in ENDS:
        if alert.reason != "corrected":
            return f"{why}: {who} was at {show(told.per_hour)} an hour."
        return f"{who} is below {clean(alert.level, 60)} again; lately it spent {show(told.per_hour)} an hour."
    head = "Nobody has acknowledged that " if notification.reason is Reason.ESCALATED else ""
    still = "still spends" if notification.reason is Reason.REPEAT else "spends"
    pace = f"the even pace of {told.budget}" if told.budget else "what is usual for these hours"
    rate = (
        f"{times(told.rate)} {pace} ({show(told.pace)})" if told.rate is not None else "where usually nothing is spent"
    )
    return f"{head}{who} {still} {show(told.per_hour)} an hour, {rate}.{_gone(told)}"


def _gone(told: Burn) -> str:
    if told.effective is None:
        return ""
    amount = told.unit.limit(told.effective)
    if told.used_up:
        return f" The {amount} are used up already."
    if told.exhausted is None:
        return ""
    return f" At this rate the {amount} are used up {day_and_time(told.exhausted)}."


def burn_facts(alert: Alert, told: Burn) -> list[tuple[str, str]]:
    """Labelled values: each window on a line."""
    found = [("Rate", f"{told.unit.show(told.per_hour)} an hour"), ("Pace", f"{told.unit.show(told.pace)} an hour")]
    for window in told_of(alert.evidence, "windows")[:5]:
        found.append((f"Last {clean(str(window.get('over', '')), 10)}", _window(window, told.unit)))
    if told.exhausted is not None:
        found.append(("Used up", f"{day_and_time(told.exhausted)} at this rate"))
    return found


def _window(values: Mapping[str, Json], unit: Unit) -> str:
    try:
        spent = unit.show(nano(exact(values.get("spent"))))
    except ValueError:
        return "not known"
    rate, wanted = values.get("rate"), values.get("times")
    told = f"{spent}, {times(rate)} the pace" if isinstance(rate, int | float) else spent
    told += f" (of {wanted:g})" if isinstance(wanted, int | float) else ""
    return f"{told}; hours taken as even" if values.get("apportioned") is True else told
