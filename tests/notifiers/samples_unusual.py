"""Alerts about unusual spend, with fixed times, for tests and snapshots."""

from __future__ import annotations

from dataclasses import replace

from budgetbot.core.model import Driver, Json, Part, Scope, Severity
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification
from tests.notifiers.samples import ALERT, RULE, notify, resolved

_FRESH: dict[str, Json] = {
    "currency": "USD",
    "complete_to": "2026-11-21T09:00:00Z",
    "settled_to": "2026-11-19T00:00:00Z",
}
RUNAWAY = replace(
    ALERT,
    kind="anomaly",
    rule="runaway-key",
    level="spike",
    period="since-2026-11-21T09:00:00Z",
    start=None,
    end=None,
    line=1890 * NANO,
    scope=Scope((Part("project", "proj_3", "openai", "ci"), Part("api_key", "key_1", "openai", "ci-nightly"))),
    drivers=(Driver("model", "gpt-5", None, 1890 * NANO),),
    labels={},
    evidence={
        "observed": "412.10",
        "expected": "6.20",
        "low": "3.10",
        "high": "11.00",
        "excess": "1890.22",
        "channel": "spike",
        "since": "2026-11-21T04:00:00Z",
        "bucket": {"start": "2026-11-21T08:00:00Z", "end": "2026-11-21T09:00:00Z"},
        **_FRESH,
    },
)
NEW = replace(
    RUNAWAY,
    kind="new",
    rule="new-spender",
    level="new",
    severity=Severity.INFO,
    scope=Scope((Part("api_key", "key_9", "openai", "new-key"),)),
    evidence={
        **dict.fromkeys(("observed", "excess"), "42.10"),
        **dict.fromkeys(("expected", "low", "high"), "0.00"),
        "channel": "new",
        "since": "2026-11-18T00:00:00Z",
        "bucket": {"start": "2026-11-18T00:00:00Z", "end": "2026-11-21T09:00:00Z"},
        "unseen_for_days": 90,
        **_FRESH,
    },
)
BURN = replace(
    RUNAWAY,
    kind="burn_rate",
    rule="research-burn",
    level="6x over 6h and 30m",
    severity=Severity.CRITICAL,
    scope=Scope(),
    line=720 * NANO,
    labels={"team": "research"},
    evidence={
        "of": "budget",
        "windows": [
            {"over": "6h", "times": 6.0, "rate": 17.28, "spent": "720.00", "pace": "41.67", "per_hour": "120.00"},
            {"over": "30m", "times": 6.0, "rate": 17.28, "spent": "60.00", "pace": "3.47", "apportioned": True},
        ],
        "per_hour": "120.00",
        "pace_per_hour": "6.944444444",
        "rate": 17.28,
        "excess": "678.33",
        "budget": "research-monthly",
        "effective_amount": "5000.00",
        "budget_spent": "1400.00",
        "exhausted_at": "2026-11-22T15:00:00Z",
        "exhausted": False,
        "known_to": "2026-11-21T09:00:00Z",
        **_FRESH,
    },
)


def unusual_kinds() -> dict[str, Notification]:
    """One of each, by the name of its snapshot."""
    keys = replace(RULE, name="runaway-key", kind="anomaly", where="policies/unusual.yaml:8")
    return {
        "anomaly-first": notify(RUNAWAY, rule=keys),
        "anomaly-resolved": resolved(RUNAWAY, observed="6.10"),
        "new-first": notify(NEW, rule=replace(keys, name="new-spender", kind="anomaly")),
        "burn-first": notify(BURN, rule=replace(keys, name="research-burn", kind="burn_rate")),
    }
