"""What scripts get: the shapes of the contract, for commands and HTTP alike."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from budgetbot.app import Queries, api_of, clock, parts_of
from budgetbot.settings import load_settings
from budgetbot.web import web_app
from tests.standins.inside import Inside

SPEND = {
    "currency", "total", "billed", "estimated", "low", "high", "complete_to", "period", "settled_to", "rows", "compare",
}  # fmt: skip
ROW = {"by", "ids", "amount", "billed", "estimated", "share"}
BUDGET = {
    "name", "scope", "ids", "period", "currency", "amount", "effective_amount", "spent", "billed", "estimated", "low",
    "high", "fraction", "forecast", "state", "complete_to", "settled_to", "levels",
}  # fmt: skip
ALERT = {
    "id", "rule", "kind", "severity", "state", "scope", "ids", "level", "period", "episode", "fired_at",
    "acknowledged_by", "snoozed_until", "inhibited", "silenced", "resolved_at", "reason", "summary", "evidence",
    "drivers",
}  # fmt: skip
DELIVERY = {
    "id", "alert", "receiver", "reason", "status", "attempts", "next_at", "sent_at", "last_error",
}  # fmt: skip


def is_money(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?\d+\.\d{2,}", value) is not None


def is_time(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None


def is_period(value: Any) -> bool:
    return set(value) == {"start", "end"} and all(is_time(one) for one in value.values())


@pytest.mark.parametrize("words", ["by project", "by key by model last 7 days", "research by day", "today", ""])
def test_spend(bot: Inside, words: str) -> None:
    answer = bot.json("spend", *words.split())

    assert set(answer) == SPEND
    assert all(is_money(answer[name]) for name in ("total", "billed", "estimated", "low", "high"))
    assert is_time(answer["complete_to"])
    assert is_time(answer["settled_to"])
    assert is_period(answer["period"])
    assert answer["compare"] is None
    assert answer["rows"]
    for row in answer["rows"]:
        assert set(row) == ROW
        assert set(row["by"]) == set(row["ids"])
        assert all(is_money(row[name]) for name in ("amount", "billed", "estimated"))
        assert isinstance(row["share"], float)
    for whole, part in (("total", "amount"), ("billed", "billed"), ("estimated", "estimated")):
        assert sum(Decimal(row[part]) for row in answer["rows"]) == Decimal(answer[whole])
    assert Decimal(answer["billed"]) + Decimal(answer["estimated"]) == Decimal(answer["total"])


def test_spend_of_the_top_with_a_comparison(bot: Inside) -> None:
    answer = bot.json("spend", "by", "key", "last", "7", "days", "top", "1", "vs", "last", "month")

    first, rest = answer["rows"]
    assert set(first) == ROW
    assert set(rest) == {"other", "amount", "billed", "estimated", "share"}
    assert rest["other"] is True
    assert Decimal(first["amount"]) + Decimal(rest["amount"]) == Decimal(answer["total"])
    assert set(answer["compare"]) == {"period", "total", "change"}
    assert is_period(answer["compare"]["period"])
    assert Decimal(answer["compare"]["total"]) + Decimal(answer["compare"]["change"]) == Decimal(answer["total"])


def test_spend_of_nothing_has_rows_of_nothing(bot: Inside) -> None:
    answer = bot.json("spend", "2020-01")

    assert (answer["total"], answer["rows"]) == ("0.00", [])


def test_budgets(bot: Inside) -> None:
    rows = bot.json("budgets")

    assert {row["name"] for row in rows} == {"research-monthly", "each-key"}
    for row in rows:
        assert set(row) == BUDGET
        assert all(
            is_money(row[name])
            for name in ("amount", "effective_amount", "spent", "billed", "estimated", "low", "high")
        )
        assert set(row["scope"]) == set(row["ids"])
        assert is_period(row["period"])
        assert is_time(row["complete_to"])
        assert isinstance(row["fraction"], float)
        assert set(row["forecast"]) == {"expected", "low", "high", "p_overrun", "exhausted_at"}
        assert row["state"] in ("ok", "pending", "firing")
        for level in row["levels"]:
            assert set(level) == {"level", "severity", "state"}
    research = next(row for row in rows if row["name"] == "research-monthly")
    assert research["state"] == "firing"
    assert [level["level"] for level in research["levels"]] == ["50%", "80%", "100%"]


def test_alerts(bot: Inside) -> None:
    rows = bot.json("alerts")
    bot.run("alerts", "resolve", rows[0]["id"], "--only")
    everything = bot.json("alerts", "--all")

    assert len(rows) == len(everything) > 3
    assert len(bot.json("alerts")) == len(rows) - 1
    for row in everything:
        assert set(row) == ALERT
        assert row["kind"] == "budget"
        assert row["severity"] in ("info", "warning", "critical")
        assert set(row["scope"]) == set(row["ids"])
        assert is_period(row["period"])
        assert is_time(row["fired_at"])
        assert row["episode"] == 1
        assert {type(row[name]) for name in ("inhibited", "silenced")} == {bool}
        assert all(is_money(row["evidence"][name]) for name in ("spent", "amount", "line"))
        assert all(set(one) == {"dimension", "id", "name", "amount", "owner"} for one in row["drivers"])
        over = row["id"] == rows[0]["id"]
        assert (row["state"], row["reason"]) == (("resolved", "manual") if over else ("firing", None))
        assert is_time(row["resolved_at"]) if over else row["resolved_at"] is None


def test_deliveries(bot: Inside) -> None:
    rows = bot.json("alerts", "deliveries")

    assert {row["reason"] for row in rows} == {"first", "digest"}
    assert {row["status"] for row in rows} == {"sent", "inhibited", "grouped"}
    for row in rows:
        assert set(row) == DELIVERY
        assert isinstance(row["id"], int)
        assert isinstance(row["attempts"], int)
        assert is_time(row["sent_at"]) if row["status"] == "sent" else row["sent_at"] is None
        assert (row["next_at"], row["last_error"]) == (None, None)
        assert (row["alert"] is None) == (row["reason"] == "digest")


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("spend?q=by key last 7 days", ["spend", "by", "key", "last", "7", "days"]),
        ("budgets", ["budgets"]),
        ("alerts", ["alerts"]),
        ("alerts?all=1", ["alerts", "--all"]),
        ("deliveries", ["alerts", "deliveries"]),
    ],
    ids=["spend", "budgets", "alerts", "all alerts", "deliveries"],
)
def test_http_gives_the_same_as_the_command(bot: Inside, path: str, command: list[str]) -> None:
    settings = load_settings(
        budgetbot_database_url=f"sqlite:///{bot.folder}/budgetbot.db", budgetbot_policies=bot.policies
    )
    with parts_of(settings) as parts, TestClient(web_app(api_of(Queries(parts, clock())), None)) as client:
        assert client.get(f"/api/v1/{path}").json() == bot.json(*command)
