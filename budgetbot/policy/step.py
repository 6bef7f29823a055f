"""One moment, pure: policy + history + state + now -> new states and notifications. All that decides calls it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from budgetbot.core.bundle import bundled
from budgetbot.core.decide import Decision, decide
from budgetbot.core.grant import Grant
from budgetbot.core.history import History
from budgetbot.core.lifecycle import Situation, thread
from budgetbot.core.model import Alert, Finding
from budgetbot.core.notification import Reason, Told
from budgetbot.core.period import Span
from budgetbot.core.subject import silenced
from budgetbot.core.telling import climbing, notification
from budgetbot.policy import elsewhere
from budgetbot.policy.policy import Policy
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.rule import Context, Rule, digest
from budgetbot.rules.usage_budget import UsageBudget

STALE_AFTER = timedelta(hours=6)
Seen: TypeAlias = Mapping[str, tuple[str, datetime]]
"""Rule name to its identity, and "terms:" with the name to its terms, each with the moment from which it is known."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of alerts and rules before the step."""

    alerts: Sequence[Alert] = ()
    told: Sequence[Told] = ()
    seen: Seen = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to record."""

    decision: Decision
    seen: Seen


def needed(policy: Policy, now: datetime, *, forecast: bool = False) -> Span:
    """The stretch of history that the rules look at; `forecast`: and what tells how every budget will end."""
    spans = [rule.span(now, policy.defaults.timezone, forecast=forecast) for rule in policy.rules]
    return Span(min((s.start for s in spans), default=now), max((s.end for s in spans), default=now))


def usage_needed(policy: Policy, now: datetime, *, forecast: bool = False) -> dict[str, Span]:
    """What the rules count besides money: each metric with its stretch of history, as in `needed`."""
    found: dict[str, Span] = {}
    for rule in policy.rules:
        if isinstance(rule, UsageBudget):
            span = rule.span(now, policy.defaults.timezone, forecast=forecast)
            other = found.get(rule.metric, span)
            found[rule.metric] = Span(min(span.start, other.start), max(span.end, other.end))
    return found


def context(
    policy: Policy, rule: Rule, history: History, state: State, now: datetime, known: Seen | None = None
) -> Context:
    """What one rule may look at. `known`: from when on it is known, where that was found out already."""
    zone = policy.defaults.timezone
    stale = {m.source for m in history.watermarks if m.pulled_at is None or now - m.pulled_at > STALE_AFTER}
    mine, limit = [alert for alert in state.alerts if alert.rule == rule.name], limit_of(policy, rule)
    return Context(
        history=history,
        zone=zone,
        currency=policy.defaults.currency,
        since=max(since for _, since in (known or _known(policy, rule, state, now)).values()),
        open=tuple(a for a in mine if a.state != "resolved"),
        stale=frozenset(stale),
        fx=policy.fx,
        grants=grants_of(policy, rule if limit is None else limit),
        planned=policy.planned,
        watched=frozenset((a.scope.key, a.level) for a in mine if a.state != "resolved" or a.reason == "manual"),
        by_hand=tuple(a for a in mine if a.state == "resolved" and a.reason == "manual"),
        silences=policy.silences,
        holidays=frozenset().union(*policy.holidays.values()),
        limit=limit,
    )


def limit_of(policy: Policy, rule: Rule) -> Rule | None:
    """The budget that a burn rate is of; None for all other rules."""
    name = rule.budget if isinstance(rule, BurnRate) else None
    return next((one for one in policy.rules if one.name == name), None) if name is not None else None


def grants_of(policy: Policy, rule: Rule) -> tuple[Grant, ...]:
    """The raises of one budget."""
    return tuple(grant for grant in policy.grants if grant.budget == rule.name)


def _known(policy: Policy, rule: Rule, state: State, now: datetime) -> Seen:
    """From when on the rule is known with its identity, and with its terms. A grant is a term of its budget."""
    grants = grants_of(policy, rule)
    terms = digest(rule.terms(), grants) if grants else rule.terms()
    says = {rule.name: rule.identity(policy.defaults.timezone), f"terms:{rule.name}": terms}
    before = {name: state.seen.get(name, ("", now)) for name in says}
    return {name: (text, before[name][1] if before[name][0] == text else now) for name, text in says.items()}


def step(policy: Policy, history: History, state: State, now: datetime) -> Outcome:
    """Evaluate every rule, then decide."""
    zone = policy.defaults.timezone
    infos = {rule.name: rule.info(zone, policy.where.get(rule.name)) for rule in policy.rules}
    changed = {name for name, info in infos.items() if state.seen.get(name, (info.identity,))[0] != info.identity}
    anew = changed | {name for name in infos if name not in state.seen}
    steady = replace(state, alerts=[a for a in state.alerts if a.rule not in changed])
    findings: list[Finding] = []
    seen: dict[str, tuple[str, datetime]] = {}
    for rule in policy.rules:
        known = _known(policy, rule, state, now)
        findings += rule.evaluate(context(policy, rule, history, steady, now, known), now)
        seen.update(known)
    situation = Situation(
        alerts=state.alerts,
        told=state.told,
        rules=infos,
        anew=frozenset(anew),
        changed=frozenset(changed),
        policy_hash=policy.hash,
        silenced=lambda alert: silenced(alert, policy.silences, now),
    )
    broken = elsewhere.failing(findings)
    decision = decide(findings, situation, lambda alert: elsewhere.told(policy, alert, broken, now), now)
    return Outcome(decision, seen)


def climb(policy: Policy, alerts: Sequence[Alert], now: datetime) -> Decision:
    """The steps of escalations that are due between two evaluations; nothing is evaluated anew."""
    zone = policy.defaults.timezone
    rules = {rule.name: rule.info(zone, policy.where.get(rule.name)) for rule in policy.rules}
    incidents: dict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda a: (-a.rank, a.id)):
        if alert.state == "firing" and alert.rule in rules:
            incidents[thread(alert)].append(replace(alert, silenced=silenced(alert, policy.silences, now)))
    climbed = [one for incident in incidents.values() for one in climbing(incident, now)]
    before = {alert.id: alert for alert in alerts}
    return Decision(
        alerts=tuple(alert for alert, _ in climbed if alert != before[alert.id]),
        notifications=tuple(
            bundled(
                [
                    notification(alert, rules[alert.rule], receiver, Reason.ESCALATED, now, step=step)
                    for alert, steps in climbed
                    for step, receiver in steps
                ]
            )
        ),
    )
