"""The words of one message about many alerts of one rule: what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from budgetbot.core.model import Alert, Notification, Reason
from budgetbot.core.summary import (
    LIMITS,
    OVER,
    SEEN,
    compared,
    is_undelivered,
    is_unpriced,
    period_name,
    spent_of,
    state_of,
)
from budgetbot.core.text import clean
from budgetbot.core.unit import unit_of
from budgetbot.notifiers.wording_lead import why

_LEAST_RULE = 12
_STATES = {
    "freshness": ("are not being read", "are still not being read", "are being read again"),
    "undelivered": ("are not told", "are still not told", "are told again"),
    "unpriced": ("have no price", "still have no price", "have a price or are not used any more"),
}
"""What is so, still so, and so no longer; the rule follows in brackets."""
_ENDED = {Reason.RESOLVED, Reason.EXPIRED}


@dataclass(frozen=True, slots=True)
class Many:
    """Two or more alerts of one rule, the one that speaks first; `more`: how many others are not known here."""

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
        return self.reason in _ENDED

    @property
    def fine(self) -> bool:
        """Whether all ended because what they were about is no longer so."""
        return self.over and not any(_end(alert, self.reason) in OVER for alert in self.alerts)

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


def many_title(many: Many) -> str:
    """ "12 api keys reached 100% of ci-key-daily" """
    head = "Nobody has acknowledged: " if many.reason is Reason.ESCALATED else ""
    return head + _said(many)(clean(many.alerts[0].rule))


def many_summary(many: Many, head: str) -> str:
    """One line whose first 60 characters say it all; `head`: how bad it is."""
    head = "Escalated" if many.reason is Reason.ESCALATED else head
    said, rule = _said(many), clean(many.alerts[0].rule)
    room = max(SEEN - len(f"{head}: {said('')}"), _LEAST_RULE)
    when = f", {period}" if (period := _period(many)) and not _closed(many) else ""
    name, state = state_of(max(many.alerts, key=spent_of))
    return f"{head}: {said(clean(rule, room))}{when}; {clean(name, 60)} {state}"


def many_lead(many: Many) -> str:
    """What happened, in whole sentences."""
    head = "Nobody has acknowledged: " if many.reason is Reason.ESCALATED else ""
    if many.over and len({_end(alert, many.reason) for alert in many.alerts}) == 1:
        ended = "period_ended" if many.reason is Reason.EXPIRED else None
        head = f"{why(many.alerts[0], ended)}: "
    when = f" in {period}" if (period := _period(many)) and not _closed(many) else ""
    said = f"{head}{_said(many)(clean(many.alerts[0].rule))}{when}."
    return " ".join([said, *_sums(many), *_marks(many)])


def _said(many: Many) -> Callable[[str], str]:
    """Who, and what is so, given the name of the rule."""
    who, level, kind = many.who, _level(many), many.alerts[0].kind
    if _closed(many):
        return lambda rule: f"{who} of {rule}: {_period(many)} is closed"
    if many.over and not many.fine:
        return lambda rule: f"{who} of {rule} are over"
    if many.noun is None or len({alert.kind for alert in many.alerts}) > 1:
        state = "are over" if many.over else "still fire" if many.reason is Reason.REPEAT else "fire"
        return lambda rule: f"{who} of {rule} {state}"
    place = 2 if many.over else 1 if many.reason is Reason.REPEAT else 0
    if states := _states(many):
        return lambda rule: f"{who} {states[place]} ({rule})"
    probably = "probably " if all(_probable(alert) for alert in many.alerts) else ""
    reached = level if kind in LIMITS else f"{kind.replace('_', ' ')} {level}"
    verb = (f"{probably}reached", "are still over" if kind in LIMITS else "are still at", "are back below")[place]
    return lambda rule: f"{who} {verb} {reached} of {rule}"


def _states(many: Many) -> tuple[str, str, str] | None:
    first = many.alerts[0]
    if first.kind == "forecast":
        course = f"on course to pass {_line(many)}"
        return f"are {course}", f"are still {course}", f"are no longer {course}"
    for name, meant in (("unpriced", is_unpriced), ("undelivered", is_undelivered)):
        if all(meant(alert) for alert in many.alerts):
            return _STATES[name]
    return _STATES.get(first.kind)


def _line(many: Many) -> str:
    lines = {alert.line for alert in many.alerts}
    unit = unit_of(many.alerts[0].evidence)
    return f"{unit.limit(lines.pop())} each" if len(lines) == 1 else "their limits"


def _level(many: Many) -> str:
    """What all of them have reached: the lowest of their levels."""
    lowest = min(many.alerts, key=lambda alert: alert.rank)
    if len({alert.level for alert in many.alerts}) == 1:
        return clean(lowest.level, 40)
    return "their levels" if many.over else f"{clean(lowest.level, 40)} or more"


def _closed(many: Many) -> bool:
    return many.over and all(_end(alert, many.reason) == "period_ended" for alert in many.alerts)


def _end(alert: Alert, reason: Reason) -> str:
    return alert.reason or ("period_ended" if reason is Reason.EXPIRED else "corrected")


def _period(many: Many) -> str:
    """The period that all of them have; it is one of the things by which they were put together."""
    return period_name(many.alerts[0]) if many.alerts[0].period else ""


def _probable(alert: Alert) -> bool:
    numbers = compared(alert.evidence)
    return numbers is not None and numbers.probable


def _sums(many: Many) -> list[str]:
    """How much all of them spent, where all are known, and which spent most."""
    first = compared(many.alerts[0].evidence)
    if first is None:
        return []
    dearest, state = state_of(max(many.alerts, key=spent_of))
    most = f"the dearest is {clean(dearest, 60)} with {state}."
    if many.more:
        return [most.capitalize() if most.isascii() else most]
    total = first.unit.show(sum(spent_of(alert) for alert in many.alerts))
    return [f"Together they {'used' if first.unit.counts else 'spent'} {total}; {most}"]


def _marks(many: Many) -> list[str]:
    marks, firing = [], not many.over
    probable = sum(_probable(alert) for alert in many.alerts)
    if firing and 0 < probable < len(many.alerts):
        marks.append(f"For {probable} of them it is only probable: a part of it is estimated.")
    if firing and all(alert.already for alert in many.alerts) and many.reason in {Reason.FIRST, Reason.WORSE}:
        marks.append("It was already so when this rule was added or changed.")
    if all(alert.late for alert in many.alerts):
        marks.append("The period is closed; this settled late.")
    if many.others:
        levels = ", ".join(clean(level, 40) for level in many.others)
        marks.append(f"{'Passed in the same step' if firing else 'Some of them still fire'}: {levels}.")
    return marks


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
