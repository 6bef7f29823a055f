"""Who hears that a receiver does not work: anybody but the receiver itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from budgetbot.core.escalate import Escalation, Where
from budgetbot.core.model import Alert, Finding
from budgetbot.policy.policy import OWNER, Policy
from budgetbot.policy.route import route

_NOBODY = Where()


def failing(findings: Iterable[Finding]) -> frozenset[str]:
    """The receivers that do not work now."""
    return frozenset(str(one.scope.ids["receiver"]) for one in findings if one.kind == "delivery" and one.active)


def addressed(policy: Policy) -> frozenset[str]:
    """Every receiver that the policy has: the declared ones, and `owner` where something leads to owners."""
    steps = (step.to for one in policy.escalations.values() for step in one.steps)
    led_to = {name for to in (*(route.to for route in policy.routes), *steps) for name in to}
    return frozenset(policy.receivers) | (led_to & {OWNER})


def told(policy: Policy, alert: Alert, broken: Collection[str], now: datetime) -> Where:
    """Where an alert goes. One about a receiver goes past all that are `broken`, by the routes; where these lead to
    nobody else, to every other receiver, and to other broken ones only where none is left that works.

    What a muted route takes waits for the end of the window, as long as somebody who works is told then.
    """
    named = route(policy.routes, policy.escalations, alert, now)
    if alert.kind != "delivery":
        return named
    unmuted = route([replace(one, muted=()) for one in policy.routes], policy.escalations, alert, now)
    mine = frozenset({str(alert.scope.ids["receiver"])})
    for left_out in (mine | set(broken), mine):
        if _without(unmuted, left_out) != _NOBODY:
            return _without(named, left_out)
        others = tuple(name for name in policy.receivers if name not in left_out)
        if others:
            return Where(others)
    return _NOBODY


def _without(where: Where, names: Collection[str]) -> Where:
    climbs = (_steps(one, names) for one in where.climbs)
    return Where(tuple(name for name in where.to if name not in names), tuple(one for one in climbs if one.steps))


def _steps(escalation: Escalation, names: Collection[str]) -> Escalation:
    steps = (replace(step, to=tuple(name for name in step.to if name not in names)) for step in escalation.steps)
    return replace(escalation, steps=tuple(step for step in steps if step.to))
