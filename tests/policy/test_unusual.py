"""Anomalies and burn rates in a policy: what is decided of them, live and over the past, and what is known of them."""

from __future__ import annotations

from typing import Any

import pytest

from budgetbot.core.allowance import Allowance
from budgetbot.core.decide import Decision
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Scope
from budgetbot.core.past import Past
from budgetbot.core.replay_ledger import Ledger
from budgetbot.core.silence import Silence
from budgetbot.policy.lent import lent
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.possible import counted, possible_alerts
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import Rehearsal
from budgetbot.policy.step import State, context, step
from budgetbot.policy.summary import validate_summary
from budgetbot.rules import Rule
from budgetbot.rules.fields import patterns
from tests.standins.budgets import budget
from tests.standins.naive import naively
from tests.standins.past import Change, past
from tests.standins.spend import Spend, fresh, history, usd
from tests.standins.unusual import DAY, HOUR, NOW, anomaly, burn_rate, hourly, new_spender, since

RESEARCH = budget(name="research", match={"project": "p1"}, amount=7200, period="month")
BURN = burn_rate(name="burn", of="budget", budget="research", all=[{"over": "2h", "times": 6}], min_impact=1)


def policy(*rules: Rule, **more: Any) -> Policy:
    return Policy(rules=rules, routes=(Route(EVERYTHING, ("screen",)),), **more)


def decided(now_policy: Policy, rows: list[Spend], state: State = State()) -> Decision:  # noqa: B008
    return step(now_policy, history(rows, [fresh(NOW)]), state, NOW).decision


def burning(*keys: str, calm: int = 3) -> list[Spend]:
    """These keys run away for an hour beside calm ones."""
    loud = [row for i, key in enumerate(keys) for row in hourly(key, i, amount=since(NOW - HOUR, 60))]
    return [*loud, *(row for i in range(calm) for row in hourly(f"calm_{i}", i, project="p2"))]


def test_one_key_that_trips_the_organisation_its_project_and_itself_is_one_message() -> None:
    rules = (
        anomaly(name="all", each=[]),
        anomaly(name="project", each=["project"]),
        anomaly(each=["project", "api_key"]),
    )

    told = decided(policy(*rules), burning("key_0")).notifications

    assert sorted((one.rule.name if one.rule else "", one.status) for one in told) == [
        ("all", "grouped"),
        ("project", "grouped"),
        ("runaway-key", "pending"),
    ]
    (spoken,) = [one for one in told if one.status == "pending"]
    assert {alert.rule for alert in spoken.together} == {"all", "project"}


def test_a_budget_a_burn_rate_and_an_anomaly_of_one_key_are_one_message() -> None:
    full = budget(name="research", match={"project": "p1"}, amount=500, period="month")

    told = decided(policy(full, replace_burn(full.name), anomaly()), burning("key_0")).notifications

    assert [one.status for one in told].count("pending") == 1
    assert {one.alert.kind for one in told if one.alert} == {"budget", "burn_rate", "anomaly"}


def replace_burn(name: str) -> Rule:
    return BURN.model_copy(update={"budget": name})


def test_three_keys_that_run_away_at_once_are_one_message_and_two_are_two() -> None:
    three = decided(policy(anomaly()), burning("key_0", "key_1", "key_2")).notifications
    two = decided(policy(anomaly()), burning("key_0", "key_1")).notifications

    assert sorted(one.status for one in three) == ["grouped", "grouped", "pending"]
    assert [one.status for one in two] == ["pending", "pending"]


def test_a_silenced_anomaly_is_an_alert_that_nobody_hears_of() -> None:
    silence = Silence(Match((("kind", patterns("anomaly")),)), NOW - DAY, NOW + DAY, "lead", "known")

    decision = decided(policy(anomaly(), silences=(silence,)), burning("key_0"))

    assert [alert.silenced for alert in decision.alerts] == [True]
    assert decision.notifications == ()


def test_an_alert_is_named_after_the_moment_when_it_began_and_has_no_end() -> None:
    (alert,) = decided(policy(anomaly()), burning("key_0")).alerts

    assert (alert.period, alert.start, alert.end) == ("since-2026-11-20T09:00:00Z", None, None)
    assert alert.labels["api_key"] == "key_0"


