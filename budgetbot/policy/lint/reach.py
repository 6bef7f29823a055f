"""Whom an alert reaches, hour by hour of a week: by routes, their windows, escalations, and the rule's own notify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from budgetbot.core.model import Alert
from budgetbot.core.subject import subject
from budgetbot.policy.policy import OWNER, Policy, Route
from budgetbot.policy.route import owner, route

_STEP = timedelta(minutes=15)  # windows seldom begin at any other minute
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reach:
    """`working` and `lacking`: names of receivers, at whatever time. The rest are moments of a week.

    `awake`: somebody is told; `waiting`: a muted route keeps the alert until later; `nobody`: no receiver that works.
    """

    working: frozenset[str]
    lacking: frozenset[str]
    awake: tuple[datetime, ...]
    waiting: tuple[datetime, ...]
    nobody: tuple[datetime, ...]


class Reaches:
    """Answers for all alerts; those that routes cannot tell apart are looked at once."""

    def __init__(self, policy: Policy, lacking: Mapping[str, str], now: datetime) -> None:
        self._policy = policy
        self._lacking = lacking
        self._unmuted = tuple(replace(one, muted=()) for one in policy.routes)
        self._notify = {rule.name: tuple(rule.notify) for rule in policy.rules}
        self._known: dict[object, Reach] = {}
        start = now.replace(minute=0, second=0, microsecond=0)
        timed = any(one.active or one.muted for one in policy.routes)
        self.moments = [start + i * _STEP for i in range(_WEEK // _STEP)] if timed else [now]

    def of(self, alert: Alert) -> Reach:
        """Whom it reaches."""
        values = subject(alert)
        taken = tuple(i for i, one in enumerate(self._policy.routes) if one.match.meets(values))
        alike = taken, owner(alert) is not None, self._notify.get(alert.rule, ())
        if alike not in self._known:
            self._known[alike] = self._found(alert)
        return self._known[alike]

    def _found(self, alert: Alert) -> Reach:
        told: set[str] = set()
        times: dict[str, list[datetime]] = {"awake": [], "waiting": [], "nobody": []}
        for moment in self.moments:
            now, later = (self._told(routes, alert, moment) for routes in (self._policy.routes, self._unmuted))
            told |= {*now, *later}
            which = "awake" if self._works(now) else "waiting" if self._works(later) else "nobody"
            times[which].append(moment)
        lacking = frozenset(name for name in told if name in self._lacking)
        return Reach(frozenset(told) - lacking, lacking, *(tuple(times[t]) for t in ("awake", "waiting", "nobody")))

    def _told(self, routes: Sequence[Route], alert: Alert, moment: datetime) -> set[str]:
        where = route(routes, self._policy.escalations, alert, moment)
        steps = (name for climb in where.climbs for step in climb.steps for name in step.to)
        names = (*where.to, *steps, *self._notify.get(alert.rule, ()))
        return {OWNER if name.startswith(f"{OWNER}:") else name for name in names}

    def _works(self, names: set[str]) -> bool:
        return any(name not in self._lacking for name in names)
