from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.grant import Grant
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.model import Finding, Scope
from budgetbot.core.money import NANO
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.step import step
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import patterns
from budgetbot.rules.usage_budget import UsageBudget
from tests.standins.budgets import budget, context, current, found, levels
from tests.standins.recorder import Recorder
from tests.standins.spend import Spend, fresh, history, series, usd, utc

RULE = budget(thresholds=levels("100%"))


def grant(add: int = 500, since: str = "2026-11-10", until: str = "2026-11-15", **more: Any) -> Grant:
    """Five hundred dollars more for five days."""
    return Grant("b", add * NANO, utc(since), utc(until), "lead@example.com", "launch", **more)


def at(moment: str, known: History, *grants: Grant, rule: Budget = RULE) -> Finding:
    (finding,) = current(rule, known, utc(moment), grants=grants)
    return finding


def test_a_grant_raises_the_amount_while_it_runs_and_is_told() -> None:
    finding = at("2026-11-12", history([usd("2026-11-11", 1200)]), grant())

    assert (finding.line, finding.active) == (1500 * NANO, False)
    assert (finding.evidence["amount"], finding.evidence["effective_amount"]) == ("1000.00", "1500.00")
    assert finding.evidence["grants"] == [
        {
            "add": "500.00",
            "until": "2026-11-15T00:00:00Z",
            "approved_by": "lead@example.com",
            "reason": "launch",
            "covered": False,
        }
    ]


@pytest.mark.parametrize(
    ("moment", "effective"),
    [
        ("2026-11-09T23:59", "1000.00"),
        ("2026-11-10T00:00", "1500.00"),
        ("2026-11-14T23:59", "1500.00"),
        ("2026-11-15T00:00", "1200.00"),  # what was spent in it stays covered
        ("2026-11-30T23:59", "1200.00"),
    ],
)
def test_a_grant_begins_and_ends_to_the_moment(moment: str, effective: str) -> None:
    known = history([usd("2026-11-09", 300), usd("2026-11-12", 200), usd("2026-11-15", 50)])

    assert at(moment, known, grant()).evidence["effective_amount"] == effective


def test_no_more_is_covered_than_was_granted() -> None:
    finding = at("2026-11-20", history([usd("2026-11-12", 900)]), grant())

    told: Any = finding.evidence["grants"]
    assert finding.line == 1500 * NANO
    assert [(one["add"], one["covered"]) for one in told] == [("500.00", True)]


def test_a_grant_of_another_month_means_nothing_in_this_one() -> None:
    finding = at("2026-12-02", history([usd("2026-11-12", 900), usd("2026-12-01", 1)]), grant())

    assert (finding.line, "grants" in finding.evidence) == (1000 * NANO, False)


def test_a_grant_over_the_turn_of_the_month_counts_in_both() -> None:
    known = history([usd("2026-10-31", 1400), usd("2026-11-02", 100)])

    both = found(RULE, known, utc("2026-11-04"), grants=[grant(since="2026-10-20", until="2026-11-03")])

    assert {f.period: f.evidence["effective_amount"] for f in both} == {"2026-11": "1100.00", "2026-10": "1500.00"}


