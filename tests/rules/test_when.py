from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from budgetbot.core.period import Anchored, Between, Calendar, Rolling
from budgetbot.rules.when import DurationField, PeriodField, ZoneField
from budgetbot.rules.wrong import Way
from tests.rules.refusal import refused

DURATION: TypeAdapter[Any] = TypeAdapter(DurationField)
PERIOD: TypeAdapter[Any] = TypeAdapter(PeriodField)
ZONE: TypeAdapter[Any] = TypeAdapter(ZoneField)

NO_DURATION = " is not a duration; write a number with s, m, h, d or w, such as 10m or 6h"
NO_PERIOD = (
    " is not a period; write one of hour, day, week, month, quarter, year, {rolling: 30d}, "
    "{every: month, from: 15} or {from: 2026-01-01, until: 2026-07-01}"
)
NO_DAY = "a fiscal month begins on a day from 1 to 31; write {every: month, from: 15}"
NO_DATE = " is not a date; write it like 2026-11-20"


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("0m", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("6h", timedelta(hours=6)),
        (" 30d ", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(written: str, length: timedelta) -> None:
    assert DURATION.validate_python(written) == length


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (10, "10" + NO_DURATION),
        ("10", "'10'" + NO_DURATION),
        ("1.5h", "'1.5h'" + NO_DURATION),
        ("-5m", "'-5m'" + NO_DURATION),
        ("10 minutes", "'10 minutes'" + NO_DURATION),
        ("1h30m", "'1h30m'" + NO_DURATION),
        (None, "an empty value" + NO_DURATION),
        ("999999999w", "'999999999w' is longer than ten years; write a shorter duration, such as 30d"),
        ("9999999999w", "'9999999999w'" + NO_DURATION),
    ],
)
def test_what_is_no_duration_is_refused_with_the_right_spelling(written: object, message: str) -> None:
    assert refused(DURATION, written) == [((), message)]


@pytest.mark.parametrize(
    ("written", "period"),
    [
        *((unit, Calendar(unit)) for unit in ("hour", "day", "week", "month", "quarter", "year")),
        ({"rolling": "30d"}, Rolling(timedelta(days=30))),
        ({"rolling": "36h"}, Rolling(timedelta(hours=36))),
        ({"every": "month", "from": 15}, Anchored(15)),
        ({"every": "month", "from": 31}, Anchored(31)),
        ({"from": "2026-01-01", "until": "2026-07-01"}, Between(date(2026, 1, 1), date(2026, 7, 1))),
        ({"from": date(2026, 1, 1), "until": date(2026, 1, 2)}, Between(date(2026, 1, 1), date(2026, 1, 2))),
    ],
)
def test_a_period_is_of_the_calendar_rolling_fiscal_or_one_stretch(written: object, period: object) -> None:
    assert PERIOD.validate_python(written) == period


@pytest.mark.parametrize(
    ("written", "way", "message"),
    [
        ("monthly", (), "'monthly'" + NO_PERIOD),
        (30, (), "30" + NO_PERIOD),
        (None, (), "an empty value" + NO_PERIOD),
        ({"every": "week", "from": 1}, (), "a mapping" + NO_PERIOD),
        ({"rolling": "30d", "from": 1}, (), "a mapping" + NO_PERIOD),
        ({"rolling": "30"}, ("rolling",), "'30'" + NO_DURATION),
        ({"rolling": "0h"}, (), "a rolling period is whole hours or days; write {rolling: 30d} or {rolling: 6h}"),
        ({"rolling": "90m"}, (), "a rolling period is whole hours or days; write {rolling: 30d} or {rolling: 6h}"),
        (
            {"every": "month", "from": 0},
            (),
            NO_DAY,
        ),
        (
            {"every": "month", "from": 32},
            (),
            NO_DAY,
        ),
        ({"from": "2026-02-30", "until": "2026-07-01"}, ("from",), "'2026-02-30'" + NO_DATE),
        ({"from": "2026-01-01", "until": "20260701"}, ("until",), "'20260701'" + NO_DATE),
        ({"from": "2026-01-01", "until": None}, ("until",), "an empty value" + NO_DATE),
        (
            {"from": "0001-01-01", "until": "2026-07-01"},
            ("from",),
            "'0001-01-01' is not a date of this age; write a year from 2000 to 2199",
        ),
        (
            {"from": "2026-07-01", "until": "2026-07-01"},
            (),
            "the period ends before it begins; write an until after from",
        ),
    ],
)
def test_what_is_no_period_is_refused_with_the_right_spelling(written: object, way: Way, message: str) -> None:
    assert refused(PERIOD, written) == [(way, message)]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("Europe/Berln", "'Europe/Berln' is not a time zone; write Europe/Berlin"),
        ("UTC+1", "'UTC+1' is not a time zone; write UTC"),
        ("somewhere", "'somewhere' is not a time zone; write an IANA name such as UTC or Europe/Berlin"),
        ("../etc/passwd", "'../etc/passwd' is not a time zone; write an IANA name such as UTC or Europe/Berlin"),
        (1, "1 is not a time zone; write an IANA name such as UTC or Europe/Berlin"),
    ],
)
def test_what_is_no_time_zone_is_refused_with_the_nearest_name(written: object, message: str) -> None:
    assert refused(ZONE, written) == [((), message)]


def test_a_time_zone_has_an_iana_name() -> None:
    assert ZONE.validate_python("Europe/Berlin").key == "Europe/Berlin"
