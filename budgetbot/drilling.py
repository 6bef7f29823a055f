"""`budgetbot drill`: an alert of nothing goes the whole way, and is waited for until its receiver has confirmed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from budgetbot.core.drill import drill, drill_id
from budgetbot.core.instant import iso
from budgetbot.core.model import Json
from budgetbot.core.text import clean
from budgetbot.cycle import Parts, send
from budgetbot.errors import LeaseLost
from budgetbot.lead import LeaseHeld, lease
from budgetbot.policy.pagers import pagers

_LOOK = 0.2  # seconds between two looks at what became of it
_UNTRIED = "nobody has tried to send it; see that `budgetbot run` works"


@dataclass(frozen=True, slots=True)
class Drilled:
    """How it went at one receiver. `took`: how long until it had confirmed everything; None where it did not.

    `pages`: it was woken, and told that it is over. `dead`: it was given up.
    """

    receiver: str
    took: timedelta | None
    pages: bool = False
    dead: bool = False
    error: str = ""


def try_out(
    parts: Parts,
    receivers: Sequence[str],
    clock: Callable[[], datetime],
    within: timedelta,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Drilled]:
    """One drill for all of them. Where another process does the work, that one sends it; its rows tell how it goes."""
    began, waking = clock(), pagers(parts.policy)
    id = drill_id(secrets.token_hex(8), iso(began))
    parts.store.alerts.record([], list(drill(id, receivers, began, pagers=waking)), began)

    def waits() -> bool:
        return clock() < began + within and any(row["status"] in _OPEN for row in _rows(parts, id))

    try:
        with lease(parts.store):
            while waits():
                send(parts, clock, go_on=waits)
                _pause(waits, sleep)
    except (LeaseHeld, LeaseLost):
        while waits():
            sleep(_LOOK)
    rows = _rows(parts, id)
    return [_drilled(name, [r for r in rows if r["receiver"] == name], began, name in waking) for name in receivers]


_OPEN = frozenset({"pending", "sending", "unknown"})


def _pause(waits: Callable[[], bool], sleep: Callable[[float], None]) -> None:
    if waits():
        sleep(_LOOK)


def _rows(parts: Parts, id: str) -> list[dict[str, Json]]:
    return parts.store.outbox.deliveries(alert_id=id)


def _drilled(receiver: str, rows: Sequence[dict[str, Json]], began: datetime, pages: bool) -> Drilled:
    sent = [datetime.fromisoformat(str(row["sent_at"])) for row in rows if row["status"] == "sent"]
    if rows and len(sent) == len(rows):
        return Drilled(receiver, max(max(sent) - began, timedelta(0)), pages)
    errors = [str(row["last_error"]).removeprefix(f"{receiver}: ") for row in reversed(rows) if row["last_error"]]
    dead = any(row["status"] == "dead" for row in rows)
    return Drilled(receiver, None, pages, dead, clean(errors[0], 200) if errors else _UNTRIED)
