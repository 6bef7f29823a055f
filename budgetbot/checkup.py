"""What `doctor` says of the work itself: who does it, how far it came, what waits, and who would notice its end."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pydantic import SecretStr

from budgetbot.audit import Vitals, last_read, overdue, stuck, undelivered, unread, vitals
from budgetbot.core.text import clean, utc
from budgetbot.errors import UsageError
from budgetbot.heartbeat import Heartbeat
from budgetbot.logs import redact
from budgetbot.store import DeadLetters, Store

_WEEK = timedelta(days=7)
_CONNECT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `note`: what there is to add, such as what could not be found out."""

    what: str
    wrong: str | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """For people: ok, or what is wrong and the fix."""
        if self.wrong:
            return f"FAIL  {self.what}: {self.wrong}"
        return f"ok    {self.what}" + (f"; {self.note}" if self.note else "")


def work(store: Store, sources: frozenset[str], now: datetime) -> list[Line]:
    """Every part of the work. `sources`: those that are configured."""
    found = vitals(store, sources, now)
    return [
        _scheduler(found),
        *_freshness(found, now),
        *_outbox(found, now),
        *_dead(store.backlog.dead(now - _WEEK)),
        *([Line("escalations", late) for late in overdue(found, now)] or [Line("escalations")]),
    ]


def _scheduler(found: Vitals) -> Line:
    """That nobody runs is no fault: cron may call `check`. That somebody died is one."""
    if found.holder is None:
        return Line("scheduler", note="none runs; start `budgetbot run`, or let cron call `budgetbot check`")
    owner, until = found.holder
    host, pid = (*owner.split("|"), "?")[:2]
    who = clean(f"process {pid} on {host}")
    if found.led:
        return Line("scheduler", note=f"{who} holds the lease")
    return Line("scheduler", f"{who} has not been heard of since {utc(until)}; start `budgetbot run` again")


def _freshness(found: Vitals, now: datetime) -> list[Line]:
    late = unread(found, now)
    if late:
        return [Line("freshness", f"{last_read(mark)}: {_why(mark.error)}") for mark in late]
    failing = [f"{m.source}: {m.report} failed {m.failures} times: {_why(m.error)}" for m in found.marks if m.error]
    return [Line("freshness", note="; ".join(failing) if found.marks else "nothing was read yet")]


def _outbox(found: Vitals, now: datetime) -> list[Line]:
    late = stuck(found, now)
    if late:
        return [Line("outbox", f"{undelivered(one)}: {_why(one.error)}") for one in late]
    return [Line("outbox", note=", ".join(f"{one.count} wait for {one.receiver}" for one in found.waiting))]


def _dead(letters: list[DeadLetters]) -> list[Line]:
    what, fix = "dead letters of the last week", "mend the receiver; `budgetbot alerts deliveries` lists what it missed"
    return [Line(what, f"{one.count} for {one.receiver}, the newest: {_why(one.error)}; {fix}") for one in letters] or [
        Line(what)
    ]


def _why(error: str | None) -> str:
    """The words of what failed, which hold its fix; or that nobody tried."""
    return clean(redact(error), 300) if error else "nobody has tried; see that the scheduler runs"


def heartbeat(url: SecretStr | None) -> Line:
    """Whether its host is there. The address itself is not asked for: that would be a sign of life."""
    if url is None:
        return Line("heartbeat", note="nobody notices a silent budgetbot; set BUDGETBOT_HEARTBEAT_URL")
    try:
        Heartbeat(url)
    except UsageError as error:
        return Line("heartbeat", str(error))
    parts = urlsplit(url.get_secret_value().strip())
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with closing(socket.create_connection((host, port), timeout=_CONNECT)):
            return Line("heartbeat", note=f"{host} can be reached; it was not asked for")
    except OSError as error:
        why = error.strerror or type(error).__name__
        fix = "mend BUDGETBOT_HEARTBEAT_URL, or the way there"
        return Line("heartbeat", f"{host}:{port} cannot be reached ({why}); {fix}")
