from __future__ import annotations

from datetime import timedelta
from typing import Any

from budgetbot.core.model import Entity
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, step
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.usage_budget import UsageBudget
from tests.standins.recorder import Recorder
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-20T09:00")


def budget(**fields: Any) -> Budget:
    levels = [{"at": at, "severity": severity} for at, severity in (("100%", "critical"), ("80%", "warning"))]
    return Budget.model_validate({"name": "b", "amount": 100, "period": "month", "thresholds": levels} | fields)


def test_a_budget_is_shown_as_it_stands() -> None:
    policy, known = Policy(rules=(budget(),)), history([usd("2026-11-10", 85)], [fresh(NOW)])
    recorder = Recorder()
    outcome = step(policy, known, State(), NOW)
    recorder.record(outcome.decision, outcome.seen)

    rows = budget_rows(policy, known, recorder.state(utc("2026-11-15")), NOW)

    assert rows == [
        {
            "name": "b",
            "scope": {},
            "ids": {},
            "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
            "currency": "USD",
            "amount": "100.00",
            "effective_amount": "100.00",
            "spent": "85.00",
            "billed": "85.00",
            "estimated": "0.00",
            "low": "85.00",
            "high": "85.00",
            "fraction": 0.85,
            "forecast": dict.fromkeys(("expected", "low", "high", "p_overrun", "exhausted_at")),
            "state": "firing",
            "complete_to": "2026-11-20T09:00:00Z",
            "settled_to": "2026-11-18T00:00:00Z",
            "levels": [
                {"level": "80%", "severity": "warning", "state": "firing"},
                {"level": "100%", "severity": "critical", "state": "ok"},
            ],
        }
    ]


def test_the_state_is_that_of_the_worst_level_and_pending_is_told_apart() -> None:
    policy, known = Policy(rules=(budget(**{"for": "1h"}),)), history([usd("2026-11-10", 85)], [fresh(NOW)])
    recorder = Recorder()
    outcome = step(policy, known, State(), NOW)
    recorder.record(outcome.decision, outcome.seen)

    (row,) = budget_rows(policy, known, recorder.state(utc("2026-11-15")), NOW)

    assert row["state"] == "pending"


def test_every_scope_is_a_row_the_fullest_first_in_the_order_of_the_policy() -> None:
    quiet = Freshness.model_validate({"name": "quiet", "stale_after": "6h"})
    overrides = [{"match": {"project": "p2"}, "amount": 1000}]
    rules = (budget(name="z", each=["project"], overrides=overrides), quiet, budget(name="a"))
    rows = [usd("2026-11-10", 50, "p1"), usd("2026-11-10", 70, "p2"), usd("2026-11-10", 60, None)]
    known = history(rows, entities=[Entity("openai", "project", "p1", "Web")])

    found = budget_rows(Policy(rules=rules), known, State(), NOW)

    assert [(row["name"], row["scope"], row["fraction"]) for row in found] == [
        ("z", {"project": None}, 0.6),
        ("z", {"project": "Web"}, 0.5),
        ("z", {"project": "p2"}, 0.07),
        ("a", {}, 1.8),
    ]
    assert found[1]["ids"] == {"project": "p1"}


def test_only_the_current_period_is_shown() -> None:
    known = history([usd("2026-10-31", 85)])

    (row,) = budget_rows(Policy(rules=(budget(),)), known, State(), utc("2026-11-02"))

    assert (row["spent"], row["state"]) == ("0.00", "ok")


def test_a_usage_budget_is_a_row_of_whole_counts_with_its_metric_in_place_of_a_currency() -> None:
    level = {"at": "80%", "severity": "warning"}
    images = {"name": "i", "metric": "images", "amount": 10000, "period": "day", "thresholds": [level]}
    known = history([], [fresh(NOW)])
    hour = Spend(series("web"), NOW, 8400, length=timedelta(hours=1), currency="images")
    known.usage["images"] = history([hour], [fresh(NOW)])

    (row,) = budget_rows(Policy(rules=(UsageBudget.model_validate(images),)), known, State(), NOW)

    assert (row["currency"], row["metric"], row["amount"], row["spent"]) == (None, "images", "10000", "8400")
    assert (row["high"], row["fraction"]) == ("8400", 0.84)
