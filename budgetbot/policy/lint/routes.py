"""Routes against the alerts that could really fire: who hears of them, at every hour, and which routes are idle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from budgetbot.core.match import NONE, Match, Patterns
from budgetbot.core.model import Alert, Severity
from budgetbot.core.subject import subject
from budgetbot.policy.lint.remark import Remark
from budgetbot.policy.lint.survey import Survey
from budgetbot.policy.policy import OWNER, Policy, Route
from budgetbot.policy.route import owner
from budgetbot.rules import Rule


def check_reach(survey: Survey) -> Iterator[Remark]:
    """Rules with alerts that nobody would hear of, ever or at some hours. Of a receiver that fails, all others hear."""
    for rule in survey.policy.rules:
        if rule.kind == "delivery":
            continue
        alerts = survey.alerts(rule)
        deaf = [alert for alert in alerts if not survey.reaches.of(alert).awake]
        if deaf:
            yield _nobody(survey, rule, deaf, len(alerts))
            continue
        yield from _hours(survey, rule, alerts)


def _nobody(survey: Survey, rule: Rule, deaf: list[Alert], all: int) -> Remark:
    which = "its alerts" if len(deaf) == all else f"{len(deaf)} of its {all} possible alerts ({_severities(deaf)})"
    names = sorted({name for alert in deaf for name in survey.reaches.of(alert).lacking})
    if any(survey.reaches.of(alert).waiting for alert in deaf):
        why = "every route that takes them is muted at all hours; unmute it, or add a route"
    elif names:
        missing = " and ".join(f"{name} ({survey.lacking[name]})" for name in names)
        why = f"they only lead to {missing}; set what is missing, or add another receiver"
    else:
        why = "no route leads to a receiver for them; add one"
    return survey.of_rule("reaches-nobody", "error", rule, f"{which} would reach nobody: {why}")


def _severities(alerts: list[Alert]) -> str:
    return ", ".join(severity for severity in Severity if any(alert.severity is severity for alert in alerts))


def _hours(survey: Survey, rule: Rule, alerts: tuple[Alert, ...]) -> Iterator[Remark]:
    """The alert that is worst off; one remark a rule."""
    reach = max(((len(survey.reaches.of(a).nobody), a.severity.rank) for a in alerts), default=(0, 0))
    if reach[0]:
        alert = next(a for a in alerts if (len(survey.reaches.of(a).nobody), a.severity.rank) == reach)
        times = survey.reaches.of(alert).nobody
        words = f"its {alert.severity} alerts reach nobody {_part(survey, times)}; add a route for those hours"
        level = "error" if alert.severity is Severity.CRITICAL else "warning"
        yield survey.of_rule("nobody-at-some-hours", level, rule, words)  # type: ignore[arg-type]
        return
    critical = [a for a in alerts if a.severity is Severity.CRITICAL and survey.reaches.of(a).waiting]
    if critical:
        times = max((survey.reaches.of(alert).waiting for alert in critical), key=len)
        words = f"its critical alerts wait, muted, {_part(survey, times)}; add a route that wakes somebody"
        yield survey.of_rule("critical-waits", "warning", rule, words)


def _part(survey: Survey, times: tuple[datetime, ...]) -> str:
    hours = len(times) * 168 / len(survey.reaches.moments)
    first = min(times).astimezone(survey.policy.defaults.timezone)
    return f"for {hours:g} of the week's 168 hours, such as {first:%a %H:%M}"


def check_routes(survey: Survey) -> Iterator[Remark]:
    """Routes that an earlier one shadows, that match no alert, or that no alert gets to."""
    routes = survey.policy.routes
    alerts = [alert for rule in survey.policy.rules for alert in survey.alerts(rule)]
    matched, reached = _taken(survey.policy, alerts)
    for number, one in enumerate(routes):
        if not one.match.fields:
            continue
        shadow = next((earlier for earlier in routes[:number] if _shadows(survey.policy, earlier, one)), None)
        if shadow:
            words = (
                f"never reached: the route at {shadow.where or 'an earlier line'} takes all of it; move this one above"
            )
            yield _of_route("route-shadowed", "error", number, one, words)
        elif survey.seen and number not in matched:
            words = "no alert that a rule could fire today matches it; correct the match, or take it out"
            yield _of_route("route-idle", "warning", number, one, words)
        elif survey.seen and number not in reached:
            words = "the routes above take every alert that it matches; move it above them, or take it out"
            yield _of_route("route-idle", "warning", number, one, words)


def _of_route(code: str, level: str, number: int, route: Route, words: str) -> Remark:
    return Remark(code, level, route.where, f"route {number + 1}", words)  # type: ignore[arg-type]


def _taken(policy: Policy, alerts: list[Alert]) -> tuple[set[int], set[int]]:
    """The routes that match some alert, and those that some alert gets to, at whatever hour."""
    matched: set[int] = set()
    reached: set[int] = set()
    for alert in alerts:
        values = subject(alert)
        met = [number for number, one in enumerate(policy.routes) if one.match.meets(values)]
        matched.update(met)
        for number in met:
            reached.add(number)
            if _ends(policy, policy.routes[number], owner(alert) is not None):
                break
    return matched, reached


def _ends(policy: Policy, route: Route, owned: bool) -> bool:
    """Whether no later route ever sees an alert that it matches; one that leads to nobody lets all pass."""
    ladder = policy.escalations.get(route.escalation or "")
    names = {*route.to, *(name for step in (ladder.steps if ladder else ()) for name in step.to)}
    leads = bool(names - {OWNER}) or (owned and bool(names))
    return leads and not route.continues and not route.active


def _shadows(policy: Policy, earlier: Route, later: Route) -> bool:
    """Whether `earlier` provably takes all that `later` matches, whenever `later` is there."""
    timeless = replace(earlier, active=()) if earlier.active == later.active else earlier
    return _ends(policy, timeless, owned=False) and _holds(earlier.match, later.match)


def _holds(wide: Match, narrow: Match) -> bool:
    fields = dict(narrow.fields)
    return all(name in fields and _wider(one, fields[name]) for name, one in wide.fields)


def _wider(wide: Patterns, narrow: Patterns) -> bool:
    if not set(wide.unwanted) <= set(narrow.unwanted):
        return False
    if not wide.wanted:
        return True
    return bool(narrow.wanted) and all(any(_includes(w, n) for w in wide.wanted) for n in narrow.wanted)


def _includes(wide: str, narrow: str) -> bool:
    literal = narrow != NONE and not set(narrow) & set("*?")
    return wide == narrow or (literal and Patterns((wide,)).meet((narrow,)))
