"""Where an alert goes: routes in order, the first match wins unless it continues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from budgetbot.core.escalate import Escalation, Where
from budgetbot.core.model import Alert
from budgetbot.core.subject import subject
from budgetbot.policy.policy import OWNER, Route


class Taken(NamedTuple):
    """One route that takes an alert: to whom, up which escalation, and whether it only waits for now."""

    route: Route
    to: tuple[str, ...]
    climbs: Escalation | None
    waits: bool


def route(routes: Sequence[Route], escalations: Mapping[str, Escalation], alert: Alert, now: datetime) -> Where:
    """The receivers, each once, in the order of the routes, and the escalations."""
    told = [one for one in taken(routes, escalations, alert, now) if not one.waits]
    climbs = {one.climbs.name: one.climbs for one in told if one.climbs is not None}
    return Where(tuple(dict.fromkeys(name for one in told for name in one.to)), tuple(climbs.values()))


def taken(
    routes: Sequence[Route], escalations: Mapping[str, Escalation], alert: Alert, now: datetime
) -> Iterator[Taken]:
    """The routes that take the alert now, in order.

    A route is not there outside its `active` windows, nor where it leads to nobody but an owner who is not known. In
    its `muted` windows it takes the alert and waits: once they are over the alert is told if it still fires.
    """
    values = subject(alert)
    for one in routes:
        if not one.match.meets(values) or (one.active and not any(w.holds(now) for w in one.active)):
            continue
        to, climbs = _named(one.to, alert), _steps(escalations.get(one.escalation or ""), alert)
        if not to and climbs is None:
            continue
        yield Taken(one, to, climbs, any(window.holds(now) for window in one.muted))
        if not one.continues:
            return


def owner(alert: Alert) -> str | None:
    """Who owns what the alert is about: by label, else the owner of what drives it most, where the provider knows."""
    return alert.labels.get(OWNER) or next((driver.owner for driver in alert.drivers if driver.owner), None)


def _named(to: Sequence[str], alert: Alert) -> tuple[str, ...]:
    """The names, `owner` followed by a colon and whom it means; without one that is not known."""
    who = owner(alert) if OWNER in to else None
    named = (name if name != OWNER else who and f"{OWNER}:{who}" for name in to)
    return tuple(name for name in named if name)


def _steps(escalation: Escalation | None, alert: Alert) -> Escalation | None:
    """The escalation as this alert climbs it; None where no step leads to anybody."""
    steps = [replace(step, to=_named(step.to, alert)) for step in (escalation.steps if escalation else ())]
    known = tuple(step for step in steps if step.to)
    return replace(escalation, steps=known) if escalation and known else None
