from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.digest import DigestPlan, days_covered, digest
from budgetbot.core.history import History
from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Alert, Entity, Scope, Severity, Watermark
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-20T08:00")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def plan(first: str = "2026-11-19", until: str = "2026-11-20", zone: str = "UTC", **more: Any) -> DigestPlan:
    return DigestPlan(
        "daily", "Thu", date.fromisoformat(first), date.fromisoformat(until), ZoneInfo(zone), "USD", **more
    )


def written(known: History, **more: Any) -> dict[str, Any]:
    return digest(plan(**more), known, [], [], NOW)


@pytest.mark.parametrize(
    ("covers", "slot", "last", "expected"),
    [
        ("since_last", "2026-11-20", "2026-11-19", ("Thu 19 Nov 2026", "2026-11-19", "2026-11-20")),
        # Monday's digest holds the days since Friday's
        ("since_last", "2026-11-23", "2026-11-20", ("Fri 20 Nov to Sun 22 Nov 2026", "2026-11-20", "2026-11-23")),
        ("since_last", "2026-11-20", None, ("Thu 19 Nov 2026", "2026-11-19", "2026-11-20")),
        ("yesterday", "2026-11-23", "2026-11-20", ("Sun 22 Nov 2026", "2026-11-22", "2026-11-23")),
        ("last_week", "2026-11-23", "2026-11-16", ("week 2026-W47", "2026-11-16", "2026-11-23")),
        ("last_week", "2026-11-25", None, ("week 2026-W47", "2026-11-16", "2026-11-23")),
        ("last_week", "2027-01-04", None, ("week 2026-W53", "2026-12-28", "2027-01-04")),
        ("last_month", "2026-12-01", None, ("November 2026", "2026-11-01", "2026-12-01")),
        ("last_month", "2027-01-15", None, ("December 2026", "2026-12-01", "2027-01-01")),
    ],
)
def test_the_days_that_are_covered(covers: str, slot: str, last: str | None, expected: tuple[str, str, str]) -> None:
    label, first, until = days_covered(covers, date.fromisoformat(slot), date.fromisoformat(last) if last else None)

    assert (label, first.isoformat(), until.isoformat()) == expected


def test_a_digest_says_what_was_spent_and_what_changed() -> None:
    rows = [usd("2026-11-18", 10), usd("2026-11-19", 25), usd("2026-11-20", 99), usd("2026-11-01", 4)]

    content = written(history(rows, [fresh(NOW)]))

    assert (content["name"], content["date"], content["currency"]) == ("daily", "2026-11-20", "USD")
    assert content["covers"] == {"start": "2026-11-19T00:00:00Z", "end": "2026-11-20T00:00:00Z", "label": "Thu"}
    assert (content["total"], content["previous_total"], content["change"]) == ("25.00", "10.00", "15.00")
    assert content["period"] == {
        "label": "November to date",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-11-20T00:00:00Z",
        "total": "39.00",
    }
    assert (content["complete_to"], content["settled_to"]) == ("2026-11-20T08:00:00Z", "2026-11-18T00:00:00Z")


def test_a_digest_of_a_week_end_is_compared_with_as_many_days_before() -> None:
    rows = [usd(f"2026-11-{day}", day) for day in range(14, 24)]

    content = written(history(rows), first="2026-11-20", until="2026-11-23")

    assert (content["total"], content["previous_total"]) == (f"{20 + 21 + 22}.00", f"{17 + 18 + 19}.00")


def test_a_digest_on_the_first_tells_of_the_month_that_ended() -> None:
    rows = [usd("2026-10-31", 5), usd("2026-11-01", 7), usd("2026-11-30", 3)]

    content = written(history(rows), first="2026-11-30", until="2026-12-01")

    assert (content["period"]["label"], content["period"]["total"]) == ("November to date", "10.00")


def test_the_dearest_are_listed_and_the_others_added_up() -> None:
    rows = [usd("2026-11-19", dollars, f"p{dollars}") for dollars in (1, 2, 3, 14)] + [usd("2026-11-02", 6, "p1")]

    content = written(history(rows, entities=[Entity("openai", "project", "p14", "Web")]), top=2)

    assert content["rows"] == [
        {"by": {"project": "Web"}, "amount": "14.00", "period_amount": "14.00", "share": 0.7},
        {"by": {"project": "p3"}, "amount": "3.00", "period_amount": "3.00", "share": 0.15},
    ]
    assert content["other"] == {"amount": "3.00", "period_amount": "9.00", "count": 2}


def test_rows_and_other_add_up_to_the_total() -> None:
    content = written(history([usd("2026-11-19", n, f"p{n}") for n in range(1, 20)]), top=5)

    parts = [*(row["amount"] for row in content["rows"]), content["other"]["amount"]]
    assert sum(int(part.removesuffix(".00")) for part in parts) == 190
    assert content["total"] == "190.00"


def test_what_fits_has_no_other_and_what_spent_nothing_is_left_out() -> None:
    rows = [usd("2026-11-19", 5, "p1"), usd("2026-11-03", 5, "p2"), usd("2026-10-03", 5, "p3")]

    content = written(history(rows))

    assert [row["by"]["project"] for row in content["rows"]] == ["p1", "p2"]
    assert [row["share"] for row in content["rows"]] == [1.0, 0.0]
    assert content["other"] is None


def test_what_is_unattributed_is_null() -> None:
    content = written(history([usd("2026-11-19", 5, None)]))

    assert content["rows"][0]["by"] == {"project": None}


