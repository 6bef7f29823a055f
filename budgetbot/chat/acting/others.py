"""Who hears of an alert that somebody says is not theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from budgetbot.core.model import Alert
from budgetbot.policy.policy import OWNER, Policy
from budgetbot.policy.route import route


def others(policy: Policy, alert: Alert, now: datetime) -> tuple[str, ...]:
    """The receivers of the next step of its escalation that nobody has taken, else those of the policy's last route."""
    for climb in alert.climbs:
        told = climb.at_once()
        for step in climb.escalation.steps[climb.taken :]:
            if to := _known(policy, (name for name in step.to if name not in told)):
                return to
    if not policy.routes:
        return ()
    last = replace(policy.routes[-1], active=(), muted=())
    where = route([last], policy.escalations, alert, now)
    return _known(policy, where.to or (name for climb in where.climbs for name in climb.steps[0].to))


def _known(policy: Policy, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in policy.receivers or name.startswith(f"{OWNER}:"))
