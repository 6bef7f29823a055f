"""Fifty rules over ninety days of two hundred keys, hour by hour: a backtest, beside the plain loop on a sample."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from benchmarks.backtest_past import DAYS, KEYS, MODELS, PROJECTS, UNTIL, make
from budgetbot.core.directory import Directory
from budgetbot.core.match import Match
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.backtest import backtest, hours, warm_up
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import known_long_ago
from budgetbot.policy.step import needed, step
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import GRACE

GOAL = 20.0
_LEVELS = (("50%", "info"), ("80%", "warning"), ("100%", "critical"))
_PERIODS = (("month", 25), ("week", 6), ("day", 1))
_SAMPLE = 24


def main() -> None:
    """Print seconds beside the goal, and what the plain loop would take."""
    past, rules = make(), policy()
    span = Span(UNTIL - DAYS * timedelta(days=1), UNTIL)
    steps = hours(Span(warm_up(rules, span.start), span.end))
    began, busy = time.monotonic(), time.process_time()
    found = backtest(rules, past, span)
    took, busy = time.monotonic() - began, time.process_time() - busy
    plain = _plainly(rules, past, steps[-_SAMPLE:]) / _SAMPLE * len(steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = sum(sum(some.values()) for some in found.told.values())
    print(f"backtest: {DAYS} days, {PROJECTS * KEYS} keys with {MODELS} models each, {len(rules.rules)} rules")
    print(f"  {len(past.changes.at)} changes, {len(steps)} hourly steps with those before the first day")
    print(f"  run and judged                    {took:7.2f} s   (goal {GOAL:.0f} s); {busy:.2f} s of one processor")
    print(f"  the plain loop, from {_SAMPLE} steps     {plain:7.0f} s   {plain / took:.0f} times as long")
    print(f"  {found.fired} alerts, {told} messages; {sum(len(r.judged.overruns) for r in found.rules)} overruns")
    print(f"  peak memory                       {peak:7d} MiB")


def policy() -> Policy:
    """Monthly, weekly and daily budgets over everything, each project and each key, and a watched source."""
    rules: list[Rule] = [Freshness.model_validate({"name": "quiet", "stale_after": "6h"})]
    for period, days in _PERIODS:
        for i in range(4):
            size = days * (9 + i)
            rules += [
                _budget(f"all-{period}-{i}", 105 * size, period),
                _budget(f"project-{period}-{i}", 13 * size, period, each=["project"]),
                _budget(f"key-{period}-{i}", 8 * size, period, each=["api_key"]),
            ]
        rules += [
            _budget(f"ci-{period}", 70 * days, period, each=["api_key"], match={"api_key": "ci-*"}),
            _budget(f"one-{period}", 60 * days, period, match={"project": "project-3"}),
            _budget(f"model-{period}", 600 * days, period, match={"model": "model-1"}),
            _budget(f"some-{period}", 700 * days, period, match={"project": "project-1*"}),
        ]
    rules.append(_budget("rolling", 7000, {"rolling": "7d"}, repeat="24h"))
    return Policy(rules=tuple(rules), routes=(Route(Match(), ("team",)),))


def _budget(name: str, amount: int, period: Any, **more: Any) -> Budget:
    levels = [{"at": at, "severity": severity} for at, severity in _LEVELS]
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": levels} | more)


def _plainly(rules: Policy, past: Past, steps: Sequence[datetime]) -> float:
    """A whole step at every moment, on rows that are kept up to date: no moment and no scope is passed over."""
    ledger = Ledger.of(past, Directory(past.directory.entities))
    replay, recorder = Replay(ledger, past.marks), Recorder(seen=dict(known_long_ago(rules)))
    replay.advance(steps[0])
    began = time.monotonic()
    for now in steps:
        replay.advance(now)
        known = replay.history(needed(rules, now), now)
        outcome = step(rules, known, recorder.state(now - GRACE), now)
        recorder.record(outcome.decision, outcome.seen)
    return time.monotonic() - began
