"""`policies lint`: what of a policy is dead or doubled, given what was spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetbot.core.model import Entity
from tests.policy.linting import SCREEN, Lint, budget, budgets
from tests.standins.spend import usd


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    return Lint(tmp_path)


def test_a_policy_that_fits_what_was_spent_is_remarked_on_with_nothing_but_its_coverage(lint: Lint) -> None:
    labels = "labels: [{set: {owner: lead@example.com}}]\n"

    report = lint.of(SCREEN + labels + budgets(budget(), budget("web", "match: {project: web}", "500")))

    assert report.lines == [
        "100 % of last month's $1,000.00 is covered by a rule with a working route. Nothing to remark."
    ]


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("{project: wbe}", "error b: no spend since 1 October has project wbe; did you mean web?"),
        ("{project: zz}", "error b: no spend since 1 October has project zz; correct the match, or take the rule out"),
        (
            "{project: web, api_key: k2}",
            "error b: no spend since 1 October has all of api_key and project as the match wants them; "
            "correct the match, or take the rule out",
        ),
    ],
)
def test_a_rule_that_matches_nothing_is_dead(lint: Lint, match: str, said: str) -> None:
    assert lint.said("matches-nothing", SCREEN + budgets(budget(more=f"match: {match}"))) == [f"5 {said}"]
    assert lint.said("matches-nothing", SCREEN + budgets(budget(more="match: {project: web}"))) == []


def test_what_was_last_spent_before_last_month_is_nothing(lint: Lint) -> None:
    lint.rows.append(usd("2026-09-30", 50, "old"))
    yearly = "  - {name: y, amount: 1, period: year, match: {project: old}, thresholds: [{at: 1%, severity: info}]}\n"

    assert len(lint.said("matches-nothing", SCREEN + budgets(yearly))) == 1


def test_a_label_that_the_policy_gives_and_nothing_carries_today_is_only_noted(lint: Lint) -> None:
    policy = SCREEN + budgets(budget(more="match: {team: unassigned}"))
    labels = "labels: [{set: {team: unassigned}}, {match: {project: '*'}, set: {team: all}}]\n"

    assert lint.said("matches-nothing", policy + labels) == [
        "5 note b: no spend since 1 October has team unassigned; nothing to do where that is as it should be"
    ]


def test_a_label_rule_that_labels_nothing_is_a_warning_at_its_line(lint: Lint) -> None:
    labels = "labels:\n  - {match: {project: web}, set: {team: a}}\n  - {match: {project: wbe}, set: {team: b}}\n"
    chained = labels + "  - {match: {team: a}, set: {cost_center: '1'}}\n"

    assert lint.said("matches-nothing", SCREEN + chained) == [
        "6 warning label rule 2: no spend since 1 October matches, so nothing gets team b; correct the match"
    ]


def test_a_freshness_rule_watches_a_source_that_was_read(lint: Lint) -> None:
    two = "freshness:\n  - {name: f, source: %s, stale_after: 6h}\nsources: [{name: eu, type: openai, key_env: EU}]\n"

    assert lint.said("matches-nothing", SCREEN + two % "eu") == [
        "5 error f: no source named eu was ever read; there are openai"
    ]
    assert lint.said("matches-nothing", SCREEN + two % "open*") == []


@pytest.mark.parametrize(
    ("match", "level"),
    [
        ("{provider: openai}", "note"),
        ("{project: '*'}", "note"),
        ("{project: {not: evals}}", "warning"),
        ("{project: web}", None),
        ("{project: {not: web}}", None),
        ("{}", None),
    ],
)
def test_a_match_that_leaves_nothing_out_is_useless_or_a_label_is_missing(
    lint: Lint, match: str, level: str | None
) -> None:
    found = lint.found("matches-everything", SCREEN + budgets(budget(more=f"match: {match}")))

    assert [remark.level for remark in found] == ([level] if level else [])


def test_how_much_each_comes_to_today(lint: Lint) -> None:
    each = budget(more="each: [api_key], overrides: [{match: {api_key: k2}, amount: 2000}]", amount="50.50")

    assert lint.said("each", SCREEN + budgets(each)) == ["5 note b: x 2 api_keys since 1 October = $2,050.50 a month"]
    assert lint.said("each", SCREEN + budgets(budget())) == []


def test_scopes_of_long_ago_do_not_count(lint: Lint) -> None:
    lint.rows.append(usd("2026-01-30", 50, "old"))
    yearly = "  - {name: y, amount: 10, period: year, each: [project], thresholds: [{at: 1%, severity: info}]}\n"

    assert lint.said("each", SCREEN + budgets(yearly)) == ["5 note y: x 2 projects since 1 October = $20 a year"]


def test_two_budgets_of_the_same_spend_and_period_are_said_once(lint: Lint) -> None:
    web, also = budget("web", "match: {project: web}"), budget("also", "match: {api_key: k1}")
    by_key = budget("by-key", "match: {project: web}, each: [api_key]")

    assert lint.said("same-spend", SCREEN + budgets(web, also, by_key)) == [
        "6 warning also: counts the same spend in the same period as web; put all levels into one of them"
    ]
    assert lint.said("same-spend", SCREEN + budgets(web, budget("all"))) == []


def test_a_child_larger_than_its_parent_is_a_warning(lint: Lint) -> None:
    web = "match: {project: web}"

    assert lint.said("larger-than-parent", SCREEN + budgets(budget("all"), budget("web", web, "1500"))) == [
        "6 warning web: $1,500 is more than the $1,000 of all, which counts it too; lower it, or raise all"
    ]
    assert lint.said("larger-than-parent", SCREEN + budgets(budget("all"), budget("web", web, "1000"))) == []
    assert lint.said("larger-than-parent", SCREEN + budgets(budget("all"), budget("web", web, "1500 EUR"))) == []


def test_a_grant_that_runs_counts_in_what_a_child_may_spend(lint: Lint) -> None:
    both = budgets(budget("all"), budget("web", "match: {project: web}", "900"))
    grant = "grants: [{budget: web, add: 200, from: 2026-11-19, until: 2026-11-30, approved_by: a, reason: b}]\n"

    assert len(lint.said("larger-than-parent", SCREEN + both + grant)) == 1
    assert lint.said("larger-than-parent", SCREEN + both) == []


def test_a_child_with_each_is_added_up_and_only_noted(lint: Lint) -> None:
    lint.rows.append(usd("2026-10-12", 10, "web", api_key="k3"))
    keys = budget("keys", "match: {project: web}, each: [api_key]", "600")

    assert lint.said("larger-than-parent", SCREEN + budgets(budget("all"), keys)) == [
        "6 note keys: 2 scopes may spend $1,200 together, more than the $1,000 of all around them"
    ]


def test_children_that_exceed_their_parent_together_are_noted(lint: Lint) -> None:
    web = budget("web", "match: {project: web}", "600")
    both = SCREEN + budgets(budget("all"), web)

    def research(amount: str) -> str:
        return budget("research", "match: {project: research}", amount)

    assert lint.said("children-exceed-parent", both + research("600")) == [
        "5 note all: web, research may spend $1,200 together, more than its $1,000"
    ]
    assert lint.said("children-exceed-parent", both + research("400")) == []


def test_spend_that_no_rule_covers_is_told_by_project_dearest_first(lint: Lint) -> None:
    lint.rows += [usd("2026-10-12", 10 * i, f"p{i}") for i in range(1, 8)]
    report = lint.of(SCREEN + budgets(budget(more="match: {project: web}")))

    assert [(one.name, one.message.partition(" is ")[0]) for one in report.remarks if one.code == "not-covered"] == [
        ("project research", "$400.00 last month (31 %)"),
        ("project p7", "$70.00 last month (5 %)"),
        ("project p6", "$60.00 last month (4 %)"),
        ("project p5", "$50.00 last month (3 %)"),
        ("project p4", "$40.00 last month (3 %)"),
        ("3 more projects", "$60.00 last month"),
    ]
    assert report.lines[-1].startswith("46 % of last month's $1,280.00 is covered by a rule with a working route. ")
    assert report.row["coverage"] == {
        "currency": "USD",
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"},
        "last_month": True,
        "total": "1280.00",
        "covered": "600.00",
        "share": 600 / 1280,
        "uncovered": [{"project": name, "id": name, "amount": f"{amount}.00"} for name, amount in [
            ("research", 400), ("p7", 70), ("p6", 60), ("p5", 50), ("p4", 40), ("p3", 30), ("p2", 20), ("p1", 10)
        ]],
    }  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [
        "usage_budgets: [{name: u, metric: tokens, amount: 1, period: day, thresholds: [{at: 80%, severity: info}]}]\n",
        "",
    ],
    ids=["a budget of use", "the rules that are built in"],
)
def test_neither_use_nor_built_in_rules_cover_money(lint: Lint, rule: str) -> None:
    coverage = lint.of(SCREEN + rule).coverage

    assert coverage is not None
    assert coverage.covered == 0


def test_a_budget_whose_alerts_reach_nobody_covers_nothing(lint: Lint) -> None:
    lint.lacking = dict.fromkeys(("screen", "wall"), "its plug is out")
    coverage = lint.of(SCREEN + budgets(budget())).coverage

    assert coverage is not None
    assert coverage.covered == 0


def test_where_nothing_was_spent_last_month_the_last_thirty_days_are_compared_and_it_is_said(lint: Lint) -> None:
    lint.rows = [usd("2026-11-10", 100, "web")]

    assert lint.of(SCREEN + budgets(budget())).lines[-1] == (
        "100 % of the last 30 days' $100.00 is covered by a rule with a working route; "
        "nothing was spent in the month before. 1 warning."
    )


def test_an_empty_ledger_has_nothing_to_compare_with(lint: Lint) -> None:
    lint.rows = []
    report = lint.of(SCREEN + budgets(budget(more="match: {project: web}")))

    assert report.lines == ["The ledger is empty: there is nothing to compare with. Nothing to remark."]
    assert report.row == {"coverage": None, "findings": []}


def test_projects_that_nobody_owns_are_told_dearest_first_and_the_rest_is_counted(lint: Lint) -> None:
    lint.rows = [usd("2026-10-12", 10 * i, f"p{i}") for i in range(1, 13)]
    lint.entities = [Entity("openai", "project", "p12", "shop", owner="shop@example.com")]
    labels = "labels: [{match: {project: p11}, set: {owner: a@example.com}}]\n"

    said = lint.said("no-owner", SCREEN + labels)

    assert said[0] == ("warning project p10: has no owner and spent $100.00 last month; set the label owner for it")
    assert len(lint.said("no-owner", SCREEN)) == 11
    assert lint.said("no-owner", SCREEN)[-1] == "warning 1 more project: without an owner spent $10.00 last month"


def test_names_from_outside_cannot_write_to_the_screen(lint: Lint) -> None:
    lint.rows = [usd("2026-10-12", 10, "p1")]
    lint.entities = [Entity("openai", "project", "p1", "\x1b[31mred\n2")]

    assert all(line.isprintable() for line in lint.of(SCREEN).lines)
