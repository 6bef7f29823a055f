"""`/budget`: which budgets are meant, the worst first, and how each stands."""

from __future__ import annotations

from typing import Any

import pytest

from budgetbot.chat.asking.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.telling.budget_answer import budget_answer
from budgetbot.chat.telling.budget_words import Row, by_risk, gauge
from budgetbot.core.model import Json
from budgetbot.notifiers.slack_limits import violations
from tests.notifiers.hostile import NASTY
from tests.standins.spend import utc

NOW = utc("2026-11-20T09:00")


def row(name: str = "research-monthly", spent: str = "4210.10", **more: Any) -> Row:
    known: dict[str, Json] = {
        "name": name,
        "scope": {},
        "ids": {},
        "currency": "USD",
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "amount": "5000.00",
        "effective_amount": "5000.00",
        "spent": spent,
        "fraction": float(spent) / 5000,
        "forecast": {
            "expected": "6100.00", "low": "5800.00", "high": "6400.00", "p_overrun": 0.97,
            "exhausted_at": "2026-11-23T14:00:00Z", "earliest": "2026-11-22T00:00:00Z", "latest": None,
        },
        "state": "ok",
        "complete_to": "2026-11-20T08:00:00Z",
        "levels": [{"level": "80%", "severity": "warning", "state": "firing"}],
    }  # fmt: skip
    return {**known, **more}


def test_a_budget_is_shown_with_its_state_its_forecast_what_is_left_a_day_and_when_it_is_used_up() -> None:
    said = budget_answer([row(state="firing")], "research", NOW)

    assert not said.public
    assert said.text == (
        "research-monthly: $4,210.10 of $5,000 (84 %), firing: 80%; forecast $6,100 ($5,800 to $6,400); "
        "used up about 23 Nov 14:00 UTC (not before 22 Nov); $789.90 left, $71.81 a day for 11 days"
    )
    assert "80% (warning): firing" in str(said.blocks)
    assert "Data complete to 2026-11-20 08:00 UTC" in str(said.blocks)


def test_the_worst_stands_first() -> None:
    calm = {"forecast": {"p_overrun": 0.1}}
    rows = [
        row("full", "4900", **calm),
        row("likely"),
        row("fires", "100", state="firing", **calm),
        row("calm", "1", **calm),
    ]
    assert [one["name"] for one in by_risk(rows)] == ["fires", "likely", "full", "calm"]


@pytest.mark.parametrize("words", ["RESEARCH-monthly", "“research-monthly”", "research", "res*ly", "monthly"])
def test_a_name_is_found_in_any_case_by_a_part_of_it_or_by_a_glob(words: str) -> None:
    assert "research-monthly" in budget_answer([row(), row("other-weekly")], words, NOW).text
    assert "other-weekly" not in budget_answer([row(), row("other-weekly")], words, NOW).text


def test_a_budget_is_found_by_what_it_is_about() -> None:
    rows = [row("keys", scope={"api_key": "ci-nightly"}), row("keys", scope={"api_key": "web"})]
    assert budget_answer(rows, "ci-nightly", NOW).text.startswith("keys: ci-nightly")


def test_a_name_that_nothing_has_is_said_with_the_nearest() -> None:
    with pytest.raises(NotUnderstood, match="no budget is called `reserch-monthly`; did you mean `research-monthly`"):
        budget_answer([row()], "reserch-monthly", NOW)
    with pytest.raises(HelpAsked):
        budget_answer([row()], "help", NOW)


def test_share_among_the_words_lets_all_read_it() -> None:
    assert budget_answer([row()], "share research", NOW).public


def test_grants_are_listed_with_who_approved_them() -> None:
    grant = {
        "add": "500.00",
        "until": "2026-11-28T00:00:00Z",
        "approved_by": "lead",
        "reason": "launch",
        "covered": False,
    }
    assert "raised by $500.00 until 2026-11-28 (lead: launch)" in str(
        budget_answer([row(grants=[grant])], "", NOW).blocks
    )


def test_a_bar_is_full_only_where_the_budget_is() -> None:
    assert gauge(row(spent="4999.99")) == "▓▓▓▓▓▓▓▓▓░"
    assert gauge(row(spent="5000.00")) == "▓" * 10
    assert gauge(row(spent="-3.00")) == "░" * 10


@pytest.mark.parametrize("name", [*NASTY, "<!channel> &amp; <https://x.example|click>"])
def test_names_do_no_harm_and_fifty_budgets_fit(name: str) -> None:
    said = budget_answer([row(name, scope={"api_key": name}) for _ in range(50)], "", NOW)
    assert violations(said.blocks, said.text) == []
    assert "<!" not in str(said.blocks)
    assert "<http" not in str(said.blocks)
