from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.policy.schedule import CATCH_UP, due_slot, slots_before
from tests.standins.spend import utc

BERLIN, NEW_YORK, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
WORKDAYS = "0 9 * * mon-fri"
YEAR_START = utc("2026-01-01")


def due(schedule: str, zone: ZoneInfo, since: str, now: str) -> str | None:
    slot = due_slot(schedule, zone, utc(since), utc(now))
    return f"{slot:%Y-%m-%dT%H:%M}" if slot else None


def sent(schedule: str, zone: ZoneInfo, first: datetime, last: datetime, every: timedelta) -> list[str]:
    """The slots of a process that looks every so often and remembers the last one."""
    since, now, slots = first, first, []
    while now <= last:
        slot = due_slot(schedule, zone, since, now)
        if slot is not None:
            slots.append(f"{slot:%m-%dT%H:%M}")
            since = slot.astimezone(utc("2026-01-01").tzinfo)
        now += every
    return slots


def test_a_slot_is_due_at_its_wall_clock_time_and_not_before() -> None:
    assert due(WORKDAYS, BERLIN, "2026-11-19T08:00", "2026-11-20T07:59:59") is None
    assert due(WORKDAYS, BERLIN, "2026-11-19T08:00", "2026-11-20T08:00") == "2026-11-20T09:00"
    assert due(WORKDAYS, BERLIN, "2026-11-19T08:00", "2026-11-20T08:00:01") == "2026-11-20T09:00"


def test_a_slot_that_was_due_is_not_due_again() -> None:
    assert due(WORKDAYS, BERLIN, "2026-11-20T08:00", "2026-11-20T12:00") is None


def test_weekdays_are_kept() -> None:
    assert due(WORKDAYS, BERLIN, "2026-11-20T08:00", "2026-11-22T23:00") is None
    assert due(WORKDAYS, BERLIN, "2026-11-20T08:00", "2026-11-23T08:00") == "2026-11-23T09:00"


@pytest.mark.parametrize("sunday", ["0", "7", "sun"])
def test_numbers_mean_what_cron_means_by_them(sunday: str) -> None:
    assert due(f"0 8 * * {sunday}", UTC_ZONE, "2026-11-20", "2026-11-22T08:30") == "2026-11-22T08:00"
    assert due("0 8 * * 1", UTC_ZONE, "2026-11-20", "2026-11-23T08:30") == "2026-11-23T08:00"


def test_a_digest_that_is_not_known_before_waits_for_its_first_slot() -> None:
    assert due(WORKDAYS, BERLIN, "2026-11-20T08:01", "2026-11-20T08:01") is None
    assert due(WORKDAYS, BERLIN, "2026-11-20T08:01", "2026-11-23T08:00") == "2026-11-23T09:00"


def test_what_was_missed_is_caught_up_with_for_a_day() -> None:
    assert timedelta(hours=24) == CATCH_UP
    assert due("0 9 * * mon", UTC_ZONE, "2026-11-16T09:00", "2026-11-24T08:59") == "2026-11-23T09:00"
    assert due("0 9 * * mon", UTC_ZONE, "2026-11-16T09:00", "2026-11-24T09:00") is None


def test_of_several_missed_slots_only_the_newest_is_due() -> None:
    assert due("0 * * * *", UTC_ZONE, "2026-11-20T03:00", "2026-11-20T09:30") == "2026-11-20T09:00"


def test_a_slot_in_the_hour_that_is_left_out_in_spring_is_due_once_when_the_clock_has_moved() -> None:
    first, last = utc("2026-03-07T12:00"), utc("2026-03-10T12:00")

    slots = sent("30 2 * * *", NEW_YORK, first, last, timedelta(minutes=5))

    assert [slot[:5] for slot in slots] == ["03-08", "03-09", "03-10"]
    assert slots[1:] == ["03-09T02:30", "03-10T02:30"]


def test_a_slot_in_the_hour_that_comes_twice_in_autumn_is_due_once() -> None:
    first, last = utc("2026-10-31T12:00"), utc("2026-11-03T12:00")

    slots = sent("30 1 * * *", NEW_YORK, first, last, timedelta(minutes=5))

    assert slots == ["11-01T01:30", "11-02T01:30", "11-03T01:30"]


def test_midnight_that_does_not_exist_is_due_at_the_start_of_the_day() -> None:
    slots = sent(
        "0 0 * * *", ZoneInfo("Africa/Cairo"), utc("2026-04-22T23:00"), utc("2026-04-25T23:00"), timedelta(minutes=10)
    )

    assert [slot[:5] for slot in slots] == ["04-24", "04-25", "04-26"]


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"]).map(ZoneInfo),
    st.integers(0, 23),
    st.sampled_from([0, 15, 30]),
    st.sampled_from([utc("2026-03-01"), utc("2026-03-25"), utc("2026-04-01"), utc("2026-09-01"), utc("2026-10-20")]),
    st.sampled_from([timedelta(minutes=5), timedelta(minutes=7), timedelta(hours=1), timedelta(hours=5)]),
)
def test_a_daily_slot_is_due_once_a_local_day_through_clock_changes(
    zone: ZoneInfo, hour: int, minute: int, first: datetime, every: timedelta
) -> None:
    slots = sent(f"{minute} {hour} * * *", zone, first, first + timedelta(days=14), every)

    days = [date.fromisoformat(f"2026-{slot[:5]}") for slot in slots]
    assert days == [days[0] + timedelta(days=i) for i in range(len(days))]
    assert len(days) in (13, 14, 15)


def test_the_latest_slots_come_newest_first_in_local_time() -> None:
    slots = slots_before(WORKDAYS, BERLIN, utc("2026-11-23T08:00"), 3)

    assert [f"{slot:%a %d %H:%M %z}" for slot in slots] == [
        "Mon 23 09:00 +0100",
        "Fri 20 09:00 +0100",
        "Thu 19 09:00 +0100",
    ]
    assert slots_before("0 0 29 2 *", UTC_ZONE, YEAR_START, 2) == [utc("2024-02-29"), utc("2020-02-29")]
