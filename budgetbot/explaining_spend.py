"""Which rules, routes, receivers and escalations speak of a project, key or team, and why the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from budgetbot.app import Queries
from budgetbot.core.escalate import Escalation
from budgetbot.core.instant import iso, length_text
from budgetbot.core.match import EVERYTHING, Subject
from budgetbot.core.model import Json
from budgetbot.core.period import Span
from budgetbot.cycle import whole, with_allowances
from budgetbot.errors import UsageError
from budgetbot.policy.applies import Applied, Reached, Way, applied, exceptions, labels, ways
from budgetbot.policy.step import needed
from budgetbot.policy.summary import validate_summary

_KNOWN = timedelta(days=62)  # spend of so long ago still tells what belongs to what
_NAMED = ("source", "project", "api_key", "user")


def spend_explanation(queries: Queries, words: str, now: datetime) -> dict[str, Json]:
    """What `words` (a name, an id, dimension:value) mean, as JSON. Raises UsageError where nothing is called so."""
    parts = with_allowances(queries.parts)
    match = queries.query(words).match if words.strip() else EVERYTHING
    if not match.fields:
        raise UsageError(f"{words[:60]!a} names no spend; write a project, key or label, such as project:research")
    span = needed(parts.policy, now)
    history = whole(parts, Span(min(span.start, now - _KNOWN), max(span.end, now)), now)
    mine = [s for one in history.series if match.meets(s := history.directory.subject(one))]
    rules = applied(parts.policy, history, match, validate_summary(parts.policy), now)
    return {
        "about": {name: list(patterns.wanted) for name, patterns in match.fields},
        "known": {name: list(found) for name in _NAMED if (found := _values(mine, name))},
        "labels": {name: list(values) for name, values in labels(mine, history.directory.label_names).items()},
        "at": iso(now),
        "policy_hash": parts.policy.hash,
        "rules": [_rule(one) for one in rules],
        "routes": [_way(one) for one in ways(parts.policy, rules, now)],
        "exceptions": list(exceptions(parts.policy, rules, mine, now)),
    }


def _values(subjects: Sequence[Subject], name: str) -> list[str]:
    return list(dict.fromkeys(values[-1] for one in subjects if (values := one.get(name, ()))))


def _rule(one: Applied) -> dict[str, Json]:
    return {
        "rule": one.rule.name,
        "kind": one.rule.kind,
        "where": one.where,
        "meaning": one.meaning,
        "applies": one.why_not is None,
        "why_not": one.why_not,
        "alerts": [_reached(reached) for reached in one.alerts],
    }


def _reached(reached: Reached) -> dict[str, Json]:
    now = [one for one in reached.routes if not one.waits]
    to = dict.fromkeys([*(name for one in now for name in one.to), *reached.notify])
    return {
        "level": reached.alert.level,
        "severity": reached.alert.severity.value,
        "scope": dict(reached.alert.scope.names),
        "to": list(to),
        "waits": [name for one in reached.routes if one.waits for name in one.to if name not in to],
        "escalations": [_steps(one.climbs) for one in now if one.climbs is not None],
        "routes": [one.route.where for one in reached.routes],
        "silenced": reached.silenced,
    }


def _steps(escalation: Escalation) -> dict[str, Json]:
    steps: list[Json] = [
        {"after": length_text(step.after) if step.after else "0m", "to": list(step.to)} for step in escalation.steps
    ]
    return {"name": escalation.name, "steps": steps}


def _way(way: Way) -> dict[str, Json]:
    route = way.route
    return {
        "where": route.where,
        "to": list(route.to),
        "escalation": route.escalation,
        "continue": route.continues,
        "takes": list(way.takes),
        "why_not": way.why_not,
    }
