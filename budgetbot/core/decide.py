"""From findings to alert states and notifications, each with its reason. Pure: the same input, the same decision.

The condition of an alert is pending, firing or resolved; acknowledgement, snooze and inhibition are facts beside it.
Notifications are level-triggered: what a receiver should have heard and has not is decided again each time, and the
key of a notification makes the repetition harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from budgetbot.core.lifecycle import Book, Situation
from budgetbot.core.model import Alert, Finding
from budgetbot.core.notification import Notification
from budgetbot.core.telling import Route, Teller


@dataclass(frozen=True, slots=True)
class Decision:
    """What to record in one transaction: new alert states, pending alerts that went away, notifications."""

    alerts: tuple[Alert, ...] = ()
    dropped: tuple[str, ...] = ()
    notifications: tuple[Notification, ...] = ()


def decide(findings: Iterable[Finding], situation: Situation, route: Route, now: datetime) -> Decision:
    """New alert states, and the notifications that follow from them.

    1. Alerts whose rule, level or period is gone are resolved with that reason.
    2. Each finding moves its alert: none -> pending -> firing -> resolved; missing data moves nothing.
    3. Every receiver that should have heard something and has not is told, the highest level speaking for the others.
    """
    book = Book(situation, now)
    by_alert: dict[str, Finding] = {}
    for finding in findings:
        alert = book.move(finding)
        if alert is not None:
            by_alert[alert.id] = finding
    book.sweep(by_alert)
    notifications = Teller(book, situation, route, by_alert, now).notifications()
    return Decision(tuple(book.changes()), tuple(book.dropped), tuple(notifications))
