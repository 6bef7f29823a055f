"""One moment, pure: policy + history + state + now -> new states and notifications. All that decides calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from budgetbot.policy.policy import Policy

from budgetbot.core.decide import Decision, decide
from budgetbot.core.history import History
from budgetbot.core.lifecycle import Situation
from budgetbot.core.model import Alert, Finding, Told
from budgetbot.core.period import Span
from budgetbot.policy.route import route
from budgetbot.rules.rule import Context, Rule

STALE_AFTER = timedelta(hours=6)
Seen: TypeAlias = Mapping[str, tuple[str, datetime]]
"""Rule name to its identity and the moment from which it is known."""


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


def needed(policy: Policy, now: datetime) -> Span:
    """The stretch of history that the rules look at."""
    spans = [rule.span(now, policy.defaults.timezone) for rule in policy.rules]
    return Span(min((s.start for s in spans), default=now), max((s.end for s in spans), default=now))


def context(policy: Policy, rule: Rule, history: History, state: State, now: datetime) -> Context:
    """What one rule may look at."""
    zone = policy.defaults.timezone
    identity, since = state.seen.get(rule.name, ("", now))
    stale = {m.source for m in history.watermarks if m.pulled_at is None or now - m.pulled_at > STALE_AFTER}
    return Context(
        history=history,
        zone=zone,
        currency=policy.defaults.currency,
        since=since if identity == rule.identity(zone) else now,
        open=tuple(a for a in state.alerts if a.rule == rule.name and a.state != "resolved"),
        stale=frozenset(stale),
    )


def step(policy: Policy, history: History, state: State, now: datetime) -> Outcome:
    """Evaluate every rule, then decide."""
    zone = policy.defaults.timezone
    infos = {rule.name: rule.info(zone, policy.where.get(rule.name)) for rule in policy.rules}
    changed = {name for name, info in infos.items() if state.seen.get(name, (info.identity,))[0] != info.identity}
    anew = changed | {name for name in infos if name not in state.seen}
    steady = replace(state, alerts=[a for a in state.alerts if a.rule not in changed])
    findings: list[Finding] = []
    for rule in policy.rules:
        findings += rule.evaluate(context(policy, rule, history, steady, now), now)
    situation = Situation(
        alerts=state.alerts,
        told=state.told,
        rules=infos,
        anew=frozenset(anew),
        changed=frozenset(changed),
        policy_hash=policy.hash,
    )
    decision = decide(findings, situation, lambda alert: route(policy.routes, alert), now)
    seen = {name: (info.identity, now if name in anew else state.seen[name][1]) for name, info in infos.items()}
    return Outcome(decision, seen)
