"""A chart of what evidence holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.money import NANO
from budgetbot.core.unit import Unit
from budgetbot.notifiers.chart import Chart, Point, digest_chart, trend_of
from tests.notifiers.samples import PROSPECT


def told(points: Any, unit: Any = "day", **more: Any) -> Chart | None:
    return trend_of({"currency": "USD", "trend": {"unit": unit, "points": points, "line": None}, **more})


def test_a_trend_has_a_bar_for_each_point_and_a_line() -> None:
    chart = trend_of(PROSPECT)

    assert chart is not None
    assert (chart.title, chart.unit, chart.line, len(chart.points)) == ("Spent by day", Unit("USD"), 500 * NANO, 14)
    assert chart.points[0] == Point("8 Nov", 64 * NANO + 300_000_000)


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2026-11-21T00:00:00Z", "21 Nov"),
        ("2026-11-21T00:00:00+01:00", "21 Nov"),
        ("2026-11-20T23:00:00Z", "21 Nov"),  # midnight in Berlin
        ("2026-11-20T11:00:00Z", "21 Nov"),  # in Auckland
        ("2026-11-21T10:00:00Z", "21 Nov"),  # in Honolulu
    ],
)
def test_a_day_is_named_as_in_the_time_zone_that_it_begins_in(start: str, day: str) -> None:
    chart = told([[start, "1.00"]])

    assert chart is not None
    assert chart.points[0].label == day


def test_hours_are_named_with_their_day() -> None:
    chart = told([["2026-11-21T07:00:00Z", "1.00"]], "hour")

    assert chart is not None
    assert (chart.title, chart.points[0].label) == ("Spent by hour", "21 Nov 07:00")


def test_a_usage_budget_counts() -> None:
    chart = told([["2026-11-21T07:00:00Z", "8400"]], metric="images")

    assert chart is not None
    assert chart.told() == "Used by day: ▇ 21 Nov, at most 8,400 images"


@pytest.mark.parametrize(
    "trend",
    [
        None, "x", {}, {"unit": "day"}, {"unit": "day", "points": []},
        {"unit": "week", "points": [["2026-11-21", "1"]]},
        {"unit": "day", "points": [["yesterday", "1"]]}, {"unit": "day", "points": [["2026-11-21", 0.1]]},
        {"unit": "day", "points": [["2026-11-21"]]}, {"unit": "day", "points": ["x"]},
        {"unit": "day", "points": [["2026-11-21", "0.00"]]},
    ],
)  # fmt: skip
def test_what_is_no_trend_or_nothing_to_see_is_no_chart(trend: Any) -> None:
    assert trend_of({"trend": trend}) is None


def test_only_the_last_twenty_points_are_shown() -> None:
    chart = digest_chart([(str(i), i * NANO) for i in range(31)], "EUR")

    assert chart is not None
    assert [point.label for point in chart.points] == [str(i) for i in range(11, 31)]
    assert digest_chart([], "EUR") is None


@given(st.lists(st.integers(-NANO, 10**15), min_size=1, max_size=20))
def test_a_sparkline_rises_where_the_amounts_do(amounts: list[int]) -> None:
    line = Chart("x", Unit("USD"), tuple(Point(str(i), amount) for i, amount in enumerate(amounts))).sparkline()

    assert len(line) == len(amounts)
    for i, one in enumerate(amounts):
        for j, other in enumerate(amounts):
            assert one > other or line[i] <= line[j]
    if max(amounts) > 0:
        assert line[amounts.index(max(amounts))] == "▇"
