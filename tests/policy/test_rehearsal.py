"""A policy run over the past: what is passed over changes nothing, and what is said is what was known then."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.core.directory import Directory
from budgetbot.core.escalate import Escalation, Step
from budgetbot.core.fx import Fx, Rate
from budgetbot.core.grant import Grant
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.money import NANO
from budgetbot.core.past import Past, PastMark
from budgetbot.core.replay_ledger import Ledger
from budgetbot.core.silence import Silence
from budgetbot.core.window import Window
from budgetbot.policy.policy import Defaults, Policy, Route
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import Rehearsal
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.usage_budget import UsageBudget
from tests.standins.naive import naively
from tests.standins.past import Change, past
from tests.standins.spend import series, utc

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN, DAYS = utc("2026-10-29"), 7
LEVELS = [
    {"at": "50%", "severity": "info"},
    {"at": "80%", "severity": "warning"},
    {"at": "100%", "severity": "critical"},
]
NIGHT = Window("night", ZoneInfo("Europe/Berlin"), frozenset(range(7)), time(22), time(7))
CLIMB = Escalation("climb", (Step(timedelta(0), ("first",)), Step(3 * HOUR, ("second",)), Step(30 * HOUR, ("third",))))
LABELS = (
    LabelRule(Match(), (("team", "any"),)),
    LabelRule(Match((("model", Patterns(("m2",))),)), (("team", "models"),)),
)


def patterns(**fields: str) -> Match:
    return Match(tuple((name, Patterns((value,))) for name, value in fields.items()))


def budget(name: str, amount: int, period: Any, **fields: Any) -> Budget:
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": LEVELS} | fields)


def hours(first: datetime, days: int) -> list[datetime]:
    return [first + i * HOUR for i in range(24 * days)]


RULES: tuple[Rule, ...] = (
    budget("month", 400, "month", repeat="5h"),
    budget("day", 60, "day", **{"for": "2h"}),
    budget("each-day", 25, "day", each=["project"], repeat={"critical": "3h", "info": "5h"}),
    budget("each-more", 40, "week", each=["project"], overrides=[{"match": {"project": "p2"}, "amount": 15}]),
    budget("each-team", 50, "day", each=["project"], overrides=[{"match": {"team": "models"}, "amount": 30}]),
    budget("rolling", 120, {"rolling": "3d"}, each=["project"]),
    budget("six-hours", 20, {"rolling": "6h"}, **{"for": "1h"}),
    budget("between", 150, {"from": "2026-10-30", "until": "2026-11-03"}),
    budget("carries", 50, "day", rollover={"max": "50%"}),
    budget("granted", 60, "day", each=["project"]),
    budget("model", 30, "day", match={"model": "m1"}, each=["project"]),
    budget("foreseen", 300, "week", thresholds=[*LEVELS, {"forecast": "100%", "severity": "info"}]),
    UsageBudget.model_validate(
        {
            "name": "images",
            "metric": "images",
            "amount": 300,
            "period": "day",
            "each": ["project"],
            "thresholds": LEVELS,
        }
    ),
    Freshness.model_validate({"name": "quiet", "stale_after": "7h", "repeat": "9h"}),
)
GRANT = Grant("granted", 30 * NANO, utc("2026-10-31T06:00"), utc("2026-11-01T09:00"), "a", "b")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    names = draw(st.sets(st.sampled_from([rule.name for rule in RULES]), min_size=1))
    at_night = st.sampled_from([(), (NIGHT,)])
    routes = [
        Route(
            patterns(severity="critical"),
            escalation="climb",
            continues=True,
            active=draw(st.sampled_from([(), (NIGHT,)])),
        ),
        Route(patterns(team="models"), ("models",), continues=True),
        Route(Match(), ("team",), muted=draw(at_night)),
    ]
    begin = draw(st.integers(0, 24 * DAYS))
    silence = Silence(patterns(project="p1"), BEGIN + begin * HOUR, BEGIN + (begin + 30) * HOUR, "a", "b")
    return Policy(
        defaults=Defaults(draw(st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")]))),
        rules=tuple(rule for rule in RULES if rule.name in names),
        labels=LABELS,
        routes=tuple(draw(st.sampled_from([routes, routes[2:]]))),
        grants=(GRANT,),
        silences=tuple(draw(st.sampled_from([(), (silence,)]))),
        escalations={"climb": CLIMB},
        windows={"night": NIGHT},
        fx=draw(st.sampled_from([Fx(), Fx([Rate("EUR", "USD", Decimal(2), utc("2026-10-31").date())])])),
    )


@st.composite
def changes(draw: st.DrawFn, unit: str = "USD", nano: int = NANO) -> Change:
    """A bucket that became known, or became another amount, some time after it began."""
    day = draw(st.integers(0, DAYS - 1))
    length = draw(st.sampled_from([DAY, DAY, HOUR]))
    start = BEGIN + day * DAY + (draw(st.integers(0, 23)) * HOUR if length == HOUR else timedelta(0))
    at = start + draw(st.integers(1, 70)) * HOUR
    who = series(draw(st.sampled_from(["p1", "p2", "p3", None])), model=draw(st.sampled_from(["m1", "m2", None])))
    amount = draw(st.sampled_from([-40, -10, -1, 1, 5, 10, 20, 30, 60])) * nano
    billed = draw(st.booleans())
    return Change(at, who, start, amount if billed else 0, 0 if billed else amount, length, unit)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    money = draw(st.lists(changes(), min_size=1, max_size=60))
    if draw(st.integers(0, 3)) == 0:
        money += draw(st.lists(changes("EUR"), max_size=3))
    images = past(draw(st.lists(changes("images", 10), max_size=20)))
    pulls = sorted(draw(st.sets(st.integers(0, 24 * DAYS), max_size=40)))
    marks = [PastMark("openai", "costs", BEGIN + i * HOUR, BEGIN + i * HOUR, BEGIN + i * HOUR) for i in pulls]
    return past(money, marks, usage={"images": images})


def rehearsed(policy: Policy, known: Past, moments: list[datetime]) -> Recorder:
    return Rehearsal(policy, Ledger.of(known, Directory((), policy.labels)), moments).run()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(policies(), pasts())
def test_passing_over_moments_and_scopes_changes_nothing(policy: Policy, known: Past) -> None:
    moments = hours(BEGIN + DAY, DAYS - 1)

    quick, slow = rehearsed(policy, known, moments), naively(policy, known, moments)

    assert quick.alerts == slow.alerts
    assert {key: row.status for key, row in quick.rows.items()} == {key: row.status for key, row in slow.rows.items()}
    assert quick.rows == slow.rows
    assert quick.seen == slow.seen
