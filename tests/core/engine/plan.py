"""The policy of the engine's world: budgets with and without scopes, a watched source, routes, escalations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from budgetbot.core.escalate import Escalation, Step
from budgetbot.core.match import Match, Patterns
from budgetbot.core.silence import Silence
from budgetbot.core.window import Window
from budgetbot.policy.policy import Policy, Route
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness

LEVELS = {50: "info", 80: "warning", 100: "critical"}
BUDGETS = ("month", "day", "rolling")
REPEATS = dict.fromkeys(("day", "rolling", "quiet"), timedelta(hours=4))
MINUTE = timedelta(minutes=1)
WATCH = Escalation(
    "watch", (Step(0 * MINUTE, ("pager",)), Step(15 * MINUTE, ("lead",)), Step(45 * MINUTE, ("boss", "pager")))
)
DESK = Escalation("desk", (Step(5 * MINUTE, ("desk",)), Step(60 * MINUTE, ("boss",))))
ESCALATIONS = {one.name: one for one in (WATCH, DESK)}
RECEIVERS = ("pager", "lead", "boss", "desk", "finance", "night", "team")
_NIGHT = Window("night", ZoneInfo("UTC"), frozenset(range(7)), time(22), time(6))
_QUIET = Freshness.model_validate({"name": "quiet", "stale_after": "6h", "repeat": "4h"})


def meeting(field: str, *values: str) -> Match:
    """What has one of these values."""
    return Match(((field, Patterns(values)),))


ROUTES = (
    Route(meeting("severity", "warning", "critical"), escalation="watch", continues=True),
    Route(meeting("rule", "rolling"), escalation="desk", continues=True),
    Route(meeting("severity", "critical"), ("night",), active=(_NIGHT,), continues=True),
    Route(meeting("severity", "warning", "critical"), ("finance",), muted=(_NIGHT,), continues=True),
    Route(Match(), ("team",)),
)


def policy(
    amounts: Mapping[str, int], *, each: bool, removed: Collection[str] = (), silences: Sequence[Silence] = ()
) -> Policy:
    """With these amounts in dollars; `each`: the budget of the day is one for every project."""
    projects = ["project"] if each else []
    rules: list[Rule] = [
        _budget("month", amounts["month"], "month"),
        _budget("day", amounts["day"], "day", each=projects, **{"for": "10m", "repeat": "4h"}),
        _budget("rolling", amounts["rolling"], {"rolling": "7d"}, repeat="4h"),
        _QUIET,
    ]
    kept = tuple(rule for rule in rules if rule.name not in removed)
    return Policy(rules=kept, routes=ROUTES, escalations=ESCALATIONS, silences=tuple(silences))


def _budget(name: str, amount: int, period: Any, **fields: Any) -> Budget:
    thresholds = [{"at": f"{level}%", "severity": severity} for level, severity in LEVELS.items()]
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": thresholds} | fields)
