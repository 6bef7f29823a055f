"""How full budgets are, for a metric."""

from __future__ import annotations

from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State
from budgetbot.policy.used import MOST, Used, used
from budgetbot.rules.usage_budget import UsageBudget
from tests.policy.test_budgets import budget
from tests.standins.spend import fresh, history, usd, utc

NOW = utc("2026-11-20T09:00")


def test_it_says_what_the_rows_of_budgets_say() -> None:
    known = history([usd("2026-11-10", 85), usd("2026-10-10", 1)], [fresh(NOW)])
    policy = Policy(rules=(budget(), budget(name="none", match={"project": "nowhere"})))

    found = used(policy, known, State(), NOW)

    assert found == [Used("b", "", 0.85), Used("none", "", 0.0)]
    assert [one.ratio for one in found] == [row["fraction"] for row in budget_rows(policy, known, State(), NOW)]


def test_of_many_scopes_only_the_fullest_are_told() -> None:
    known = history([usd("2026-11-10", i, project=f"p{i}") for i in range(1, 3 * MOST)], [fresh(NOW)])

    found = used(Policy(rules=(budget(each=["project"]),)), known, State(), NOW)

    assert len(found) == MOST
    assert found[0] == Used("b", f"project=p{3 * MOST - 1}", (3 * MOST - 1) / 100)
    assert found == sorted(found, key=lambda one: -one.ratio)


def test_what_was_not_counted_is_left_out() -> None:
    levels = [{"at": "80%", "severity": "warning"}]
    fields = {"name": "tokens", "metric": "input_tokens", "amount": 10, "period": "month", "thresholds": levels}
    rule = UsageBudget.model_validate(fields)

    assert used(Policy(rules=(rule,)), history([usd("2026-11-10", 85)], [fresh(NOW)]), State(), NOW) == []
