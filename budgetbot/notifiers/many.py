"""Many alerts of one rule in one message, and what they have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass

from budgetbot.core.model import Alert
from budgetbot.core.notification import ENDS, Notification, Reason
from budgetbot.core.summary import OVER, compared, is_unpriced, period_name, spent_of
from budgetbot.core.text import clean


@dataclass(frozen=True, slots=True)
class Many:
    """Two or more alerts of one rule, the one that speaks first; `more`: how many others are not known here.

    `others`: levels that were passed in the same step, or that still fire.
    """

    reason: Reason
    alerts: tuple[Alert, ...]
    more: int = 0
    others: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.alerts) + self.more

    @property
    def over(self) -> bool:
        """Whether they have ended."""
        return self.reason in ENDS

    @property
    def ends(self) -> set[str]:
        """Why they have ended, each reason once."""
        ended = "period_ended" if self.reason is Reason.EXPIRED else "corrected"
        return {alert.reason or ended for alert in self.alerts} if self.over else set()

    @property
    def fine(self) -> bool:
        """Whether all ended because what they were about is no longer so."""
        return self.over and not self.ends & OVER

    @property
    def closed(self) -> bool:
        """Whether all ended with their period."""
        return self.ends == {"period_ended"}

    @property
    def period(self) -> str:
        """The period, which is one of the things by which they were put together; empty for what has none."""
        return period_name(self.alerts[0]) if self.alerts[0].period else ""

    @property
    def day(self) -> bool:
        """Whether the period is one day."""
        return re.fullmatch(r"\d{4}-\d\d-\d\d", self.alerts[0].period) is not None

    @property
    def level(self) -> str:
        """What all of them have reached: the lowest of their levels."""
        lowest = min(self.alerts, key=lambda alert: alert.rank)
        if len({alert.level for alert in self.alerts}) == 1:
            return clean(lowest.level, 40)
        return "their levels" if self.over else f"{clean(lowest.level, 40)} or more"

    @property
    def dearest(self) -> Alert:
        """Where most was spent or used."""
        return max(self.alerts, key=spent_of)

    @property
    def probable(self) -> int:
        """Of how many it is only probable."""
        numbers = [compared(alert.evidence) for alert in self.alerts]
        return 0 if self.over else sum(one is not None and one.probable for one in numbers)

    @property
    def noun(self) -> str | None:
        """ "api key"; None where they are not one alert each for things of one kind."""
        shapes = {tuple(part.dimension for part in alert.scope.parts) for alert in self.alerts}
        if len(shapes) > 1 or len({alert.scope.key for alert in self.alerts}) < len(self.alerts):
            return None
        if all(is_unpriced(alert) for alert in self.alerts):
            return "model"
        words = [clean(name, 30).replace("_", " ") for name in next(iter(shapes))]
        return " and ".join(words) or None

    @property
    def who(self) -> str:
        """ "12 api keys", "12 combinations of project and model", "12 alerts" """
        noun = self.noun or "alert"
        return f"{self.count} {f'combinations of {noun}' if ' and ' in noun else _plural(noun)}"


def many_of(notification: Notification) -> Many | None:
    """The alerts, where all that a message speaks of are of one rule."""
    if notification.alert is None or not notification.together:
        return None
    alerts = notification.alert, *notification.together
    if len({alert.rule for alert in alerts}) > 1:
        return None
    return Many(notification.reason, alerts, notification.more, notification.others)


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
