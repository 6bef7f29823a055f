"""What is read again of a provider, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Watermark
from budgetbot.core.period import Span
from budgetbot.pulling import HISTORY, Walk, day, initial, plan
from budgetbot.sources import Report
from tests.standins.spend import utc

COSTS, USAGE = Report("costs", "cost"), Report("usage.completions", "usage")
NOW = utc("2026-11-20T09:30")
moments = st.integers(0, 400 * 24 * 60).map(lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes))


def mark(report: Report, complete: str | None, pulled: str | None = None) -> Watermark:
    at = utc(pulled or complete) if pulled or complete else None  # type: ignore[arg-type]
    return Watermark("openai", report.name, utc("2026-01-01"), utc(complete) if complete else None, at)


def spans(walks: list[Walk]) -> list[tuple[str, str, str]]:
    return [(f"{w.span.start:%m-%dT%H:%M}", f"{w.span.end:%m-%dT%H:%M}", w.grain) for w in walks]


def test_a_new_report_of_costs_is_read_for_ninety_days_up_to_tomorrow() -> None:
    assert spans(plan(COSTS, None, NOW)) == [("08-22T00:00", "11-21T00:00", "day")]


def test_a_new_report_of_usage_is_read_by_the_day_and_two_weeks_by_the_hour() -> None:
    assert spans(plan(USAGE, None, NOW)) == [
        ("08-22T00:00", "11-06T00:00", "day"),
        ("11-06T00:00", "11-20T10:00", "hour"),
    ]


def test_a_report_that_was_never_read_whole_is_read_from_the_beginning() -> None:
    assert plan(COSTS, mark(COSTS, None), NOW) == plan(COSTS, None, NOW)


def test_history_since_a_recent_day_is_read_by_the_hour_alone() -> None:
    assert spans(initial(USAGE, utc("2026-11-18"), NOW)) == [("11-18T00:00", "11-20T10:00", "hour")]
    assert spans(initial(COSTS, utc("2026-11-18"), NOW)) == [("11-18T00:00", "11-21T00:00", "day")]
    assert spans(initial(USAGE, utc("2026-11-06"), NOW)) == [("11-06T00:00", "11-20T10:00", "hour")]


def test_through_the_day_the_last_three_days_of_the_bill_are_read_again() -> None:
    assert spans(plan(COSTS, mark(COSTS, "2026-11-20T09:25"), NOW)) == [("11-17T00:00", "11-21T00:00", "day")]


def test_through_the_day_the_last_three_hours_of_usage_are_read_again() -> None:
    done = mark(USAGE, "2026-11-20T09:00", "2026-11-20T09:25")

    assert spans(plan(USAGE, done, NOW)) == [("11-20T06:00", "11-20T10:00", "hour")]


def test_once_a_day_it_goes_back_further() -> None:
    bill, usage = mark(COSTS, "2026-11-19T23:55"), mark(USAGE, "2026-11-19T23:00", "2026-11-19T23:55")

    assert spans(plan(COSTS, bill, NOW)) == [("11-12T00:00", "11-21T00:00", "day")]
    assert spans(plan(USAGE, usage, NOW)) == [("11-17T23:00", "11-20T10:00", "hour")]


@pytest.mark.parametrize(("day", "start"), [(1, "10-01"), (5, "10-01"), (6, "10-29"), (7, "10-30")])
def test_early_in_a_month_the_whole_month_before_is_read_once_a_day(day: int, start: str) -> None:
    now = utc(f"2026-11-{day:02}T09:30")
    yesterday = now - timedelta(days=1)
    known = Watermark("openai", "costs", utc("2026-01-01"), yesterday, yesterday)

    (walk,) = plan(COSTS, known, now)

    assert f"{walk.span.start:%m-%d}" == start
    assert plan(COSTS, Watermark("openai", "costs", utc("2026-01-01"), now, now), now)[0].span.start > walk.span.start


def test_early_in_january_it_is_december_that_is_read() -> None:
    (walk,) = plan(COSTS, mark(COSTS, "2026-12-31T09:00"), utc("2027-01-01T09:00"))

    assert walk.span == Span(utc("2026-12-01"), utc("2027-01-02"))


def test_after_an_outage_it_goes_on_from_where_it_stopped() -> None:
    assert spans(plan(COSTS, mark(COSTS, "2026-11-10T12:00"), NOW)) == [("11-03T00:00", "11-21T00:00", "day")]
    assert spans(plan(USAGE, mark(USAGE, "2026-11-10T12:00"), NOW)) == [("11-08T12:00", "11-20T10:00", "hour")]


@given(st.sampled_from([COSTS, USAGE]), moments, st.one_of(st.none(), st.integers(0, 60 * 24 * 60)))
def test_whatever_is_read_again_leaves_no_gap_and_ends_on_bucket_edges(
    report: Report, now: datetime, behind: int | None
) -> None:
    complete = None if behind is None else now - timedelta(minutes=behind)
    known = Watermark("openai", report.name, utc("2025-01-01"), complete, complete)

    walks = plan(report, known, now)

    assert walks[0].span.start <= (now - HISTORY if complete is None else complete)
    assert all(before.span.end == after.span.start for before, after in pairwise(walks))
    assert now < walks[-1].span.end <= now + timedelta(days=1)
    for walk in walks:
        edges = (walk.span.start, walk.span.end)
        assert all(edge.minute == edge.second == edge.microsecond == 0 for edge in edges)
        assert walk.grain == "hour" or all(edge.hour == 0 for edge in edges)
        assert walk.span.start < walk.span.end


def test_a_new_report_is_read_from_where_the_policy_looks() -> None:
    (walk,) = plan(COSTS, None, NOW, NOW - timedelta(days=300))

    assert walk.span.start == day(NOW - timedelta(days=300))


def test_a_policy_that_looks_less_far_back_leaves_history_as_long_as_it_is() -> None:
    assert plan(COSTS, None, NOW, NOW - timedelta(days=3)) == plan(COSTS, None, NOW)
