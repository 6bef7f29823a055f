"""One moment, pure: policy + history + state + now -> new states and notifications. All that decides calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from budgetbot.core.decide import Decision, decide
from budgetbot.core.history import History
from budgetbot.core.lifecycle import Situation
from budgetbot.core.model import Alert, Finding, Told
from budgetbot.core.period import Span
from budgetbot.policy.policy import Policy
from budgetbot.policy.route import route
from budgetbot.rules.rule import Context, Rule
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


def needed(policy: Policy, now: datetime) -> Span:
    """The stretch of history that the rules look at."""
    spans = [rule.span(now, policy.defaults.timezone) for rule in policy.rules]
    return Span(min((s.start for s in spans), default=now), max((s.end for s in spans), default=now))


def usage_needed(policy: Policy, now: datetime) -> dict[str, Span]:
    """What the rules count besides money: each metric with its stretch of history."""
    found: dict[str, Span] = {}
    for rule in policy.rules:
        if isinstance(rule, UsageBudget):
            span = rule.span(now, policy.defaults.timezone)
            other = found.get(rule.metric, span)
            found[rule.metric] = Span(min(span.start, other.start), max(span.end, other.end))
    return found


def context(policy: Policy, rule: Rule, history: History, state: State, now: datetime) -> Context:
    """What one rule may look at."""
    zone = policy.defaults.timezone
    stale = {m.source for m in history.watermarks if m.pulled_at is None or now - m.pulled_at > STALE_AFTER}
    return Context(
        history=history,
        zone=zone,
        currency=policy.defaults.currency,
        since=max(since for _, since in _known(rule, zone, state, now).values()),
        open=tuple(a for a in state.alerts if a.rule == rule.name and a.state != "resolved"),
        stale=frozenset(stale),
        fx=policy.fx,
    )


def _known(rule: Rule, zone: ZoneInfo, state: State, now: datetime) -> Seen:
    """From when on the rule is known with its identity, and with its terms."""
    says = {rule.name: rule.identity(zone), f"terms:{rule.name}": rule.terms()}
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
    known = (_known(rule, zone, state, now) for rule in policy.rules)
    return Outcome(decision, {name: mark for marks in known for name, mark in marks.items()})
