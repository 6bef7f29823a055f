"""What pagers have in common: one incident for each alert, what stands in it, and what wakes nobody."""

from __future__ import annotations

import hashlib
import re
import sys

from budgetbot.core.drill import is_drill
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.text import clean, cut
from budgetbot.core.unit import unit_of
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.apprise_text import units
from budgetbot.notifiers.wording import Message
from budgetbot.notifiers.wording_together import Together

_DETAIL = 500
_LINE, _TOGETHER = 160, 900  # Opsgenie takes 8000 characters of details in all


def incident(notification: Notification, install: str) -> str:
    """The incident's key: one for each rule, scope, period, level and episode, of which an alert's id is a digest.

    A higher level is an incident of its own, so that it pages where somebody acknowledged the lower one; a test never
    touches a real one. A drill has an alert of its own, and an end.
    """
    alert = notification.alert
    if alert is None or (notification.reason is Reason.TEST and not is_drill(alert)):
        return f"{install}/test/{hashlib.sha256(notification.key.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return f"{install}/{alert.id}"


def alert_of(key: str, install: str = "budgetbot") -> str | None:
    """The id of the alert whose incident has this key; None for tests, and for what somebody else opened."""
    found = re.fullmatch(rf"{re.escape(install)}/([0-9a-z]{{4,64}})", key)
    return found[1] if found else None


def unpaged(name: str, notification: Notification) -> dict[str, Json] | None:
    """The word on a notification for which nobody is woken, kept as its delivery; None where it pages.

    Raises DeliveryError for a digest, which leads nowhere here.
    """
    if notification.digest is not None or notification.reason is Reason.DIGEST:
        raise DeliveryError(f"{name}: a digest wakes nobody; send it to another receiver", permanent=True)
    if notification.alert is not None and notification.alert.late:
        return {"paged": False, "why": "the period is closed; what settles late wakes nobody"}
    return None


def details(notification: Notification, spoken: Message) -> dict[str, str]:
    """The numbers and names of an alert as short texts."""
    told = {"what": spoken.lead, "why": spoken.context[-1] if spoken.context else ""}
    if notification.alert is not None:
        told |= _evidence(notification.alert)
    if notification.rule is not None:
        told |= {"rule": notification.rule.name, "where": notification.rule.where or ""}
    told |= {"drivers": "; ".join(spoken.drivers), "steps": "; ".join(f"{what}: {how}" for what, how in spoken.steps)}
    told["change"] = "; ".join([spoken.change[0], *spoken.change[1]])
    short = {name: clean(text, _DETAIL) for name, text in told.items()}
    if spoken.together is not None:
        short["together"] = "; ".join(compact(spoken.together, _TOGETHER))
    return {name: text for name, text in short.items() if text}


def compact(together: Together, most: int = sys.maxsize) -> list[str]:
    """The other alerts of a message, a line each, the dearest first: as many as fit into `most` characters."""
    lines = [clean(line, _LINE) for line in together.lines(len(together.rows))]
    while len("; ".join(said := [*lines, *_rest(together, len(lines))])) > most:
        lines.pop()
    return said


def _rest(together: Together, told: int) -> list[str]:
    rest = together.rest(told)
    return [rest[0]] if rest else []


def _evidence(alert: Alert) -> dict[str, str]:
    evidence = alert.evidence
    names = {"spent": "spent", "limit": "effective_amount", "fraction": "fraction", "complete_to": "complete_to"}
    told = {name: str(evidence[key]) for name, key in names.items() if evidence.get(key) is not None}
    if "spent" in told:
        told["unit"] = unit_of(evidence).name
    return {"alert": alert.id, "rule": alert.rule, "level": alert.level, "period": alert.period, **told}


def acknowledgement(notification: Notification) -> str | None:
    """Who looks after the alert now, where that is what is told; "" where it is something else that people did.

    None for what is no deed. What came from a pager is not told to pagers again.
    """
    if notification.reason is not Reason.CHANGED:
        return None
    deed = notification.deed or {}
    by = clean(str(deed.get("by") or ""), 80)
    mine = notification.alert is not None and deed.get("alert") == notification.alert.id
    return by if deed.get("what") == "acknowledged" and mine and not by.startswith("PagerDuty") else ""


def fit(text: str, most: int) -> str:
    """At most `most` UTF-16 units, of which an emoji has two: so do pagers count that are written in Java."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le", "replace")[: 2 * (most - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


def group(alert: Alert | None) -> str:
    """Whose it is: the team, else the owner, else the rule."""
    if alert is None:
        return ""
    return cut(clean(alert.labels.get("team") or alert.labels.get("owner") or alert.rule), 100)
