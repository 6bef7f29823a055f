"""Fifty rules over ninety days of two hundred keys, hour by hour: a backtest, beside the plain loop on a sample."""

from __future__ import annotations

import resource
import time
from datetime import timedelta
from typing import Any

from benchmarks.backtest_past import DAYS, UNTIL, make
from budgetbot.core.directory import Directory
from budgetbot.core.match import Match
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.rehearsal import Rehearsal
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness

_LEVELS = (("50%", "info"), ("80%", "warning"), ("100%", "critical"))


def policy() -> Policy:
    """Monthly, weekly and daily budgets over everything, each project and each key, and a watched source."""
    rules: list[Rule] = [Freshness.model_validate({"name": "quiet", "stale_after": "6h"})]
    for period, days in (("month", 30), ("week", 7), ("day", 1)):
        rules += [_budget(f"all-{period}-{i}", 1250 * days * (9 + i) // 10, period) for i in range(4)]
        rules += [_budget(f"project-{period}-{i}", 110 * days * (9 + i) // 10, period, each=["project"]) for i in range(4)]
        rules += [_budget(f"key-{period}-{i}", 45 * days * (9 + i) // 10, period, each=["api_key"]) for i in range(4)]
        rules += [
            _budget(f"ci-{period}", 60 * days, period, each=["api_key"], match={"api_key": "ci-*"}),
            _budget(f"one-{period}", 120 * days, period, match={"project": "project-3"}),
            _budget(f"model-{period}", 900 * days, period, match={"model": "model-1"}),
            _budget(f"some-{period}", 900 * days, period, match={"project": "project-1*"}),
        ]
    rules.append(_budget("rolling", 9000, {"rolling": "7d"}, repeat="24h"))
    return Policy(rules=tuple(rules), routes=(Route(Match(), ("team",)),))


def _budget(name: str, amount: int, period: Any, **more: Any) -> Budget:
    levels = [{"at": at, "severity": severity} for at, severity in _LEVELS]
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": levels} | more)


def main() -> None:
    began = time.monotonic()
    past = make()
    print("made", time.monotonic() - began, len(past.changes.at), len(policy().rules))
    began = time.monotonic()
    ledger = Ledger.of(past, Directory(past.directory.entities))
    print("ledger", time.monotonic() - began)
    moments = [UNTIL - (DAYS + 31) * timedelta(days=1) + i * timedelta(hours=1) for i in range(24 * (DAYS + 31))]
    began = time.monotonic()
    recorder = Rehearsal(policy(), ledger, moments).run()
    print("run", time.monotonic() - began, len(recorder.alerts), len(recorder.rows))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

if __name__ == "__main__":
    main()
