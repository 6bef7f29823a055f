"""What people do about alerts in chat: who may, what becomes of it, and what they are told. Knows nothing of Slack."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from budgetbot.chat.acting.access import Members, Right, same_person, why_not
from budgetbot.chat.acting.others import others
from budgetbot.chat.who import Who
from budgetbot.core.model import Alert
from budgetbot.core.text import utc
from budgetbot.errors import UsageError
from budgetbot.policy.policy import Policy
from budgetbot.store import Store

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Word(NamedTuple):
    """What somebody is told. `changed`: something was kept that others hear of; `lines`: YAML that they may commit."""

    text: str
    changed: bool = False
    lines: str = ""


def opaque(id: str) -> str:
    """The id, where it looks like one. Raises UsageError."""
    if not _ID.fullmatch(id):
        raise UsageError("This is not known here any more.")
    return id


class AlertDesk:
    """Every deed is kept before it returns; the same once more, or by somebody else, changes nothing.

    All raise UsageError for what somebody may not do or what cannot be done, in words for that person.
    """

    def __init__(
        self, store: Store, policy: Callable[[], Policy], clock: Callable[[], datetime], members: Members
    ) -> None:
        self.store = store
        self.policy = policy
        self.clock = clock
        self.members = members
        self.one_at_a_time = threading.Lock()  # two clicks of one person at once are one, where the store cannot tell

    def permit(self, right: Right, who: Who) -> None:
        """Nothing, where they may."""
        if reason := why_not(self.policy(), right, who, self.members):
            raise UsageError(reason)

    def alert(self, id: str) -> Alert:
        """The alert as it is now."""
        try:
            found = self.store.alerts.get(opaque(id))
        except UsageError:
            found = None
        if found is None or found.id != id:
            raise UsageError("This alert is not known here any more.")
        return found

    def open_alert(self, id: str) -> Alert:
        """The same, while something can be done about it."""
        alert = self.alert(id)
        if alert.state == "resolved":
            why = f" ({alert.reason.replace('_', ' ')})" if alert.reason else ""
            raise UsageError(f"This alert is over already, since {utc(alert.resolved_at)}{why}.")
        return alert

    def acknowledge(self, id: str, who: Who) -> Word:
        """They look after it, unless somebody does already."""
        self.permit("acknowledge", who)
        done = self.store.alerts.acknowledge(self.open_alert(id).id, who.by, self.clock())
        if done.number is not None:
            return Word("You look after it now.", changed=True)
        by, at = done.alert.acknowledged_by or "", utc(done.alert.acknowledged_at)
        return Word(f"{'You have' if same_person(by, who) else f'{by} has'} acknowledged it already, at {at}.")

    def snooze(self, id: str, until: datetime, reason: str, who: Who) -> Word:
        """Quiet until then."""
        self.permit("acknowledge", who)
        with self.one_at_a_time:
            alert = self.open_alert(id)
            if alert.snoozed_until == until:
                return Word(f"It is quiet until {utc(until)} already.")
            self.store.alerts.snooze(alert.id, until, self.clock(), by=who.by, reason=reason)
        return Word(f"It is quiet until {utc(until)}.", changed=True)

    def not_mine(self, id: str, who: Who) -> Word:
        """It is not theirs: whoever comes next hears of it at once, unless somebody else looks after it."""
        self.permit("acknowledge", who)
        with self.one_at_a_time:
            alert, now = self.open_alert(id), self.clock()
            by = alert.acknowledged_by or ""
            if alert.acknowledged(now) and not same_person(by, who):
                return Word(f"{by} looks after it already; nobody else needs to hear of it.")
            if self._said_so(alert, who):
                return Word("You have said so already.")
            heard = {told.receiver for told in self.store.alerts.told([alert.id])}
            to = others(self.policy(), alert, now)
            self.store.alerts.decline(alert.id, who.by, to, now)
        new = [name for name in to if name not in heard]
        return Word(f"Passed on to {', '.join(new)}." if new else "Noted; all who come next have heard of it.", True)

    def _said_so(self, alert: Alert, who: Who) -> bool:
        """Whether that is the last they did about it."""
        last = None
        for event in self.store.alerts.events(alert.id):
            detail = event["detail"] if isinstance(event["detail"], dict) else {}
            if event["reason"] in ("acknowledged", "not_mine") and same_person(str(detail.get("by")), who):
                last = event["reason"]
        return last == "not_mine"
