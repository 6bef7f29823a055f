from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.period import (
    Anchored,
    Between,
    Calendar,
    Period,
    PeriodSpec,
    Rolling,
    Unit,
    day_span,
    local_midnight,
    month_start,
    previous,
)
from tests.standins.spend import utc

ZONES = [
    "UTC", "America/New_York", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia",
    "Asia/Beirut", "America/Havana", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Chatham",
    "Africa/Casablanca", "Antarctica/Troll", "Europe/Berlin",
]  # fmt: skip
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(2011, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
near_changes = st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds),
    st.sampled_from(
        [
            utc("2026-03-08T07:00"),  # New York, forward
            utc("2026-11-01T06:00"),  # New York, back
            utc("2026-04-23T22:00"),  # Cairo: midnight does not exist
            utc("2026-09-06T04:00"),  # Santiago: midnight does not exist
            utc("2026-04-05T03:00"),  # Santiago: 23:00 comes twice
            utc("2026-04-04T15:00"),  # Lord Howe, half an hour
            utc("2026-03-28T22:00"),  # Beirut: midnight does not exist
            utc("2026-03-08T05:00"),  # Havana: midnight does not exist
            utc("2026-11-01T05:00"),  # Havana: midnight comes twice
            utc("2018-11-04T03:00"),  # Sao Paulo: midnight does not exist
            utc("2011-12-30T10:00"),  # Apia: a day does not exist
        ]
    ),
    st.integers(-90_000, 90_000),
)
specs = st.one_of(st.sampled_from(get_args(Unit)).map(Calendar), st.integers(1, 31).map(Anchored))


@given(specs, zones, st.one_of(moments, near_changes))
def test_periods_follow_each_other_without_gap_or_overlap(spec: PeriodSpec, zone: ZoneInfo, moment: datetime) -> None:
    period = spec.at(moment, zone)

    assert period is not None
    assert moment in period.span
    after = spec.at(period.span.end, zone)
    last = spec.at(period.span.end - timedelta(microseconds=1), zone)
    assert after is not None
    assert last == period
    assert after.span.start == period.span.end
    assert after.key != period.key
    assert spec.at(period.span.start, zone) == period


@given(specs, zones, st.one_of(moments, near_changes))
def test_the_previous_period_ends_where_the_current_one_begins(
    spec: PeriodSpec, zone: ZoneInfo, moment: datetime
) -> None:
    period = spec.at(moment, zone)
    assert period is not None

    before = previous(spec, period, zone)

    assert before is not None
    assert before.span.end == period.span.start
    assert before.span.start < before.span.end


@given(specs, zones, moments, st.integers(1, 500 * 24))
def test_two_moments_have_the_same_key_only_in_the_same_period(
    spec: PeriodSpec, zone: ZoneInfo, moment: datetime, hours: int
) -> None:
    first, second = spec.at(moment, zone), spec.at(moment + timedelta(hours=hours), zone)
    assert first is not None
    assert second is not None

    assert (first.key == second.key) == (first.span == second.span)


@pytest.mark.parametrize(
    ("unit", "key", "start", "end"),
    [
        ("hour", "2026-11-20T13Z", "2026-11-20T13:00", "2026-11-20T14:00"),
        ("day", "2026-11-20", "2026-11-19T23:00", "2026-11-20T23:00"),
        ("week", "2026-W47", "2026-11-15T23:00", "2026-11-22T23:00"),
        ("month", "2026-11", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("quarter", "2026-Q4", "2026-09-30T22:00", "2026-12-31T23:00"),
        ("year", "2026", "2025-12-31T23:00", "2026-12-31T23:00"),
    ],
)
def test_every_unit_is_named_and_has_local_edges(unit: Unit, key: str, start: str, end: str) -> None:
    period = Calendar(unit).at(utc("2026-11-20T13:45"), BERLIN)

    assert (period.key, period.span.start, period.span.end, period.ends) == (key, utc(start), utc(end), True)


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ("2026-12-31", "2026-W53"),
        ("2027-01-01", "2026-W53"),
        ("2027-01-04", "2027-W01"),
        ("2024-12-30", "2025-W01"),
        ("2026-11-16", "2026-W47"),
        ("2026-11-15", "2026-W46"),
    ],
)
def test_weeks_begin_on_monday_and_have_iso_keys_at_the_turn_of_a_year(day: str, key: str) -> None:
    assert Calendar("week").at(utc(day), ZoneInfo("UTC")).key == key


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00", 23),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00", 25),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00", 23),
        ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00", 23),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00", 23),
        ("America/Havana", date(2026, 3, 8), "2026-03-08T05:00", 23),
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), "2026-10-03T13:30", 23.5),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", 24),
    ],
)
def test_a_day_of_a_clock_change_begins_at_its_true_start(zone: str, day: date, begins: str, hours: float) -> None:
    span = day_span(day, 1, ZoneInfo(zone))

    assert span.start == utc(begins)
    assert span.length == timedelta(hours=hours)


