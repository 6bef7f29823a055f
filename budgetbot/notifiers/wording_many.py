"""The words of one message about many alerts of one rule: what they have in common."""

from __future__ import annotations

from collections.abc import Callable

from budgetbot.core.notification import Reason
from budgetbot.core.summary import (
    LIMITS,
    SEEN,
    compared,
    is_undelivered,
    is_unpriced,
    spent_of,
    state_of,
)
from budgetbot.core.text import clean
from budgetbot.core.unit import unit_of
from budgetbot.notifiers.many import Many
from budgetbot.notifiers.wording_context import period_words
from budgetbot.notifiers.wording_lead import why

_LEAST_RULE = 12
_STATES = {
    "freshness": ("are not being read", "are still not being read", "are being read again"),
    "undelivered": ("are not told", "are still not told", "are told again"),
    "unpriced": ("have no price", "still have no price", "have a price or are not used any more"),
}
"""What is so, still so, and so no longer; the rule follows in brackets."""


def many_title(many: Many) -> str:
    """ "12 api keys reached 100% of ci-key-daily" """
    head = "Nobody has acknowledged: " if many.reason is Reason.ESCALATED else ""
    return head + _said(many)(clean(many.alerts[0].rule))


def many_summary(many: Many, head: str) -> str:
    """One line whose first 60 characters say it all; `head`: how bad it is."""
    head = "Escalated" if many.reason is Reason.ESCALATED else head
    said, rule = _said(many), clean(many.alerts[0].rule)
    room = max(SEEN - len(f"{head}: {said('')}"), _LEAST_RULE)
    name, state = state_of(many.dearest)
    first = f"{'the dearest: ' if spent_of(many.dearest) else ''}{clean(name, 60)} {state}"
    return f"{head}: {said(clean(rule, room))}{_when(many, ', ')}; {first}"


def many_lead(many: Many) -> str:
    """What happened, in whole sentences."""
    head = "Nobody has acknowledged: " if many.reason is Reason.ESCALATED else ""
    if len(many.ends) == 1:
        head = f"{why(many.alerts[0], 'period_ended' if many.closed else None)}: "
    said = f"{head}{_said(many)(clean(many.alerts[0].rule))}{_when(many, ' on ' if many.day else ' in ')}."
    return " ".join([said, *_sums(many), *_marks(many)])


def many_facts(many: Many) -> tuple[tuple[str, str], ...]:
    """What they have in common, as labelled values."""
    first = many.alerts[0]
    alike = len({alert.severity for alert in many.alerts}) == 1
    found = [("Severity", first.severity.value if alike else f"{first.severity.value} at worst")]
    if compared(first.evidence) and len({(alert.level, alert.line) for alert in many.alerts}) == 1:
        found.append(("Level", f"{many.level} = {unit_of(first.evidence).limit(first.line)} each"))
    if first.start and first.end:
        found.append(("Period", period_words(first, first.start, first.end)))
    for name in ("team", "owner"):
        values = {alert.labels.get(name) for alert in many.alerts}
        if len(values) == 1 and not many.more and (value := values.pop()):
            found.append((name.capitalize(), clean(value, 80)))
    return tuple(found)


def _when(many: Many, joint: str) -> str:
    return f"{joint}{many.period}" if many.period and not many.closed else ""


def _said(many: Many) -> Callable[[str], str]:
    """Who, and what is so, given the name of the rule."""
    who, kind = many.who, many.alerts[0].kind
    if many.closed:
        return lambda rule: f"{who} of {rule}: {many.period} is closed"
    if many.over and not many.fine:
        return lambda rule: f"{who} of {rule} are over"
    if many.noun is None or len({alert.kind for alert in many.alerts}) > 1:
        state = "are over" if many.over else "still fire" if many.reason is Reason.REPEAT else "fire"
        return lambda rule: f"{who} of {rule} {state}"
    place = 2 if many.over else 1 if many.reason is Reason.REPEAT else 0
    if states := _states(many):
        return lambda rule: f"{who} {states[place]} ({rule})"
    probably = "probably " if many.probable == len(many.alerts) else ""
    reached = many.level if kind in LIMITS else f"{kind.replace('_', ' ')} {many.level}"
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
    return f"{unit_of(many.alerts[0].evidence).limit(lines.pop())} each" if len(lines) == 1 else "their limits"


def _sums(many: Many) -> list[str]:
    """How much all of them spent, where all are known, and which spent most."""
    first = compared(many.alerts[0].evidence)
    if first is None:
        return []
    name, state = state_of(many.dearest)
    most = f"dearest is {clean(name, 60)} with {state}."
    if many.more:
        return [f"The {most}"]
    total = first.unit.show(sum(spent_of(alert) for alert in many.alerts))
    return [f"Together they {'used' if first.unit.counts else 'spent'} {total}; the {most}"]


def _marks(many: Many) -> list[str]:
    marks, firing = [], not many.over
    if 0 < many.probable < len(many.alerts):
        marks.append(f"For {many.probable} of them it is only probable: a part of it is estimated.")
    if all(alert.already for alert in many.alerts) and many.reason in {Reason.FIRST, Reason.WORSE}:
        marks.append("It was already so when this rule was added or changed.")
    if all(alert.late for alert in many.alerts):
        marks.append("The period is closed; this settled late.")
    if many.others:
        levels = ", ".join(clean(level, 40) for level in many.others)
        marks.append(f"{'Passed in the same step' if firing else 'Some of them still fire'}: {levels}.")
    return marks
