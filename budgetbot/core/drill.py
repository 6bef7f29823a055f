"""A fire drill: an alert of nothing that is sent the whole way, to see whether it would arrive. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from budgetbot.core.model import Alert, Json, Scope, Severity
from budgetbot.core.notification import Notification, Reason

DRILL = "drill"
"""The rule and level of such an alert; no alert of a policy has that level and this kind."""
NOTHING = "DRILL: nothing is wrong"


def is_drill(alert: Alert) -> bool:
    """Whether it is a drill."""
    return alert.kind == "delivery" and alert.level == DRILL


def drill_id(*parts: str) -> str:
    """The id of the drill's alert; it looks like no other alert's."""
    return f"{DRILL}-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:12]}"


def drill(
    id: str, receivers: Sequence[str], now: datetime, *, name: str | None = None, pagers: Collection[str] = ()
) -> Iterator[Notification]:
    """What each receiver is told, once for each id. `name`: of the schedule; None where somebody asked for it.

    Pagers are told of the end as well, so that no incident stays open.
    """
    evidence: dict[str, Json] = {DRILL: name}
    alert = Alert(
        id=id,
        rule=DRILL,
        kind="delivery",
        severity=Severity.INFO,
        scope=Scope(),
        level=DRILL,
        rank=0,
        line=0,
        period=DRILL,
        episode=1,
        state="firing",
        active_since=now,
        fired_at=now,
        evidence=evidence,
    )
    over = replace(alert, state="resolved", resolved_at=now, reason="manual")
    for receiver in receivers:
        told = Notification(f"{id}:fired:0:{receiver}", receiver, Reason.TEST, f"{DRILL}/{id}", now, alert=alert)
        yield told
        if receiver in pagers:
            yield replace(told, key=f"{id}:over:0:{receiver}", reason=Reason.RESOLVED, alert=over)