def test_a_grant_that_ended_within_a_closed_month_covers_what_was_spent_in_it() -> None:
    known = history([usd("2026-10-12", 200), usd("2026-10-20", 1100)])

    late = found(RULE, known, utc("2026-11-02"), grants=[grant(since="2026-10-10", until="2026-10-15")])

    assert [(f.line // NANO, f.active) for f in late if f.late] == [(1200, True)]


def test_percent_levels_rise_with_a_grant_and_money_levels_do_not() -> None:
    rule = budget(thresholds=levels("80%", "$900"))

    findings = current(rule, history([usd("2026-11-11", 950)]), utc("2026-11-12"), grants=[grant()])

    assert [(f.level, f.active) for f in findings] == [("$900", True), ("80%", False)]


def test_a_grant_for_one_value_of_each_leaves_the_others() -> None:
    rule = budget(each=["project"], thresholds=levels("100%"))
    known = history([usd("2026-11-11", 1200, "p1"), usd("2026-11-11", 1200, "p2")])
    one = grant(match=Match((("project", patterns(["p2"])),)))

    findings = current(rule, known, utc("2026-11-12"), grants=[one])

    assert {f.scope.ids["project"]: f.active for f in findings} == {"p1": True, "p2": False}
    assert {f.scope.ids["project"]: "grants" in f.evidence for f in findings} == {"p1": False, "p2": True}


def test_grants_add_up_with_each_other_and_with_what_carried_over() -> None:
    rule = budget(thresholds=levels("100%"), rollover={"max": "10%"})
    known = history([usd("2026-10-01", 500), usd("2026-11-11", 10)])

    assert at("2026-11-12", known, grant(), grant(250), rule=rule).line == 1850 * NANO


def test_what_stays_covered_leaves_a_rolling_window_with_its_spend() -> None:
    rule = budget(thresholds=levels("100%"), period={"rolling": "7d"})
    known = history([usd("2026-11-12", 400), usd("2026-11-14", 100)])

    lines = [
        at(moment, known, grant(), rule=rule).line // NANO for moment in ("2026-11-16", "2026-11-19", "2026-11-22")
    ]

    assert lines == [1500, 1100, 1000]


def test_a_usage_budget_is_raised_in_counts() -> None:
    rule = UsageBudget.model_validate(
        {"name": "b", "metric": "images", "amount": 100, "period": "month", "thresholds": levels("100%")}
    )
    known = history([])
    known.usage["images"] = history([Spend(series("web"), utc("2026-11-11"), 120, currency="images")])
    more = Grant("b", 50, utc("2026-11-10"), utc("2026-11-15"), "lead@example.com", "launch")

    (finding,) = rule.every_level(context(known, grants=[more]), utc("2026-11-12"))

    assert (finding.line, finding.active, finding.evidence["effective_amount"]) == (150, False, "150")


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 400)), max_size=8), st.integers(1, 600), st.integers(1, 30)
)
def test_what_is_spent_within_a_grant_is_never_held_against_anyone(
    spent: list[tuple[int, int]], add: int, until: int
) -> None:
    """However the days fall: over is who spent more than the amount besides what the grant covers."""
    since = min(5, until)
    raised = grant(add, f"2026-11-{since:02}", f"2026-11-{until:02}T23:59")
    known = history([usd(f"2026-11-{day:02}", dollars) for day, dollars in spent])

    finding = at("2026-11-30T23:59:30", known, raised)

    within = sum(dollars for day, dollars in spent if since <= day <= until)
    assert finding.line == (1000 + min(add, within)) * NANO
    assert finding.active is (sum(dollars for _, dollars in spent) >= 1000 + min(add, within))


class World:
    """One budget with a grant, step after step."""

    def __init__(self, *grants: Grant) -> None:
        self.policy = Policy(rules=(budget(),), routes=(Route(Match(), ("team",)),), grants=grants)
        self.recorder = Recorder()
        self.rows = [usd("2026-11-01", 1)]

    def at(self, moment: str, dollars: int = 0) -> list[str]:
        now = utc(moment)
        self.rows.append(usd(moment[:10], dollars))
        outcome = step(self.policy, history(self.rows, [fresh(now)]), self.recorder.state(utc("2026-10-25")), now)
        new = self.recorder.record(outcome.decision, outcome.seen)
        return [f"{n.reason} {n.alert.level} {n.alert.reason or n.alert.episode}" for n in new if n.alert]


def test_a_grant_that_begins_resolves_and_one_that_ends_fires_again_as_another_episode() -> None:
    world = World(grant(1000))
    world.at("2026-11-02T09:00")

    assert world.at("2026-11-08T09:00", 850) == ["first 80% 1"]
    assert world.at("2026-11-10T00:00") == ["resolved 80% limit_changed"]
    assert world.at("2026-11-14T09:00", 100) == []
    assert world.at("2026-11-15T00:00") == ["first 80% 2"]
    again = world.recorder.alerts[max(world.recorder.alerts, key=lambda id: world.recorder.alerts[id].episode)]
    assert (again.line, again.scope, again.evidence["grants"]) == (
        880 * NANO,
        Scope(),
        [
            {
                "add": "100.00",
                "until": "2026-11-15T00:00:00Z",
                "approved_by": "lead@example.com",
                "reason": "launch",
                "covered": True,
            }
        ],
    )