def test_a_day_that_a_zone_left_out_has_no_length() -> None:
    assert day_span(date(2011, 12, 30), 1, ZoneInfo("Pacific/Apia")).length == timedelta(0)


def test_a_fiscal_month_is_clamped_from_its_anchor_each_time() -> None:
    zone, moment, starts = ZoneInfo("UTC"), utc("2027-01-31"), []
    for _ in range(5):
        period = Anchored(31).at(moment, zone)
        starts.append((period.key, period.span.start.date()))
        moment = period.span.end

    assert starts == [
        ("from-2027-01-31", date(2027, 1, 31)),
        ("from-2027-02-28", date(2027, 2, 28)),
        ("from-2027-03-31", date(2027, 3, 31)),
        ("from-2027-04-30", date(2027, 4, 30)),
        ("from-2027-05-31", date(2027, 5, 31)),
    ]


def test_a_fiscal_month_over_a_leap_day_and_new_year() -> None:
    zone = ZoneInfo("UTC")

    assert Anchored(30).at(utc("2028-02-29"), zone).key == "from-2028-02-29"
    assert Anchored(15).at(utc("2027-01-14"), zone).key == "from-2026-12-15"
    assert Anchored(15).at(utc("2027-01-15"), zone).key == "from-2027-01-15"


@given(st.integers(1, 90), zones, st.one_of(moments, near_changes))
def test_a_rolling_window_is_whole_local_days_today_included(days: int, zone: ZoneInfo, moment: datetime) -> None:
    period = Rolling(timedelta(days=days)).at(moment, zone)
    today = moment.astimezone(zone).date()

    assert moment in period.span
    assert period.span.end == local_midnight(today + timedelta(days=1), zone)
    assert period.span.start == local_midnight(today - timedelta(days=days - 1), zone)
    assert (period.key, period.ends) == ("rolling", False)


def test_thirty_rolling_days_over_a_clock_change_are_thirty_days_by_the_calendar() -> None:
    span = Rolling(timedelta(days=30)).at(utc("2026-11-20T09:00"), NEW_YORK).span

    assert (span.start, span.end) == (utc("2026-10-22T04:00"), utc("2026-11-21T05:00"))
    assert span.length == timedelta(days=30, hours=1)


def test_rolling_hours_end_with_the_hour_that_is_filling() -> None:
    period = Rolling(timedelta(hours=6)).at(utc("2026-11-20T09:30"), BERLIN)

    assert (period.span.start, period.span.end) == (utc("2026-11-20T04:00"), utc("2026-11-20T10:00"))
    assert not period.ends


def test_a_stretch_between_two_dates_holds_its_first_day_and_not_the_last() -> None:
    stretch = Between(date(2026, 11, 20), date(2026, 11, 28))
    period = Period("2026-11-20..2026-11-28", day_span(date(2026, 11, 20), 8, BERLIN))

    assert stretch.at(utc("2026-11-19T22:59"), BERLIN) is None
    assert stretch.at(utc("2026-11-19T23:00"), BERLIN) == period
    assert stretch.at(utc("2026-11-27T22:59"), BERLIN) == period
    assert stretch.at(utc("2026-11-27T23:00"), BERLIN) is None


def test_what_does_not_repeat_has_no_previous_period() -> None:
    stretch, rolling, now = Between(date(2026, 11, 1), date(2026, 12, 1)), Rolling(timedelta(days=7)), utc("2026-11-20")
    period = stretch.at(now, BERLIN)
    assert period is not None

    assert previous(stretch, period, BERLIN) is None
    assert previous(rolling, rolling.at(now, BERLIN), BERLIN) is None


@pytest.mark.parametrize(("months", "expected"), [(0, (2026, 11)), (1, (2026, 12)), (2, (2027, 1)), (-11, (2025, 12))])
def test_months_are_counted_over_the_turn_of_the_year(months: int, expected: tuple[int, int]) -> None:
    assert month_start(date(2026, 11, 30), months) == date(*expected, 1)


def test_a_span_holds_its_start_and_not_its_end() -> None:
    span = Calendar("day").at(utc("2026-11-20T12:00"), ZoneInfo("UTC")).span

    assert span.start in span
    assert span.end not in span