@pytest.mark.parametrize(
    ("rule", "kind", "level"),
    [
        (anomaly(), "anomaly", ""),
        (new_spender(), "new", ""),
        (BURN, "burn_rate", "6x over 2h"),
        (burn_rate(), "burn_rate", "10x over 1h and 10m"),
    ],
)  # fmt: skip
def test_what_could_fire_is_known_with_its_kind(rule: Rule, kind: str, level: str) -> None:
    known = history([usd("2026-11-19", 5, "p1", api_key="k1")], [fresh(NOW)])

    (alert,) = possible_alerts(policy(RESEARCH, rule), rule, known, NOW)

    assert (alert.kind, alert.level) == (kind, level)
    assert alert.severity.value == "warning"


def test_a_burn_rate_counts_what_its_budget_counts() -> None:
    whole = policy(RESEARCH, BURN)

    assert counted(whole, BURN) == (RESEARCH.match, ())
    assert context(whole, BURN, history([]), State(), NOW).limit is RESEARCH


def test_planned_spend_that_somebody_lent_a_burn_rate_is_that_of_its_budget() -> None:
    allowance = Allowance(
        id="a1", kind="planned", rule="burn", of=Scope(), amount=10**12, currency="USD", since=NOW - DAY,
        until=NOW + DAY, reason="launch", asked_by="lead", asked_at=NOW - DAY,
    )  # fmt: skip

    (planned,) = lent(policy(RESEARCH, BURN), [allowance]).planned

    assert planned.match.names == RESEARCH.match.names


def test_each_rule_is_told_in_one_line() -> None:
    lines = validate_summary(policy(RESEARCH, anomaly(), new_spender(), BURN, burn_rate()))

    assert lines[1:] == [
        "anomaly runaway-key: each api_key by the hour, $25 beyond the usual, medium sensitivity (warning)",
        "anomaly new-spender: each api_key that is new, from $10 on (warning)",
        "burn_rate burn: 6x over 2h, of the even pace of research, at least $1 beyond it (warning)",
        "burn_rate tenfold: 10x over 1h and 10m, of the usual of the same hours, at least $50 beyond it (warning)",
    ]


def remembered() -> Past:
    """Keys by the hour, each hour known when it ends; one runs away for three hours, one is new."""
    end = NOW + DAY
    loud = since(NOW - 6 * HOUR, 60, NOW - 3 * HOUR)
    rows = [*hourly("key_0", 0, until=end, amount=loud), *hourly("key_1", 1, until=end, project="p2")]
    rows += hourly("key_9", 2, until=end, first=NOW - 5 * HOUR, project="p2")
    return past([Change(row.start + HOUR, row.series, row.start, row.billed, length=HOUR) for row in rows])


def facts(recorder: Recorder) -> tuple[set[Any], set[Any]]:
    alerts = {(a.id, a.rule, a.level, a.state, a.fired_at, a.resolved_at, a.reason) for a in recorder.alerts.values()}
    return alerts, {(key, row.status, row.created_at) for key, row in recorder.rows.items()}


def test_a_rehearsal_decides_what_the_live_cycle_would_have_decided() -> None:
    tested = policy(RESEARCH, BURN, anomaly(), new_spender(), budget(name="day", amount=200, period="day"))
    known, moments = remembered(), [NOW - 12 * HOUR + n * HOUR for n in range(30)]

    rehearsed = Rehearsal(tested, Ledger.of(known, known.directory), moments).run()

    assert facts(rehearsed) == facts(naively(tested, known, moments))
    fired = {(a.rule, a.level, a.fired_at) for a in rehearsed.alerts.values()}
    assert ("runaway-key", "spike", NOW - 5 * HOUR) in fired
    assert ("burn", "6x over 2h", NOW - 5 * HOUR) in fired
    assert {rule for rule, _, _ in fired} == {"runaway-key", "burn", "new-spender", "day"}
    ended = {a.rule: a.resolved_at for a in rehearsed.alerts.values() if a.rule in {"runaway-key", "burn"}}
    assert ended == {"runaway-key": NOW, "burn": NOW - HOUR}
