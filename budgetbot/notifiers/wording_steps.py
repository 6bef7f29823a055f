"""What can be done about an alert: commands that are safe to paste."""

from __future__ import annotations

import re
import shlex

from budgetbot.core.model import Alert
from budgetbot.core.notification import FIRES, Notification, Reason
from budgetbot.core.summary import state_of
from budgetbot.core.text import clean
from budgetbot.notifiers.many import many_of

Step = tuple[str, str]
"""What it does, and the command."""


def steps(notification: Notification, alert: Alert) -> tuple[Step, ...]:
    """By hand: acknowledge, be quiet, look into it. What is done to the alert that speaks holds for the message."""
    found: list[Step] = []
    if notification.reason in FIRES and not alert.late:
        found += _by_hand(notification, alert)
    project = _project(alert) if many_of(notification) is None else None
    if project and notification.reason is not Reason.TEST:
        found.append(("See which keys spend it", f"budgetbot spend {project} by key"))
    return tuple(found)


def _by_hand(notification: Notification, alert: Alert) -> list[Step]:
    id, count = clean(alert.id), 1 + len(notification.together) + notification.more
    ack, snooze = f"budgetbot alerts ack {id}", f"budgetbot alerts snooze {id} 4h"
    free = alert.acknowledged_by is None
    if count == 1:
        return [*([("Acknowledge", ack)] if free else []), ("Be quiet for four hours", snooze)]
    only = f"Acknowledge {clean(state_of(alert)[0], 40) or 'the first'} alone"
    every = [(f"Acknowledge all {count}", ack), (only, f"{ack} --only")] if free else []
    return [*every, (f"Be quiet about all {count} for four hours", snooze)]


def _project(alert: Alert) -> str | None:
    """The project to look into, safe to paste into a shell; its id where the name is anything but plain."""
    named = [(part.id, part.name) for part in alert.scope.parts if part.dimension == "project"]
    named += [(driver.id, driver.name) for driver in alert.drivers if driver.dimension == "project"]
    for id, name in named:
        for word in (name, id):
            if word and re.fullmatch(r"[\w.:/@ -]{1,60}", word, re.ASCII) and not word.startswith("-"):
                return shlex.quote(word)
    return None
