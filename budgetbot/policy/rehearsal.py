"""A policy run over the past, moment by moment, with the same step as the live cycle; nothing is delivered.

What the ledger knew at each moment is what the step sees. Moments at which nothing can change are passed over, and of
each rule only the scopes of which there may be news are looked at: what is decided is the same. Names are today's, as
nobody remembers what things were called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np

from budgetbot.core.history import Facts, History, Loaded
from budgetbot.core.instant import micros
from budgetbot.core.match import Match
from budgetbot.core.model import Alert
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Grouping, Ledger
from budgetbot.core.replay_table import Tables
from budgetbot.policy.movement import Movement, foreseen, movements
from budgetbot.policy.pagers import with_ends
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.step import Seen, State, needed, step, usage_needed
from budgetbot.policy.surroundings import surroundings
from budgetbot.policy.timers import Place, Timers
from budgetbot.rules import Rule
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.limit import Limit
from budgetbot.rules.rule import GRACE
from budgetbot.rules.usage_budget import UsageBudget

Watched: TypeAlias = Callable[[float], None]
"""Called now and then with the share that is done."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def remembered(policy: Policy) -> Policy:
    """The policy without the rules that look at what no ledger remembers."""
    return replace(policy, rules=tuple(rule for rule in policy.rules if not isinstance(rule, BuiltIn)))


def known_long_ago(policy: Policy) -> Seen:
    """The rules as if they had been there for ever: what was passed before is no news."""
    return step(policy, History((), (), Facts()), State(), _LONG_AGO).seen


class Rehearsal:
    """One policy, one past, and the moments, an hour apart."""

    def __init__(
        self, policy: Policy, ledger: Ledger, moments: Sequence[datetime], watched: Watched = lambda share: None
    ) -> None:
        self.policy = remembered(policy)
        self.replay = Replay(ledger, ledger.past.marks)
        self.moments = moments
        self.recorder = Recorder(seen=dict(known_long_ago(self.policy)))
        self._rules = {rule.name: rule for rule in self.policy.rules}
        spans = {_span_of(rule): rule for rule in self.policy.rules}
        self._spans = replace(self.policy, rules=tuple(spans.values()))
        self._watched = watched

    def run(self) -> Recorder:
        """Every moment at which something may change. What was decided."""
        foresight = _Foresight(self.policy, self.replay, self.moments)
        timers = Timers(self.policy.rules, self.recorder)
        for number, now in enumerate(self.moments):
            if number % 24 == 0:
                self._watched(number / len(self.moments))
            asked = foresight.asked(number, timers, timers.due(now))
            if asked:
                self._step(asked, timers, now)
        self._watched(1.0)
        return self.recorder

    def _step(self, asked: dict[str, set[str] | None], timers: Timers, now: datetime) -> None:
        """One step of some of the rules; of some of their scopes where they are named."""
        rules = tuple(rule for rule in self.policy.rules if rule.name in asked)
        only = _only(rules, asked)

        def wanted(alert: Alert) -> bool:
            rule = self._rules[alert.rule]
            return rule.name in asked and (_grouping(rule) not in only or alert.scope.key in only[_grouping(rule)])

        self.replay.advance(now)
        state = self.recorder.state(now - GRACE, wanted)
        outcome = step(replace(self.policy, rules=rules), self._history(rules, only, now), state, now)
        told = tuple(with_ends(self.policy, outcome.decision.notifications))
        self.recorder.record(replace(outcome.decision, notifications=told), outcome.seen)
        timers.take(outcome.decision)
        named = {(name, scope) for name, scopes in asked.items() for scope in scopes or ()}
        timers.set(named | {(alert.rule, alert.scope.key) for alert in (*outcome.decision.alerts, *state.alerts)})

    def _history(self, rules: Sequence[Rule], only: dict[Grouping, frozenset[str]], now: datetime) -> History:
        if not any(isinstance(rule, Limit | Anomaly | BurnRate) for rule in rules):
            return self.replay.history(rules[0].span(now, self.policy.defaults.timezone), now)
        metrics = {rule.metric for rule in rules if isinstance(rule, UsageBudget)}
        usage = {name: span for name, span in usage_needed(self.policy, now).items() if name in metrics}
        known = self.replay.history(needed(self._spans, now), now, only, usage)
        known.loaded = Loaded(self.policy.hash)
        return known


class _Foresight:
    """Which scopes of which rules to look at, moment by moment; None: all of them."""

    def __init__(self, policy: Policy, replay: Replay, moments: Sequence[datetime]) -> None:
        around = surroundings(policy, replay.watermarks, moments)
        self._turns = around.turns
        self._movements: dict[str, Movement] = dict(around.freshness)
        self._always: list[str] = []
        at = np.array([micros(moment) for moment in moments], dtype=np.int64)
        of_metric = {metric: Tables.of(used, at) for metric, used in replay.ledger.usage.items()}
        self._look(policy, None, Tables.of(replay.ledger, at), moments)
        for metric, tables in of_metric.items():
            self._look(policy, metric, tables, moments)

    def _look(self, policy: Policy, metric: str | None, tables: Tables, moments: Sequence[datetime]) -> None:
        """At the rules that count money, or one metric."""
        clear: list[Limit] = []
        for rule in policy.rules:
            if rule.name in self._movements or (rule.metric if isinstance(rule, UsageBudget) else None) != metric:
                continue
            if isinstance(rule, Limit) and foreseen(policy, rule, tables):
                clear.append(rule)
            else:
                self._always.append(rule.name)
        self._movements.update(movements(policy, clear, tables, moments))

    def asked(self, number: int, timers: Timers, due: Iterable[Place]) -> dict[str, set[str] | None]:
        """At one moment."""
        places = {*due, *(timers.places() if number in self._turns else ())}
        places |= {place for place in timers.places() if place[0] in self._always}
        for rule, moved in self._movements.items():
            places |= {(rule, scope) for scope in moved.crossed.get(number, ())}
            for scope, level in moved.sunk.get(number, ()):
                if any(alert.level == level for alert in timers.open((rule, scope))):
                    places.add((rule, scope))
        some: dict[str, set[str]] = defaultdict(set)
        for rule, scope in timers.together(places):
            some[rule].add(scope)
        return {**some, **dict.fromkeys(self._always)}


def _grouping(rule: Rule) -> Grouping:
    return (rule.match, tuple(rule.each)) if isinstance(rule, Limit | Anomaly | BurnRate) else (Match(), ())


def _span_of(rule: Rule) -> object:
    """What tells which stretch of history a rule looks at: many look at the same."""
    if not isinstance(rule, Limit):
        return rule.name
    return type(rule), rule.period, rule.rollover, any(level.forecast for level in rule.thresholds)


def _only(rules: Iterable[Rule], asked: Mapping[str, set[str] | None]) -> dict[Grouping, frozenset[str]]:
    """The scopes of each grouping that some rule asks for; those of which a rule asks for all are left out."""
    found: dict[Grouping, frozenset[str]] = {}
    whole: set[Grouping] = set()
    for rule in rules:
        scopes, grouping = asked[rule.name], _grouping(rule)
        if scopes is None or not grouping[1]:
            whole.add(grouping)
        else:
            found[grouping] = found.get(grouping, frozenset()) | scopes
    return {grouping: scopes for grouping, scopes in found.items() if grouping not in whole}
