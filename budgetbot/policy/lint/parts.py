"""What is declared beside rules and routes: receivers, escalations, sources, and what has an end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from budgetbot.core.grant import Grant
from budgetbot.core.period import Between, Rolling, local_midnight
from budgetbot.policy.lint.remark import Remark
from budgetbot.policy.lint.survey import Survey
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import GRACE

_GATEWAYS = frozenset({"litellm", "openrouter"})
_MOMENT = timedelta(microseconds=1)


def check_receivers(survey: Survey) -> Iterator[Remark]:
    """Receivers that cannot be told, or that nothing leads to; escalations that no route names."""
    policy = survey.policy
    climbed = {route.escalation for route in policy.routes}
    used = {name for route in policy.routes for name in route.to}
    used |= {name for rule in policy.rules for name in rule.notify}
    used |= {name for digest in policy.digests for name in digest.to}
    for name, escalation in policy.escalations.items():
        if name in climbed:
            used |= {receiver for step in escalation.steps for receiver in step.to}
        else:
            words = "no route leads to it; name it in a route, or take it out"
            yield survey.of("unused-escalation", "note", "escalations", name, words)
    for name in policy.receivers:
        if name not in used:
            words = "no route, rule, digest or escalation leads to it; name it in one, or take it out"
            yield survey.of("unused-receiver", "note", "receivers", name, words)
        elif name in survey.lacking:
            words = f"cannot be told, as {survey.lacking[name]}; set it where budgetbot runs"
            yield survey.of("missing-credential", "warning", "receivers", name, words)


def check_elsewhere(survey: Survey) -> Iterator[Remark]:
    """A receiver of whose failure nobody could be told."""
    if len(survey.policy.receivers) == 1:
        words = "the only one: where it fails, nothing but the log and /readyz tells of it; declare another"
        yield survey.of("only-receiver", "note", "receivers", next(iter(survey.policy.receivers)), words)


def check_sources(survey: Survey) -> Iterator[Remark]:
    """Gateways that are told to count beside a bill that holds the same money."""
    types = {spec.name: spec.type for spec in survey.policy.sources}
    seen = {survey.history.series[i].source for i in survey.seen}
    counting = {spec.name for spec in survey.policy.sources if spec.counts is not False}
    own = sorted(name for name in seen | counting if types.get(name, name) not in _GATEWAYS)
    for spec in survey.policy.sources:
        if spec.type in _GATEWAYS and spec.counts and own:
            words = f"a gateway with counts: true beside {', '.join(own)}: what they bill may count twice"
            yield survey.of("counted-twice", "warning", "sources", spec.name, f"{words}; write counts: false")


def check_ends(survey: Survey) -> Iterator[Remark]:
    """Grants, planned spend and silences that are over, and grants that never meet their budget's period."""
    for number, grant in enumerate(survey.policy.grants):
        rule = next((one for one in survey.policy.rules if one.name == grant.budget), None)
        if isinstance(rule, Limit):
            yield from _grant(survey, number, grant, rule)
    for planned in survey.policy.planned:
        if planned.until <= survey.now:
            words = f"over since {planned.until:%-d %B %Y}; keep it while it explains a baseline, or take it out"
            yield survey.of("over", "note", "planned", planned.name, words)
    for number, silence in enumerate(survey.policy.silences):
        if silence.until <= survey.now:
            words = f"over since {silence.until:%-d %B %Y}; it can be taken out"
            yield survey.of("over", "note", "silences", number, words)


def _grant(survey: Survey, number: int, grant: Grant, rule: Limit) -> Iterator[Remark]:
    zone, period = survey.policy.defaults.timezone, rule.period
    if isinstance(period, Between):
        first, until = local_midnight(period.first, zone), local_midnight(period.until, zone)
        if grant.until <= first or until <= grant.since:
            words = f"never raises {rule.name}, which runs from {period.first} until {period.until}; correct its dates"
            yield survey.of("never-begins", "warning", "grants", number, words)
            return
    if _last_effect(survey, grant, rule) <= survey.now:
        words = f"over since {grant.until:%-d %B %Y}, as is the period of {rule.name} that it raised; take it out"
        yield survey.of("over", "note", "grants", number, words)


def _last_effect(survey: Survey, grant: Grant, rule: Limit) -> datetime:
    """What was spent within a grant stays covered until the period is over and settled."""
    if isinstance(rule.period, Rolling):
        return grant.until + rule.period.length
    period = rule.period.at(grant.until - _MOMENT, survey.policy.defaults.timezone)
    return (period.span.end if period else grant.until) + GRACE
