"""What receivers are told, and what they have heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from budgetbot.core.model import Alert, Json, RuleInfo


class Reason(StrEnum):
    """Why something is sent; it stands in the outbox row and in the message."""

    FIRST = "first"
    WORSE = "worse"
    REPEAT = "repeat"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    EXPIRED = "expired"
    CHANGED = "changed"
    DIGEST = "digest"
    TEST = "test"


FIRES = frozenset({Reason.FIRST, Reason.WORSE, Reason.REPEAT, Reason.ESCALATED})
"""What is sent because an alert fires."""
ENDS = frozenset({Reason.RESOLVED, Reason.EXPIRED})
"""What is sent because it is over."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notification that is on its way or was sent: enough to know what a receiver has heard of an alert.

    `leader`: where it is "grouped", the alert whose message speaks for it.
    """

    alert_id: str
    receiver: str
    reason: Reason
    seq: int
    status: str
    created_at: datetime
    leader: str | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell one receiver. `key` makes it unique: it exists once, however often it is decided.

    `thread` ties the notifications of one rule, scope and period together at the receiver. `alert` or `digest` is
    what it speaks of. `status` is how its outbox row starts: "pending", "inhibited" where a higher level speaks, or
    "grouped" where the message of another alert (`leader`) speaks of this one too. `together`: the other alerts that it
    speaks of, and `more`, how many beyond these. `deed`: what somebody did about it, where that is what is told:
    {"what", "by", "at", "alert" ...}.
    """

    key: str
    receiver: str
    reason: Reason
    thread: str
    created_at: datetime
    alert: Alert | None = None
    rule: RuleInfo | None = None
    digest: Mapping[str, Json] | None = None
    others: tuple[str, ...] = ()
    seq: int = 0
    status: Literal["pending", "inhibited", "grouped", "noop"] = "pending"
    together: tuple[Alert, ...] = ()
    more: int = 0
    leader: str | None = None
    deed: Mapping[str, Json] | None = None
