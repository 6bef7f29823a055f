"""`policies lint`: who would hear of the alerts that could really fire, and what leads nowhere or is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy.linting import Lint, budget, budgets
from tests.standins.spend import usd

NIGHT = 'time_windows: [{name: night, hours: "22:00-06:00"}, {name: always}]\n'
RECEIVERS = "receivers:\n  - {name: screen, console: {}}\n  - {name: slack, slack: {channel: '#x'}}\n"
BUDGET = budgets(budget(severity="critical"))


def routes(*items: str) -> str:
    return "routes:\n" + "".join(f"  - {{{item}}}\n" for item in items)


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    return Lint(tmp_path, lacking={"slack": "SLACK_BOT_TOKEN is not set"})


def test_a_rule_whose_alerts_only_lead_to_receivers_without_a_credential_reaches_nobody(lint: Lint) -> None:
    policy = RECEIVERS + routes("match: {rule: b}, to: [%s]", "to: [screen]") + BUDGET

    assert lint.said("reaches-nobody", policy.replace("%s", "slack")) == [
        "9 error b: its alerts would reach nobody: they only lead to slack (SLACK_BOT_TOKEN is not set); "
        "set what is missing, or add another receiver"
    ]
    assert lint.said("reaches-nobody", policy.replace("%s", "slack, screen")) == []


def test_a_receiver_of_the_rule_itself_is_reached_too(lint: Lint) -> None:
    policy = RECEIVERS + routes("to: [slack]") + budgets(budget(more="notify: [%s]"))

    assert [r.name for r in lint.found("reaches-nobody", policy.replace("%s", "screen")) if r.name == "b"] == []
    assert [r.name for r in lint.found("reaches-nobody", policy.replace("%s", "slack")) if r.name == "b"] == ["b"]


def test_levels_that_reach_nobody_are_told_apart_by_severity(lint: Lint) -> None:
    levels = "[{at: 50%, severity: info}, {at: 80%, severity: warning}, {at: 100%, severity: critical}]"
    budget = f"budgets: [{{name: b, amount: 1000, period: month, thresholds: {levels}}}]\n"
    (said,) = lint.said("reaches-nobody", RECEIVERS + routes("match: {severity: [info, critical]}, to: [slack]", "to: [screen]") + budget)  # fmt: skip  # noqa: E501

    assert "2 of its 3 possible alerts (info, critical) would reach nobody" in said


def test_an_owner_is_reached_where_one_is_known_and_can_be_told(lint: Lint) -> None:
    policy = RECEIVERS + routes("match: {rule: b}, to: [owner]", "to: [screen]") + BUDGET
    labels = "labels: [{set: {owner: a@example.com}}]\n"

    assert lint.found("reaches-nobody", policy + labels) == []
    lint.lacking = {"owner": "SMTP_URL is not set"}
    assert "they only lead to owner (SMTP_URL is not set)" in lint.said("reaches-nobody", policy + labels)[0]
    assert lint.found("reaches-nobody", policy) == []  # without an owner the next route takes it


def test_an_escalation_counts_with_all_its_steps(lint: Lint) -> None:
    steps = "escalations: [{name: e, steps: [{after: 0m, to: [slack]}, {after: 15m, to: [%s]}]}]\n"
    policy = RECEIVERS + routes("escalation: e") + steps + BUDGET

    assert lint.found("reaches-nobody", policy.replace("%s", "screen")) == []
    assert "b" in {remark.name for remark in lint.found("reaches-nobody", policy.replace("%s", "slack"))}


def test_a_route_that_is_always_muted_tells_nobody(lint: Lint) -> None:
    policy = RECEIVERS + routes("match: {rule: b}, to: [screen], muted: [%s]", "to: [screen]") + NIGHT + BUDGET

    assert (
        "every route that takes them is muted at all hours"
        in lint.said("reaches-nobody", policy.replace("%s", "always"))[0]
    )
    assert lint.said("reaches-nobody", policy.replace("%s", "night")) == []


def test_hours_at_which_nobody_is_awake_are_counted(lint: Lint) -> None:
    policy = RECEIVERS + NIGHT + routes("match: {rule: b}, active: [night], to: [%s]", "to: [screen]") + BUDGET

    assert lint.said("nobody-at-some-hours", policy.replace("%s", "slack")) == [
        "10 error b: its critical alerts reach nobody for 56 of the week's 168 hours, such as Fri 22:00; "
        "add a route for those hours"
    ]
    assert lint.said("nobody-at-some-hours", policy.replace("%s", "screen")) == []
    warning = policy.replace("severity: critical", "severity: warning").replace("%s", "slack")
    assert [remark.level for remark in lint.found("nobody-at-some-hours", warning)] == ["warning"]


def test_a_critical_alert_that_waits_for_the_morning_is_a_warning(lint: Lint) -> None:
    policy = RECEIVERS + NIGHT + routes("match: {rule: b}, muted: [night], to: [screen]%s", "to: [screen]") + BUDGET

    assert lint.said("critical-waits", policy.replace("%s", "")) == [
        "10 warning b: its critical alerts wait, muted, for 56 of the week's 168 hours, such as Fri 22:00; "
        "add a route that wakes somebody"
    ]
    assert lint.said("critical-waits", policy.replace("%s", ", continue: true")) == []
    assert lint.said("critical-waits", policy.replace("%s", "").replace("severity: critical", "severity: info")) == []


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ("match: {project: web}", "match: {project: web}", True),
        ("match: {project: 'w*'}", "match: {project: web}", True),
        ("match: {project: [web, research]}", "match: {project: web, severity: critical}", True),
        ("match: {project: {not: web}}", "match: {project: {not: [web, research]}}", True),
        ("match: {project: web}", "match: {project: 'w*'}", False),
        ("match: {project: {not: web}}", "match: {project: research}", False),
        ("match: {project: web}", "match: {severity: critical}", False),
        ("match: {project: web, severity: critical}", "match: {project: web}", False),
        ("match: {project: web}, continue: true", "match: {project: web}", False),
        ("match: {project: web}, active: [night]", "match: {project: web}", False),
        ("match: {project: web}, active: [night]", "match: {project: web}, active: [night]", True),
    ],
)
def test_a_route_that_an_earlier_one_provably_shadows_is_never_reached(
    lint: Lint, first: str, second: str, shadowed: bool
) -> None:
    policy = RECEIVERS + NIGHT + routes(f"{first}, to: [screen]", f"{second}, to: [screen]", "to: [screen]")

    assert [(one.name, one.level) for one in lint.found("route-shadowed", policy)] == [("route 2", "error")] * shadowed


def test_a_route_that_leads_to_owners_alone_shadows_nothing(lint: Lint) -> None:
    policy = RECEIVERS + routes("match: {rule: b}, to: [owner]", "match: {rule: b}, to: [screen]", "to: [screen]")

    assert lint.found("route-shadowed", policy + BUDGET) == []
    assert lint.found("route-idle", policy + BUDGET) == []


@pytest.mark.parametrize(
    ("match", "idle"),
    [
        ("{severity: info}", True),
        ("{rule: c}", True),
        ("{kind: anomaly}", True),
        ("{project: web}", True),  # the budget is about everything, so its alerts have no project
        ("{severity: critical}", False),
        ("{kind: freshness}", False),
        ("{rule: b}", False),
        ("{provider: openai}", False),
    ],
)
def test_a_route_that_matches_no_alert_that_could_fire_is_idle(lint: Lint, match: str, idle: bool) -> None:
    found = lint.said("route-idle", RECEIVERS + routes(f"match: {match}, to: [screen]", "to: [screen]") + BUDGET)

    said = "no alert that a rule could fire today matches it; correct the match, or take it out"
    assert found == ([f"6 warning route 1: {said}"] if idle else [])


def test_a_route_whose_alerts_are_all_taken_above_is_idle(lint: Lint) -> None:
    policy = RECEIVERS + routes("match: {rule: b}, to: [screen]", "match: {kind: budget}, to: [screen]", "to: [screen]")

    (said,) = lint.said("route-idle", policy + BUDGET)
    assert said.startswith("7 warning route 2: the routes above take every alert that it matches")


def test_a_receiver_without_its_credential_is_a_warning_at_its_line(lint: Lint) -> None:
    policy = RECEIVERS + routes("to: [%s]") + BUDGET

    assert lint.said("missing-credential", policy.replace("%s", "slack, screen")) == [
        "4 warning receiver slack: cannot be told, as SLACK_BOT_TOKEN is not set; set it where budgetbot runs"
    ]
    assert lint.said("missing-credential", policy.replace("%s", "screen")) == []


def test_receivers_and_escalations_that_nothing_leads_to_are_noted(lint: Lint) -> None:
    steps = "escalations: [{name: e, steps: [{after: 0m, to: [slack]}]}]\n"
    policy = RECEIVERS + steps + BUDGET

    unused = policy + routes("to: [screen]")
    assert [(r.code, r.where[-1], r.name) for r in lint.of(unused).remarks if r.code.startswith("unused-")] == [
        ("unused-receiver", "4", "receiver slack"),
        ("unused-escalation", "5", "escalation e"),
    ]
    used = policy + routes("match: {rule: b}, escalation: e", "to: [screen]")
    assert [r for r in lint.of(used).remarks if r.code.startswith("unused-")] == []


@pytest.mark.parametrize("by", ["digests: [{name: d, schedule: '0 9 * * *', to: [slack]}]\n", "notify"])
def test_a_digest_and_a_rule_lead_to_a_receiver_as_well(lint: Lint, by: str) -> None:
    rule = budgets(budget(more="notify: [slack]")) if by == "notify" else BUDGET + by

    assert lint.found("unused-receiver", RECEIVERS + routes("to: [screen]") + rule) == []


@pytest.mark.parametrize(
    ("source", "twice"),
    [
        ("type: litellm, counts: true", True),
        ("type: openrouter, counts: true", True),
        ("type: litellm", False),
        ("type: litellm, counts: false", False),
        ("type: openai, key_env: OTHER, counts: true", False),
    ],
)
def test_a_gateway_that_counts_beside_a_providers_own_bill_counts_twice(lint: Lint, source: str, twice: bool) -> None:
    policy = RECEIVERS + routes("to: [screen]") + f"sources: [{{name: gate, {source}}}]\n"

    assert len(lint.found("counted-twice", policy)) == twice
    lint.rows = [usd("2026-10-10", 1, "p", source="gate")]
    assert lint.found("counted-twice", policy) == []


def timed(section: str, since: str, until: str, more: str) -> str:
    return f"{section}: [{{from: {since}, until: {until}, reason: x, {more}}}]\n"


PLANNED = "name: load, match: {project: web}, up_to: 10"
SILENCE = "match: {rule: b}, by: me"
GRANT = "budget: b, add: 10, approved_by: me"


@pytest.mark.parametrize(
    ("section", "more", "since", "until", "over"),
    [
        ("planned", PLANNED, "2026-11-01", "2026-11-20", True),
        ("planned", PLANNED, "2026-11-01", "2026-11-21", False),
        ("silences", SILENCE, "2026-11-01", "2026-11-20", True),
        ("silences", SILENCE, "2026-11-01", "2026-11-21", False),
        ("grants", GRANT, "2026-10-01", "2026-11-01", True),
        ("grants", GRANT, "2026-11-01", "2026-11-02", False),  # what was spent within it stays covered this month
    ],
)
def test_what_is_over_can_be_taken_out(lint: Lint, section: str, more: str, since: str, until: str, over: bool) -> None:
    policy = RECEIVERS + routes("to: [screen]") + BUDGET + timed(section, since, until, more)

    assert [(one.level, one.where[-2:]) for one in lint.found("over", policy)] == [("note", ":9")] * over


def test_a_grant_beside_the_only_period_of_its_budget_never_begins(lint: Lint) -> None:
    once = "budgets: [{name: b, amount: 9, period: {from: 2026-11-01, until: 2026-12-01}, thresholds: [{at: 80%, severity: info}]}]\n"  # noqa: E501
    policy = RECEIVERS + routes("to: [screen]") + once

    assert lint.said("never-begins", policy + timed("grants", "2026-12-01", "2026-12-05", GRANT)) == [
        "8 warning grant 1: never raises b, which runs from 2026-11-01 until 2026-12-01; correct its dates"
    ]
    assert lint.said("never-begins", policy + timed("grants", "2026-11-30", "2026-12-05", GRANT)) == []


def test_remarks_stand_in_the_order_of_the_lines_and_the_summary_counts_them(lint: Lint) -> None:
    policy = (
        RECEIVERS + routes("match: {rule: c}, to: [slack]", "to: [screen]") + budgets(budget(more="each: [project]"))
    )

    assert [line.split(" [")[0][:32] for line in lint.of(policy).lines] == [
        "p.yaml:4: warning: receiver slac",
        "p.yaml:6: warning: route 1: no a",
        "p.yaml:9: note: b: x 2 projects ",
        "warning: project web: has no own",
        "warning: project research: has n",
        "100 % of last month's $1,000.00 ",
    ]
    assert lint.of(policy).lines[-1].endswith(". 4 warnings, 1 note.")
    assert lint.of(policy).row["findings"][1] == {  # type: ignore[index]
        "code": "route-idle",
        "level": "warning",
        "where": "p.yaml:6",
        "name": "route 1",
        "message": "no alert that a rule could fire today matches it; correct the match, or take it out",
    }


def test_a_receiver_beside_which_there_is_no_other_is_noted(lint: Lint) -> None:
    alone = "receivers:\n  - {name: screen, console: {}}\n" + routes("to: [screen]") + BUDGET

    assert lint.said("only-receiver", alone) == [
        "3 note receiver screen: the only one: where it fails, nothing but the log and /readyz tells of it; "
        "declare another"
    ]
    assert lint.said("only-receiver", RECEIVERS + routes("to: [screen]") + BUDGET) == []


def test_a_route_for_receivers_that_fail_is_not_idle(lint: Lint) -> None:
    assert lint.said("route-idle", RECEIVERS + routes("match: {kind: delivery}, to: [slack]", "to: [screen]")) == []
