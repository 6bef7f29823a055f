"""What `/spend` answers in Slack, on histories made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from budgetbot.chat.answer import Answer
from budgetbot.chat.asking.of_users import without_users
from budgetbot.chat.telling.spend_answer import spend_answer
from budgetbot.core.model import Entity, Json
from budgetbot.core.money import NANO
from budgetbot.core.spend import answer
from budgetbot.notifiers.slack_limits import CHART, violations
from budgetbot.notifiers.slack_native import without_charts
from tests.chat.organisation import NOW, asked
from tests.notifiers.hostile import NASTY
from tests.standins.slack_rules import check_message
from tests.standins.spend import Spend, fresh, history, series, usd, utc

LIVE = "<!channel> <https://x.example|click> ``` @here"


def told(words: str, *spent: Spend, name: str = "research", read: datetime | None = NOW) -> Answer:
    """The answer, which Slack would take."""
    entities = [Entity("openai", kind, "p1", name, owner=name) for kind in ("project", "api_key")]
    query = asked(words)
    data = history(spent, [fresh(read)] if read else [], entities)
    said = spend_answer(answer(query, data, "USD", NOW), query, NOW)
    assert violations(said.blocks, said.text) == []
    check_message({"text": said.text, "blocks": said.blocks})
    return said


def lines(said: Answer, block: int = 0) -> list[str]:
    """Those of a section or of small print."""
    found: Any = said.blocks[block]
    return str((found.get("text") or found["elements"][0])["text"]).replace("\u200b", "").splitlines()


def charts(said: Answer) -> list[Any]:
    return [block["chart"] for block in said.blocks if block["type"] == CHART]


def days(count: int) -> list[Spend]:
    """A dollar more every day, from 1 September on."""
    return [usd(str((utc("2026-09-01") + timedelta(days=i)).date()), i + 1) for i in range(count)]


def test_the_total_stands_first_with_what_was_asked_and_how_it_moved() -> None:
    said = told("vs last month", usd("2026-10-02", 400), usd("2026-11-02", 500))
    assert lines(said) == [
        "*$500.00*",
        "Spend, November 2026, by project",
        "*1 Oct to 20 Oct 2026: $400.00; change +$100.00 (+25 %)*",
    ]
    assert lines(said, -1) == ["Complete to 2026-11-20 14:00 UTC, settled to 2026-11-18 00:00 UTC"]


def test_shares_are_bars_in_a_table() -> None:
    said = told("", usd("2026-11-02", 1500, "p1"), usd("2026-11-03", 500, "p2"))
    assert lines(said, 1) == [
        "```",
        "project      amount  share",
        "research  $1,500.00   75 %  ████████████",
        "p2          $500.00   25 %  ████",
        "```",
    ]


def test_what_is_billed_and_what_is_estimated_are_told_apart() -> None:
    said = told("", Spend(series("p1"), utc("2026-11-19"), NANO, 2 * NANO), usd("2026-11-01", 1, "p2"))
    assert lines(said)[2] == "$2.00 billed, $2.00 estimated (between $2.00 and $6.00 in all)"
    assert "estimated" in lines(said, 1)[1]


def test_a_little_that_is_estimated_takes_no_column() -> None:
    said = told("", Spend(series("p1"), utc("2026-11-19"), 500 * NANO, NANO))
    assert lines(said)[2].startswith("$500.00 billed, $1.00 estimated")
    assert "estimated" not in lines(said, 1)[1]


def test_no_spend_that_is_known_does_not_look_like_nothing() -> None:
    assert lines(told("today"))[0] == "*No spend is known yet.*"
    assert lines(told("yesterday"))[0] == "*Nothing was spent.*"
    assert "$0" not in str(told("today", read=None).blocks)


def test_time_is_drawn_with_the_days_on_which_nothing_was_spent() -> None:
    said = told("by day since 2026-11-16", usd("2026-11-16", 3), usd("2026-11-18", 5))
    (chart,) = charts(said)
    assert chart["axis_config"]["categories"] == ["16 Nov", "17 Nov", "18 Nov", "19 Nov", "20 Nov"]
    assert [point["value"] for point in chart["series"][0]["data"]] == [3.0, 0.0, 5.0, 0.0, 0.0]
    assert "▃▁▇▁▁ 16 Nov to 20 Nov, at most $5.00" in said.text


def test_the_bars_are_there_still_where_slack_draws_no_chart() -> None:
    whole = told("by day since 2026-11-16", usd("2026-11-16", 3), usd("2026-11-18", 5))
    said = replace(whole, blocks=without_charts(whole.blocks))
    assert charts(said) == []
    assert "2026-11-18   $5.00   62 %  ████████████" in str(said.blocks)


@pytest.mark.parametrize(
    ("by", "count", "first", "last"),
    [("day", 20, "1 Nov", "20 Nov"), ("week", 12, "31 Aug", "16 Nov"), ("month", 3, "Sep 2026", "Nov 2026")],
)
def test_a_chart_shows_the_last_twenty_of_them(by: str, count: int, first: str, last: str) -> None:
    (chart,) = charts(told(f"by {by} since 2026-09-01", *days(81)))
    labels = chart["axis_config"]["categories"]
    assert (len(labels), labels[0], labels[-1]) == (count, first, last)


def test_hours_are_drawn_where_they_are_known() -> None:
    hour = timedelta(hours=1)
    spent = [Spend(series("p1"), utc("2026-11-20T09:00") + i * hour, NANO, length=hour) for i in range(3)]
    (chart,) = charts(told("by hour today", *spent))
    assert chart["axis_config"]["categories"][9:12] == ["20 Nov 09:00", "20 Nov 10:00", "20 Nov 11:00"]
    assert charts(told("by hour yesterday", usd("2026-11-19", 3))) == []


def test_what_is_by_time_and_more_is_no_chart() -> None:
    assert charts(told("by day by project", usd("2026-11-02", 3))) == []


def test_a_table_has_twenty_rows_and_says_how_many_more_there_are() -> None:
    spent = [usd("2026-11-02", 100 - i, f"q{i}") for i in range(30)]
    assert "and 10 more" in str(told("", *spent).blocks)
    capped = told("top 25", *spent)
    assert "(all others)" in str(capped.blocks)
    assert "and 6 more" in str(capped.blocks)
    long = told("by day since 2026-09-01", *days(81))
    assert "and 61 earlier" in str(long.blocks)
    assert "2026-11-20" in str(long.blocks)


def test_causes_are_a_list_where_they_were_asked_for() -> None:
    spent = [
        usd("2026-11-18", 20, api_key="k2"),
        usd("2026-11-19", 80, api_key="p1"),
        usd("2026-11-19", 20, api_key="k2"),
    ]
    said = told("why yesterday", *spent)
    assert lines(said, 1) == [
        "*Why: +$80.00 against 18 Nov 2026*",
        "• key research is new, +$80.00 (owner research)",
    ]
    assert "Why: nothing changed against 18 Nov 2026" in told("why yesterday").text
    assert "Why" not in told("yesterday vs last month", *spent).text


def test_causes_by_user_are_part_of_the_rest_for_who_may_not_see_them() -> None:
    by_user: dict[str, Json] = {"dimension": "user", "amount": "5.00"}
    by_key: dict[str, Json] = {"dimension": "api_key", "amount": "7.00"}
    rest: dict[str, Json] = {"other": True, "amount": "-1.00"}
    assert without_users({"why": [by_user, by_key, rest]}) == {"why": [by_key, {"other": True, "amount": "4.00"}]}
    assert without_users({"why": [by_key, rest]}) == {"why": [by_key, rest]}
    assert without_users({"total": "1.00"}) == {"total": "1.00"}


def test_money_without_a_rate_is_noted_with_the_line_to_write() -> None:
    said = told("", usd("2026-11-02", 3)._replace(currency="EUR"), usd("2026-11-02", 1))
    assert lines(said, -2)[0].startswith("Note: not in the total, for want of an exchange rate: €3.00; add fx: ")


@pytest.mark.parametrize("name", [*NASTY, LIVE])
@pytest.mark.parametrize("words", ["why yesterday", "by project by key top 3", "by day", "not project:research by key"])
def test_names_do_no_harm(words: str, name: str) -> None:
    spent = [usd("2026-11-19", 3 + i, f"q{i}", api_key=f"{name}{i}") for i in range(40)]
    said = told(words, usd("2026-11-19", 99, api_key="p1"), *spent, name=name)
    for markup in ("<!", "<http"):
        assert markup not in said.text + str(said.blocks)
    assert str(said.blocks).count("```") % 2 == 0
