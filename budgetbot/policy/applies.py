"""Which rules speak of some spend, whom their alerts would reach, and why the others do not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from budgetbot.core.history import History
from budgetbot.core.match import Match, Patterns, Subject
from budgetbot.core.model import Alert, Scope, Series
from budgetbot.core.subject import silenced, subject
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.possible import counted, possible_alerts
from budgetbot.policy.route import Taken, taken
from budgetbot.rules import Rule
from budgetbot.rules.fields import patterns
from budgetbot.rules.freshness import Freshness


@dataclass(frozen=True, slots=True)
class Reached:
    """One alert that a rule could fire, and the routes that would take it now."""

    alert: Alert
    routes: tuple[Taken, ...]
    notify: tuple[str, ...]
    silenced: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule, and what it could tell of the spend that was asked about. `why_not`: why it does not speak of it."""

    rule: Rule
    meaning: str
    where: str
    alerts: tuple[Reached, ...] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A route, the alerts that it would take, and why it takes no others."""

    route: Route
    takes: tuple[str, ...]
    why_not: str | None = None


def applied(policy: Policy, history: History, about: Match, meanings: Sequence[str], now: datetime) -> list[Applied]:
    """Every rule of the policy, in order. `meanings`: what each means, in words."""
    mine = [one for one in history.series if about.meets(history.directory.subject(one))]
    return [
        _applied(policy, history, rule, meaning, mine, now)
        for rule, meaning in zip(policy.rules, meanings, strict=True)
    ]


def ways(policy: Policy, rules: Sequence[Applied], now: datetime) -> list[Way]:
    """Every route, with what it takes of the alerts that the rules could fire."""
    alerts = [reached for one in rules for reached in one.alerts]
    found: list[Way] = []
    for route in policy.routes:
        takes = [r.alert for r in alerts if any(one.route is route for one in r.routes)]
        names = tuple(dict.fromkeys(f"{a.rule} {a.level}".rstrip() for a in takes))
        found.append(Way(route, names, None if takes else _passed(route, alerts, now)))
    return found


def _applied(
    policy: Policy, history: History, rule: Rule, meaning: str, mine: Sequence[Series], now: datetime
) -> Applied:
    where = policy.where.get(rule.name, "")
    subjects = [history.directory.subject(one) for one in mine]
    alerts = list(possible_alerts(policy, rule, history, now))
    looks = _looks(policy, rule)
    if looks is None:
        known = {(name, values[0]) for one in subjects for name, values in one.items()}
        scopes = {a.scope.key for a in alerts if all((p.dimension, p.id) in known for p in a.scope.parts)}
    else:
        match, each = looks
        met = [one for one, values in zip(mine, subjects, strict=True) if match.meets(values)]
        if not met:
            return Applied(rule, meaning, where, why_not=not_met(match, subjects))
        scopes = {Scope(tuple(history.directory.part(one, name) for name in each)).key for one in met}
    told = tuple(_reached(policy, rule, alert, now) for alert in alerts if alert.scope.key in scopes)
    return Applied(rule, meaning, where, told)


def _looks(policy: Policy, rule: Rule) -> tuple[Match, Sequence[str]] | None:
    """Which spend a rule is about, scope by scope; None where it is about all there is."""
    if isinstance(rule, Freshness):
        return Match((("source", patterns(rule.source)),)), ("source",)
    return counted(policy, rule)


def _reached(policy: Policy, rule: Rule, alert: Alert, now: datetime) -> Reached:
    routes = tuple(taken(policy.routes, policy.escalations, alert, now))
    return Reached(alert, routes, tuple(rule.notify), silenced(alert, policy.silences, now))


def _passed(route: Route, alerts: Sequence[Reached], now: datetime) -> str:
    met = [one for one in alerts if route.match.meets(subject(one.alert))]
    if not met:
        return not_met(route.match, [subject(one.alert) for one in alerts])
    if route.active and not any(window.holds(now) for window in route.active):
        return f"only there in {' or '.join(window.name for window in route.active)}"
    before = list(dict.fromkeys(one.routes[-1].route.where for one in met if one.routes))
    return f"{' and '.join(before)} takes them before" if before else "the owner is not known"


def not_met(match: Match, subjects: Sequence[Subject]) -> str:
    """Why a match means none of these, in words."""
    if not subjects:
        return "nothing of the kind is known"
    for name, wanted in match.fields:
        if not any(wanted.meet(one.get(name, ())) for one in subjects):
            here = list(dict.fromkeys(values[-1] for one in subjects if (values := one.get(name, ()))))
            return f"wants {name} {said(wanted)}; here it is {_listed(here) or 'not set'}"
    return f"no part of it meets {' and '.join(sorted(match.names))} together"


def said(wanted: Patterns) -> str:
    """The patterns of one field in words: "ci-*, not ci-release"."""
    parts = [_listed(wanted.wanted), *([f"not {_listed(wanted.unwanted)}"] if wanted.unwanted else [])]
    return ", ".join(part for part in parts if part) or "anything"


def _listed(words: Sequence[str], most: int = 5) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def exceptions(policy: Policy, rules: Sequence[Applied], mine: Sequence[Subject], now: datetime) -> Iterator[str]:
    """What is agreed for a time and touches this spend now or later, a line each."""
    names = {one.rule.name for one in rules if one.why_not is None}
    for grant in policy.grants:
        if grant.budget in names and now < grant.until:
            yield f"grant on {grant.budget} until {_day(grant.until)}, approved by {grant.approved_by}: {grant.reason}"
    for planned in policy.planned:
        if now < planned.until and any(planned.match.meets(one) for one in mine):
            yield f"planned {planned.name} until {_day(planned.until)}: {planned.reason}"
    for one in policy.silences:
        about = (r.alert for a in rules for r in a.alerts)
        if now < one.until and any(one.match.meets(subject(alert)) for alert in about):
            yield f"silence until {_day(one.until)} by {one.by}: {one.reason}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def labels(mine: Sequence[Subject], names: frozenset[str]) -> Mapping[str, list[str]]:
    """The labels of this spend with all their values."""
    found = {name: list(dict.fromkeys(v for one in mine for v in one.get(name, ()))) for name in sorted(names)}
    return {name: values for name, values in found.items() if values}
