"""What was spent, as JSON values."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.history import History
from budgetbot.core.match import LabelRule, Match, Patterns
from budgetbot.core.model import Entity
from budgetbot.core.money import NANO
from budgetbot.core.period import Span, day_span
from budgetbot.core.spend import TIMES, SpendQuery, answer
from tests.standins.spend import Spend, fresh, history, series, usd, utc

NOW = utc("2026-11-20T14:00")
MONTH = Span(utc("2026-11-01"), utc("2026-12-01"))
OCTOBER = Span(utc("2026-10-01"), utc("2026-10-21"))


def asked(data: History, *by: str, **more: Any) -> dict[str, Any]:
    query = SpendQuery(**{"span": MONTH, "label": "November 2026", "by": by or ("project",), **more})
    return cast("dict[str, Any]", answer(query, data, "USD", NOW))


def amounts(said: dict[str, Any], name: str) -> list[tuple[str | None, str]]:
    return [("other" if row.get("other") else row["by"][name], row["amount"]) for row in said["rows"]]


def test_the_answer_holds_the_whole_of_the_contract() -> None:
    spent = [usd("2026-11-02", 6, "p1"), Spend(series("p2"), utc("2026-11-19"), NANO, 3 * NANO)]

    said = asked(history(spent, [fresh(NOW)], [Entity("openai", "project", "p1", "research")]))

    assert said == {
        "currency": "USD",
        "total": "10.00",
        "billed": "7.00",
        "estimated": "3.00",
        "low": "7.00",
        "high": "13.00",
        "complete_to": "2026-11-20T14:00:00Z",
        "settled_to": "2026-11-18T00:00:00Z",
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "rows": [
            {
                "by": {"project": "research"},
                "ids": {"project": "p1"},
                "amount": "6.00",
                "billed": "6.00",
                "estimated": "0.00",
                "share": 0.6,
            },
            {
                "by": {"project": "p2"},
                "ids": {"project": "p2"},
                "amount": "4.00",
                "billed": "1.00",
                "estimated": "3.00",
                "share": 0.4,
            },
        ],
        "compare": None,
    }


def test_nothing_known_is_zero_with_no_rows_and_no_watermark() -> None:
    said = asked(history([]), compare=(OCTOBER, "October 2026"))

    assert (said["total"], said["rows"], said["complete_to"], said["settled_to"]) == ("0.00", [], None, None)
    assert said["compare"]["change"] == "0.00"


def test_rows_are_the_dearest_first_and_equal_ones_by_id() -> None:
    said = asked(history([usd("2026-11-01", 1, "b"), usd("2026-11-01", 1, "a"), usd("2026-11-01", 2, "c")]))

    assert amounts(said, "project") == [("c", "2.00"), ("a", "1.00"), ("b", "1.00")]


def test_what_no_project_owns_is_null() -> None:
    said = asked(history([usd("2026-11-01", 1, None)]))

    assert (said["rows"][0]["by"], said["rows"][0]["ids"]) == ({"project": None}, {"project": None})


def test_projects_of_one_name_in_two_accounts_are_two_rows() -> None:
    said = asked(history([usd("2026-11-01", 1, "p", source="eu"), usd("2026-11-01", 2, "p", source="us")]))

    assert amounts(said, "project") == [("p", "2.00"), ("p", "1.00")]


def test_rows_of_nothing_are_left_out_and_credits_are_not() -> None:
    credit = Spend(series("credit"), utc("2026-11-01"), -NANO)

    said = asked(history([usd("2026-11-01", 0, "idle"), usd("2026-11-01", 1, "p1"), credit]))

    assert amounts(said, "project") == [("p1", "1.00"), ("credit", "-1.00")]
    assert [row["share"] for row in said["rows"]] == [None, None]  # of nothing


def test_the_rest_of_the_top_is_one_row() -> None:
    said = asked(history([usd("2026-11-01", n, f"p{n}") for n in (1, 2, 3, 4)]), top=2)

    assert amounts(said, "project") == [("p4", "4.00"), ("p3", "3.00"), ("other", "3.00")]
    assert said["rows"][2] == {"other": True, "amount": "3.00", "billed": "3.00", "estimated": "0.00", "share": 0.3}


def test_there_is_no_rest_where_the_top_is_all() -> None:
    assert amounts(asked(history([usd("2026-11-01", 1)]), top=1), "project") == [("p1", "1.00")]


def test_over_keeps_what_is_above_the_amount() -> None:
    said = asked(history([usd("2026-11-01", n, f"p{n}") for n in (1, 2, 3)]), over=2 * NANO)

    assert amounts(said, "project") == [("p3", "3.00"), ("other", "3.00")]


def test_by_several_dimensions_and_labels() -> None:
    labels = [LabelRule(Match((("project", Patterns(("p1",))),)), (("team", "ml"),))]
    spent = [usd("2026-11-01", 1, "p1", model="a"), usd("2026-11-01", 2, "p2", model="a")]

    said = asked(history(spent, labels=labels), "team", "model")

    assert [row["by"] for row in said["rows"]] == [{"team": None, "model": "a"}, {"team": "ml", "model": "a"}]


def test_only_what_matches_is_counted() -> None:
    only = Match((("project", Patterns(("p2",))),))

    assert asked(history([usd("2026-11-01", 1, "p1"), usd("2026-11-01", 2, "p2")]), match=only)["total"] == "2.00"


def test_days_stand_in_their_order_also_under_a_top() -> None:
    data = history([usd("2026-11-03", 5), usd("2026-11-01", 3), usd("2026-11-02", 1)])

    assert amounts(asked(data, "day"), "day") == [
        ("2026-11-01", "3.00"),
        ("2026-11-02", "1.00"),
        ("2026-11-03", "5.00"),
    ]
    assert amounts(asked(data, "day", top=2), "day") == [
        ("2026-11-01", "3.00"),
        ("2026-11-03", "5.00"),
        ("other", "1.00"),
    ]


def test_a_day_and_its_projects_are_told_together() -> None:
    spent = [usd("2026-11-02", 9, "p1"), usd("2026-11-01", 1, "p1"), usd("2026-11-01", 2, "p2")]

    said = asked(history(spent), "project", "day")

    assert [row["ids"] for row in said["rows"]] == [
        {"project": "p2", "day": "2026-11-01"},
        {"project": "p1", "day": "2026-11-01"},
        {"project": "p1", "day": "2026-11-02"},
    ]


def test_weeks_begin_on_monday() -> None:
    said = asked(history([usd("2026-11-15", 1), usd("2026-11-16", 2)]), "week")

    assert amounts(said, "week") == [("2026-W46", "1.00"), ("2026-W47", "2.00")]


def test_hours_are_told_where_they_are_known_and_a_day_has_none() -> None:
    hour = Spend(series("p1"), utc("2026-11-02T09:00"), NANO, length=timedelta(hours=1))

    said = asked(history([usd("2026-11-01", 5), hour]), "hour")

    assert amounts(said, "hour") == [("2026-11-02T09Z", "1.00"), (None, "5.00")]


def test_a_day_of_a_zone_is_the_day_of_the_bill_that_it_mostly_covers() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = day_span(date(2027, 3, 27), 3, berlin)  # its second day has 23 hours

    said = asked(history([usd(f"2027-03-{d}", d) for d in (26, 27, 28, 29, 30)]), "day", span=spring, zone=berlin)

    assert amounts(said, "day") == [("2027-03-27", "27.00"), ("2027-03-28", "28.00"), ("2027-03-29", "29.00")]


def test_a_comparison_tells_the_other_total_and_the_change() -> None:
    data = history([usd("2026-10-20", 4), usd("2026-10-21", 100), usd("2026-11-01", 1)])

    said = asked(data, compare=(OCTOBER, "1 Oct to 20 Oct 2026"))

    assert said["compare"] == {
        "period": {"start": "2026-10-01T00:00:00Z", "end": "2026-10-21T00:00:00Z"},
        "total": "4.00",
        "change": "-3.00",
    }


def test_other_currencies_are_never_added_and_always_said() -> None:
    euros = Spend(series("p1"), utc("2026-11-01"), 12 * NANO, currency="EUR")

    said = asked(history([usd("2026-11-01", 1), euros]))

    assert (said["total"], said["unconverted"]) == ("1.00", {"EUR": "12.00"})
    assert "unconverted" not in asked(history([usd("2026-11-01", 1)]))


def test_the_needed_history_spans_both_periods_and_the_day_before_whose_bill_may_reach_into_them() -> None:
    query = SpendQuery(MONTH, "November 2026", compare=(OCTOBER, "October 2026"))

    assert query.needs == Span(utc("2026-09-30"), MONTH.end)
    assert SpendQuery(MONTH, "November 2026").needs == Span(utc("2026-10-31"), MONTH.end)


_SPANS = st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 400)).map(
    lambda drawn: day_span(drawn[0], drawn[1], UTC)
)


@given(_SPANS, _SPANS)
def test_the_needed_history_is_the_smallest_that_holds_both(span: Span, other: Span) -> None:
    needs = SpendQuery(span, "", compare=(other, "")).needs

    assert needs.start + timedelta(days=1) in (span.start, other.start)
    assert needs.end in (span.end, other.end)
    assert all(needs.start < one.start and one.end <= needs.end for one in (span, other))


_AMOUNTS = st.integers(-(10**6) * NANO, 10**6 * NANO)
_ROWS = st.lists(
    st.builds(
        Spend,
        st.builds(
            series, st.sampled_from([None, "p1", "p2"]), st.sampled_from(["a", "b"]), model=st.sampled_from("xy")
        ),
        st.integers(-30, 60 * 24).map(lambda hours: MONTH.start + timedelta(hours=hours)),
        _AMOUNTS,
        st.integers(0, 10**15),
        st.sampled_from([timedelta(hours=1), timedelta(days=1)]),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=12,
)
_BY = st.lists(st.sampled_from(["project", "model", "source", "user", *TIMES]), min_size=1, max_size=3, unique=True)


@given(_ROWS, _BY, st.none() | st.integers(1, 4), st.none() | _AMOUNTS)
def test_the_rows_sum_to_the_total_and_the_total_to_the_bill(
    spent: list[Spend], by: list[str], top: int | None, over: int | None
) -> None:
    said = asked(history(spent), *by, top=top, over=over)

    inside = [one for one in spent if one.currency == said["currency"] and one.start + one.length / 2 in MONTH]
    assert Decimal(said["billed"]) * NANO == sum(one.billed for one in inside)
    assert Decimal(said["estimated"]) * NANO == sum(one.estimated for one in inside)
    for column, total in (("amount", "total"), ("billed", "billed"), ("estimated", "estimated")):
        assert sum(Decimal(row[column]) for row in said["rows"]) == Decimal(said[total])
    assert Decimal(said["total"]) == Decimal(said["billed"]) + Decimal(said["estimated"])


@pytest.mark.parametrize("by", TIMES)
def test_every_unit_of_time_tells_the_same_total(by: str) -> None:
    data = history([usd(f"2026-11-{day:02}", day) for day in range(1, 31)])

    assert asked(data, by)["total"] == "465.00"
