"""Hours of the week, by a local clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.window import Window
from tests.standins.spend import utc

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(7))
NIGHT = Window("night", BERLIN, frozenset({4}), time(22), time(7))  # Friday nights
OFFICE = Window("office", BERLIN, frozenset(range(5)), time(9), time(17))


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2026-11-20T20:59", False),  # Friday, 21:59 in Berlin
        ("2026-11-20T21:00", True),
        ("2026-11-21T05:59", True),  # Saturday, 06:59: the night of Friday
        ("2026-11-21T06:00", False),
        ("2026-11-21T21:30", False),  # Saturday night is another one
        ("2026-11-20T05:59", False),  # Friday morning is the night of Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: str, holds: bool) -> None:
    assert NIGHT.holds(utc(moment)) is holds


@pytest.mark.parametrize(
    ("moment", "holds"),
    [("2026-11-20T08:00", True), ("2026-11-20T16:00", False), ("2026-11-21T10:00", False), ("2026-07-20T07:00", True)],
)
def test_hours_follow_the_local_clock_summer_and_winter(moment: str, holds: bool) -> None:
    assert OFFICE.holds(utc(moment)) is holds


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001
def test_equal_times_are_the_whole_day(moment: datetime) -> None:
    whole = Window("always", BERLIN, EVERY_DAY, time(), time())

    assert whole.holds(moment.replace(tzinfo=UTC))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.times(), st.times())  # noqa: DTZ001
def test_a_window_and_the_one_from_its_end_to_its_start_share_no_moment_and_leave_none_out(
    moment: datetime, start: time, end: time
) -> None:
    now = moment.replace(tzinfo=UTC)
    one, other = (Window("w", BERLIN, EVERY_DAY, *hours) for hours in ((start, end), (end, start)))

    if start != end:
        assert one.holds(now) != other.holds(now)


def test_the_hour_that_a_spring_night_skips_is_no_hole() -> None:
    night = Window("night", BERLIN, EVERY_DAY, time(22), time(7))

    begin = utc("2026-03-28T21:00")
    assert all(night.holds(begin + timedelta(minutes=30 * i)) for i in range(16))  # eight hours by the sun
    assert not night.holds(begin + timedelta(hours=8))
