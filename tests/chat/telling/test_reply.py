"""Answers in plain text."""

from __future__ import annotations

from datetime import datetime, timedelta

from budgetbot.chat.telling.reply import alerts_text, budgets_text, spend_text
from budgetbot.core.model import Entity, Json
from budgetbot.core.money import NANO
from budgetbot.core.spend import answer
from tests.chat.organisation import NOW, asked
from tests.standins.spend import Spend, fresh, history, series, usd, utc


def told(words: str, *spent: Spend, name: str = "research", currency: str = "USD", read: datetime | None = NOW) -> str:
    marks = [fresh(read)] if read else []
    data = history(spent, marks, [Entity("openai", "project", "p1", name)])
    query = asked(words)
    return spend_text(answer(query, data, currency, NOW), query)


def test_a_table_under_its_total() -> None:
    text = told("", usd("2026-11-02", 1500, "p1"), usd("2026-11-03", 500, "p2"), usd("2026-11-03", 20, None))

    assert text.splitlines() == [
        "Spend, November 2026, by project: $2,020.00",
        "",
        "project            amount  share",
        "research        $1,500.00   74 %  ████████████████████",
        "p2                $500.00   24 %  ██████",
        "(unattributed)     $20.00    0 %  ▏",
        "",
        "complete to 2026-11-20 14:00 UTC, settled to 2026-11-18 00:00 UTC",
    ]


def test_the_estimated_part_is_shown_with_its_band() -> None:
    text = told("", Spend(series("p1"), utc("2026-11-19"), NANO, 2 * NANO), usd("2026-11-01", 1, "p2"))

    assert "by project: $4.00 ($2.00 of it estimated; between $2.00 and $6.00)" in text
    assert "research   $3.00      $2.00   75 %" in text


def test_the_question_is_repeated_as_it_was_understood() -> None:
    text = told("project:research not key:ci-* by model top 1 over $2", usd("2026-11-02", 3, "p1", model="gpt-4o"))

    assert text.startswith(
        "Spend, November 2026, project:research, not api_key:ci-*, by model, over $2.00, top 1: $3.00\n"
    )


def test_a_comparison_names_its_days_and_the_change() -> None:
    spent = (usd("2026-10-02", 4), usd("2026-11-02", 3))

    assert "\n1 Oct to 20 Oct 2026: $4.00; change -$1.00 (-25 %)\n" in told("vs last month", *spent)
    assert "\n1 Oct to 20 Oct 2026: $0.00; change +$3.00\n" in told("vs last month", spent[1])


def test_what_is_left_out_is_one_line() -> None:
    assert "(all others)   $1.00   25 %" in told("top 1", usd("2026-11-02", 3), usd("2026-11-02", 1, "p2"))


def test_nothing_spent_is_told_only_where_it_is_known() -> None:
    assert "No spend is known yet." in told("today")
    assert "Nothing was spent." in told("yesterday")
    assert told("yesterday", read=None).endswith("not every source was read whole yet, so more may have been spent")


def test_days_without_hours_are_said_so() -> None:
    assert "(hour not known)   $3.00" in told("by hour", usd("2026-11-02", 3))


def test_money_that_is_not_in_the_total_is_named() -> None:
    text = told("", usd("2026-11-02", 3)._replace(currency="EUR"), usd("2026-11-02", 1))

    assert "not in the total, for want of an exchange rate: €3.00" in text


def test_names_from_outside_cannot_move_the_cursor() -> None:
    text = told("", usd("2026-11-02", 3), name="\x1b[2Jre\u202esearch\nfake  $1")

    assert "[2Jresearch fake $1" in text
    assert all(line.isprintable() for line in text.splitlines())


BUDGET: dict[str, Json] = {
    "name": "research-monthly",
    "scope": {},
    "ids": {},
    "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
    "currency": "USD",
    "amount": "1000.00",
    "effective_amount": "1000.00",
    "spent": "840.12",
    "state": "firing",
}


def test_a_budget_tells_what_is_left_for_each_day() -> None:
    text = budgets_text(
        [BUDGET, {**BUDGET, "name": "ci", "scope": {"api_key": None}, "spent": "5", "state": "ok"}], NOW
    )

    assert text.splitlines() == [
        "budget                             spent  share   state                   left",
        "research-monthly    $840.12 of $1,000.00   84 %  firing  $159.88, $14.53 a day",
        "ci: (unattributed)    $5.00 of $1,000.00    0 %      ok  $995.00, $90.45 a day",
    ]


def test_a_share_is_never_rounded_up() -> None:
    assert " 99 %" in budgets_text([{**BUDGET, "spent": "999.99"}], NOW)


def test_a_budget_that_is_passed_says_by_how_much() -> None:
    assert "$0.01 over" in budgets_text([{**BUDGET, "spent": "1000.01"}], NOW)


def test_the_last_day_and_a_rolling_window_have_no_rate_a_day() -> None:
    end = (NOW + timedelta(hours=10)).isoformat()

    assert "a day" not in budgets_text([{**BUDGET, "period": {"start": "2026-11-01T00:00:00Z", "end": end}}], NOW)


ALERT: dict[str, Json] = {
    "id": "a1b2",
    "state": "firing",
    "summary": "Warning: research $840.12 of $1,000 (84 %), Nov 2026",
    "fired_at": "2026-11-20T09:00:00Z",
    "resolved_at": None,
    "reason": None,
    "acknowledged_by": None,
    "snoozed_until": None,
    "silenced": False,
    "inhibited": False,
}


def test_an_alert_tells_its_id_its_state_and_what_is_wrong() -> None:
    assert alerts_text([ALERT]).splitlines() == [
        "a1b2  firing since 2026-11-20 09:00 UTC",
        "  Warning: research $840.12 of $1,000 (84 %), Nov 2026",
    ]


def test_an_alert_tells_who_looks_after_it() -> None:
    more: dict[str, Json] = {
        "acknowledged_by": "U1\x07",
        "snoozed_until": "2026-11-21T09:00:00Z",
        "silenced": True,
        "inhibited": True,
    }

    line = alerts_text([{**ALERT, **more}]).splitlines()[2]

    assert line == "  acknowledged by U1; snoozed until 2026-11-21 09:00 UTC; a higher level speaks for it"


def test_a_resolved_alert_tells_why() -> None:
    over: dict[str, Json] = {"state": "resolved", "resolved_at": "2026-11-20T10:00:00Z", "reason": "corrected"}

    assert alerts_text([{**ALERT, **over}]).startswith("a1b2  resolved (corrected) since 2026-11-20 10:00 UTC\n")


def test_there_is_always_an_answer() -> None:
    assert (alerts_text([]), budgets_text([], NOW)) == ("No alerts.", "No budgets are declared.")