def test_the_three_largest_changes_either_way_are_the_movers() -> None:
    changes = {"up": (1, 90), "down": (80, 0), "new": (0, 50), "small": (10, 12), "same": (500, 500)}
    rows = [usd(f"2026-11-{18 + i}", dollars[i], name) for name, dollars in changes.items() for i in (0, 1)]

    content = written(history(rows))

    assert [(m["by"]["project"], m["before"], m["amount"], m["change"]) for m in content["movers"]] == [
        ("up", "1.00", "90.00", "89.00"),
        ("down", "80.00", "0.00", "-80.00"),
        ("new", "0.00", "50.00", "50.00"),
    ]
    assert written(history([usd("2026-11-18", 5), usd("2026-11-19", 5)]))["movers"] == []


def test_the_chart_holds_the_last_fourteen_days_told() -> None:
    rows = [usd(f"2026-11-{day:02}", day) for day in range(1, 21)]

    chart = written(history(rows))["chart"]

    assert [bar["label"] for bar in chart] == [f"11-{day:02}" for day in range(6, 20)]
    assert [bar["amount"] for bar in chart] == [f"{day}.00" for day in range(6, 20)]


@pytest.mark.parametrize("until", ["2026-03-12", "2026-11-05"])
def test_the_chart_holds_the_days_of_clock_changes(until: str) -> None:
    last = utc(until)
    days = [last - timedelta(days=back) for back in range(14, 0, -1)]
    known = history(Spend(series("p1"), day, (i + 1) * NANO) for i, day in enumerate(days))

    content = written(known, first=f"{days[0]:%Y-%m-%d}", until=until, zone="America/New_York")

    assert [bar["amount"] for bar in content["chart"]] == [f"{i}.00" for i in range(1, 15)]
    assert content["total"] == f"{sum(range(1, 15))}.00"


def test_a_single_local_day_of_23_hours_is_told() -> None:
    content = written(history([usd("2026-03-29", 7)]), first="2026-03-29", until="2026-03-30", zone="Europe/Berlin")

    assert content["total"] == "7.00"
    assert content["covers"]["start"] == "2026-03-28T23:00:00Z"


def test_a_digest_is_written_also_when_nothing_was_spent_and_nothing_is_known() -> None:
    content = written(history([]))

    assert (content["total"], content["change"], content["rows"], content["movers"]) == ("0.00", "0.00", [], [])
    assert (content["other"], content["freshness"], content["complete_to"]) == (None, [], None)
    assert [bar["amount"] for bar in content["chart"]] == ["0.00"] * 14


def test_only_what_matches_is_told_in_one_currency() -> None:
    rows = [
        usd("2026-11-19", 5, "p1"),
        usd("2026-11-19", 7, "p2"),
        Spend(series("p1"), utc("2026-11-19"), 9 * NANO, currency="EUR"),
    ]
    match = Match((("project", Patterns(("p1",))),))

    content = written(history(rows), match=match)

    assert content["total"] == "5.00"
    assert content["chart"][-1]["amount"] == "5.00"


def test_it_may_be_grouped_by_anything() -> None:
    rows = [usd("2026-11-19", 5, "p1", model="o3"), usd("2026-11-19", 7, "p2", model="o3")]

    content = written(history(rows), group_by=("provider", "model"))

    assert [(row["by"], row["amount"]) for row in content["rows"]] == [({"provider": "openai", "model": "o3"}, "12.00")]


def test_credits_may_make_the_total_negative() -> None:
    content = written(history([usd("2026-11-19", -5)]))

    assert (content["total"], content["rows"][0]["amount"], content["rows"][0]["share"]) == ("-5.00", "-5.00", 1.0)


def alert(id: str, state: Any, inhibited: bool = False) -> Alert:
    return Alert(
        id, "b", "budget", Severity.WARNING, Scope(), "80%", 1, 1, "2026-11", 1, state, NOW,
        fired_at=NOW, inhibited=inhibited,
    )  # fmt: skip


def test_open_alerts_are_listed_the_highest_level_for_the_others() -> None:
    alerts = [alert("a", "firing"), alert("b", "pending"), alert("c", "resolved"), alert("d", "firing", inhibited=True)]

    content: Any = digest(plan(), history([]), [{"name": "b", "spent": "1.00"}], alerts, NOW)

    assert [(a["id"], a["severity"], a["fired_at"]) for a in content["alerts"]] == [
        ("a", "warning", "2026-11-20T08:00:00Z")
    ]
    assert content["budgets"] == [{"name": "b", "spent": "1.00"}]


def test_freshness_tells_of_each_source_the_report_that_is_furthest_behind() -> None:
    began = utc("2026-11-01")
    marks = [
        fresh(NOW),
        Watermark("openai", "usage", began, utc("2026-11-19"), utc("2026-11-19"), "503 from the provider", 3),
        Watermark("azure", "costs", began),
    ]

    assert written(history([], marks))["freshness"] == [
        {"source": "azure", "report": "costs", "complete_to": None, "pulled_at": None, "error": None},
        {
            "source": "openai",
            "report": "usage",
            "complete_to": "2026-11-19T00:00:00Z",
            "pulled_at": "2026-11-19T00:00:00Z",
            "error": "503 from the provider",
        },
    ]


def test_it_names_the_history_that_it_needs() -> None:
    assert plan().needs == Span(utc("2026-11-01"), utc("2026-11-20"))
    assert plan("2026-12-02", "2026-12-03").needs == Span(utc("2026-11-19"), utc("2026-12-03"))
    assert plan("2026-11-01", "2026-12-01").needs == Span(utc("2026-10-02"), utc("2026-12-01"))
    assert plan(zone="Europe/Berlin").covers == Span(utc("2026-11-18T23:00"), utc("2026-11-19T23:00"))
