"""What is foretold of a period's end: the total, its band, the chance to reach an amount, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.columns import DAYS, HOURLY_DAYS, Columns
from budgetbot.core.forecast import Forecast, columns, forecast
from budgetbot.core.history import Ints
from budgetbot.core.instant import micros
from budgetbot.core.money import NANO
from budgetbot.core.period import Anchored, Between, Calendar, PeriodSpec, Rolling

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 9, 11, 12, tzinfo=UTC)  # a Friday; 10 days and a half of September are over
MONTH = Calendar("month")
days_of_spend = st.lists(st.integers(0, 10**15), min_size=DAYS + 1, max_size=DAYS + 1)


def grid(now: datetime = NOON, period: PeriodSpec = MONTH, zone: ZoneInfo | None = None) -> Columns:
    found = period.at(now, zone or UTC)
    assert found is not None
    cols = columns(found, now, zone or UTC)
    assert cols is not None
    return cols


def row(*values: float) -> list[int]:
    """The last days in dollars, the open one last; before them nothing."""
    return [0] * (DAYS + 1 - len(values)) + [round(value * NANO) for value in values]


def told(days: Sequence[int], spent: int | None = None, now: datetime = NOON) -> Forecast:
    cols = grid(now)
    begun = sum(span.start >= cols.period.start for span in cols.spans)
    return forecast(np.array([days]), [sum(days[-begun:]) if spent is None else spent], cols)[0]


def noisy(seed: int, days: int = DAYS, level: float = 100.0) -> list[int]:
    rng = np.random.default_rng(seed)
    return row(*(level * np.exp(rng.normal(0, 0.2, days))).tolist(), level / 2)


def test_a_flat_past_goes_on_as_it_was() -> None:
    seen = told(row(*[100] * DAYS, 50))

    assert seen.spent == 1050 * NANO
    assert seen.expected == pytest.approx(3000 * NANO, rel=0.001)
    assert 2400 * NANO < seen.low < seen.expected < seen.high < 3700 * NANO
    assert (seen.days, seen.enough) == (DAYS, True)


def test_a_weekend_neither_raises_nor_drops_the_forecast_of_an_office() -> None:
    usual = [100 if span.start.weekday() < 5 else 10 for span in grid(datetime(2026, 9, 21, tzinfo=UTC)).spans]
    moments = [datetime(2026, 9, day, tzinfo=UTC) for day in (11, 12, 13, 14, 15, 18, 21)]
    ends = []
    for now in moments:
        past = [100 if span.start.weekday() < 5 else 10 for span in grid(now).spans[:-1]]
        ends.append(told(row(*past, 0), now=now).expected / NANO)

    assert set(usual) == {10, 100}
    assert max(ends) < min(ends) * 1.02
    assert ends == pytest.approx([22 * 100 + 8 * 10] * len(ends), rel=0.03)


def test_a_step_a_few_days_ago_raises_the_forecast_and_widens_its_band() -> None:
    before, after = told(row(*[100] * DAYS, 50)), told(row(*[100] * (DAYS - 4), *[300] * 4, 150))

    assert after.expected - after.spent > (before.expected - before.spent) * 1.5
    assert after.high - after.low > before.high - before.low


def test_one_dear_day_is_not_taken_for_a_new_level() -> None:
    calm, burst = told(row(*[100] * DAYS, 50)), told(row(*[100] * (DAYS - 3), 3000, 100, 100, 50))

    assert burst.expected - burst.spent < (calm.expected - calm.spent) * 1.6


def test_growth_is_carried_on_with_care() -> None:
    grown = [100 * 1.02**n for n in range(DAYS)]
    seen = told(row(*grown, grown[-1] / 2))
    flat = grown[-1] * 19.5

    assert flat < (seen.expected - seen.spent) / NANO < flat * 1.3


def test_what_has_ended_brings_nothing_more() -> None:
    seen = told(row(*[100] * (DAYS - 8), *[0] * 8, 0))

    assert (seen.expected - seen.spent) / NANO < 30  # of 1,950
    assert seen.low == seen.spent
    assert seen.p_over(seen.spent + 1000 * NANO) < 0.05


def test_a_scope_without_spend_is_foretold_nothing_and_reaches_nothing() -> None:
    seen = told(row(0))

    assert (seen.spent, seen.expected, seen.low, seen.high, seen.days) == (0, 0, 0, 0, 0)
    assert seen.p_over(1) == 0.0
    assert seen.exhausted_at(1) == (None, None, None)
    assert not seen.enough


def test_a_weekly_job_is_expected_once_a_week() -> None:
    seen = told(row(*[70 if span.start.weekday() == 0 else 0 for span in grid().spans]))

    assert (seen.expected - seen.spent) / NANO == pytest.approx(3 * 70, rel=0.15)  # the 14th, the 21st and the 28th
    assert seen.low > seen.spent


def test_first_spend_today_goes_on_at_its_pace_with_a_wide_band_and_no_evidence() -> None:
    seen = told(row(50))

    assert seen.expected == pytest.approx((50 + 19.5 * 100) * NANO, rel=0.02)
    assert seen.high - seen.spent > 2 * (seen.expected - seen.spent)
    assert (seen.days, seen.enough) == (0, False)


@pytest.mark.parametrize(
    ("past", "now", "enough"),
    [
        ([1] * 7, NOON, True),
        ([1] * 6, NOON, False),
        ([1, 0, 1, 0, 0, 1, 1], NOON, True),
        ([1, 0, 1, 0, 0, 0, 1], NOON, False),
        ([1] * 13, datetime(2026, 9, 3, tzinfo=UTC), False),
        ([1] * 14, datetime(2026, 9, 3, tzinfo=UTC), True),
        ([1] * 13, datetime(2026, 9, 4, tzinfo=UTC), True),
    ],
)
def test_evidence_is_seven_days_with_spend_on_four_and_a_tenth_of_the_period_or_fourteen_days(
    past: list[int], now: datetime, enough: bool
) -> None:
    assert told(row(*past, 0), now=now).enough is enough


def test_planned_days_are_left_out_of_what_is_usual() -> None:
    days = row(*[100] * (DAYS - 5), *[900] * 5, 50)
    planned = np.zeros(DAYS + 1, dtype=np.bool_)
    planned[-6:-1] = True

    seen = forecast(np.array([days]), [0], grid(), planned)[0]

    assert seen.expected == pytest.approx(1950 * NANO, rel=0.01)
    assert seen.days == DAYS - 5


@settings(max_examples=30)
@given(days_of_spend, st.integers(0, 10**15), st.integers(1, 10**15), st.integers(1, 10**16))
def test_more_spent_never_lowers_anything(days: list[int], spent: int, more: int, amount: int) -> None:
    less, now = told(days, spent), told(days, spent + more)

    assert (now.low - less.low, now.expected - less.expected, now.high - less.high) == (more, more, more)
    assert now.p_over(amount) >= less.p_over(amount)


@settings(max_examples=30)
@given(days_of_spend, st.integers(0, 10**15), st.lists(st.integers(-(10**15), 10**17), min_size=2))
def test_the_chance_to_reach_an_amount_falls_as_the_amount_rises(
    days: list[int], spent: int, amounts: list[int]
) -> None:
    seen = told(days, spent)
    chances = [seen.p_over(amount) for amount in sorted(amounts)]

    assert chances == sorted(chances, reverse=True)
    assert all(0.0 <= chance <= 1.0 for chance in chances)
    assert seen.p_over(spent) == seen.p_over(spent - 1) == 1.0


@settings(max_examples=30)
@given(days_of_spend, st.integers(0, 10**15))
def test_the_band_holds_the_expected_value_and_never_begins_below_what_is_spent(days: list[int], spent: int) -> None:
    seen = told(days, spent)

    assert spent <= seen.low <= seen.expected <= seen.high


@settings(max_examples=30)
@given(days_of_spend, st.integers(0, 10**15), st.sampled_from([2, 10, 1000]))
def test_twice_the_money_is_twice_the_forecast(days: list[int], spent: int, times: int) -> None:
    one, more = told(days, spent), told([day * times for day in days], spent * times)

    whole = [min(value * times, 2**63 - 1) for value in (one.low, one.expected, one.high)]
    close = pytest.approx(whole, rel=1e-6, abs=2 * times)
    assert [more.low, more.expected, more.high] == close
    assert more.p_over(one.high * times + times) == pytest.approx(one.p_over(one.high + 1), abs=1e-3)
    assert (more.days, more.enough) == (one.days, one.enough)


@settings(max_examples=25)
@given(st.lists(days_of_spend, min_size=2, max_size=4))
def test_a_scope_is_foretold_the_same_alone_and_among_others(scopes: list[list[int]]) -> None:
    together = forecast(np.array(scopes), [0] * len(scopes), grid())

    alone = [told(days, 0) for days in scopes]
    for one, other in zip(together, alone, strict=True):
        assert [one.low, one.expected, one.high] == pytest.approx(
            [other.low, other.expected, other.high], rel=1e-9, abs=2
        )
        assert one.p_over(10**15) == pytest.approx(other.p_over(10**15))


def test_the_same_past_gives_the_same_forecast() -> None:
    assert told(noisy(1)) == told(noisy(1))
    assert told(noisy(1)) != told(noisy(2))


def test_no_scopes_no_forecasts() -> None:
    assert forecast(np.zeros((0, DAYS + 1), dtype=np.int64), [], grid()) == []


def test_the_band_holds_nineteen_of_twenty_ends_and_the_chances_are_met() -> None:
    rng = np.random.default_rng(7)
    whole = np.rint(np.exp(rng.normal(0, 0.35, (400, DAYS + 20))) * 100 * NANO).astype(np.int64)
    now = datetime(2026, 9, 11, tzinfo=UTC)
    final = whole[:, DAYS - 10 :].sum(axis=1).tolist()
    known = np.concatenate((whole[:, :DAYS], np.zeros((400, 1), dtype=np.int64)), axis=1)

    seen = forecast(known, whole[:, DAYS - 10 : DAYS].sum(axis=1).tolist(), grid(now))

    held = [one.low <= end <= one.high for one, end in zip(seen, final, strict=True)]
    above = [end >= one.expected for one, end in zip(seen, final, strict=True)]
    assert np.mean(held) > 0.94
    assert 0.4 < np.mean(above) < 0.6


def test_an_amount_is_reached_when_the_expected_course_passes_it() -> None:
    seen = told(row(*[100] * DAYS, 50))

    expected, earliest, latest = seen.exhausted_at(2100 * NANO)

    assert expected is not None
    assert earliest is not None
    assert latest is not None
    assert abs(expected - datetime(2026, 9, 22, tzinfo=UTC)) < timedelta(minutes=5)
    assert earliest < expected < latest


def test_what_is_only_reached_on_the_high_course_has_an_earliest_moment_alone() -> None:
    seen = told(noisy(3))
    amount = (seen.expected + seen.high) // 2

    expected, earliest, latest = seen.exhausted_at(amount)

    assert (expected, latest) == (None, None)
    assert earliest is not None
    assert NOON < earliest <= grid().period.end
    assert seen.exhausted_at(seen.high + 1) == (None, None, None)


def test_what_is_reached_already_is_reached_now() -> None:
    assert told(noisy(3), spent=10).exhausted_at(10) == (NOON, NOON, NOON)


def test_once_the_period_is_over_all_is_known() -> None:
    month = MONTH.at(NOON, UTC)
    cols = columns(month, month.span.end, UTC)
    assert cols is not None

    seen = forecast(np.array([noisy(1)]), [5 * NANO], cols)[0]

    assert seen.low == seen.expected == seen.high == 5 * NANO
    assert (seen.p_over(5 * NANO), seen.p_over(5 * NANO + 1)) == (1.0, 0.0)


def test_credits_of_the_past_are_no_negative_spend_to_come() -> None:
    days = noisy(1)
    days[-3] = -(10**15)

    assert told(days).expected > told(days).spent


@pytest.mark.parametrize("period", [Rolling(timedelta(days=30)), Calendar("hour")])
def test_rolling_windows_and_single_hours_have_no_forecast(period: PeriodSpec) -> None:
    found = period.at(NOON, UTC)
    assert found is not None

    assert columns(found, NOON, UTC) is None


@pytest.mark.parametrize(
    ("period", "ahead"),
    [
        (Calendar("week"), 3),
        (MONTH, 20),
        (Calendar("quarter"), 20),
        (Calendar("year"), 20 + 31 + 30 + 31),
        (Anchored(15), 4),
        (Between(date(2026, 9, 1), date(2026, 9, 13)), 2),
    ],
)
def test_what_is_left_of_a_period_is_today_and_the_days_after_it(period: PeriodSpec, ahead: int) -> None:
    cols = grid(period=period)

    assert len(cols.spans) == DAYS + 1
    assert cols.spans[-1].start == NOON.replace(hour=0)
    assert len(cols.ahead) == ahead
    assert cols.left.tolist() == [0.5, *[1.0] * (ahead - 1)]


def test_days_are_local_days_also_when_the_clock_changes() -> None:
    cols = grid(datetime(2026, 10, 24, 10, tzinfo=UTC), zone=BERLIN)

    assert cols.spans[-1].start == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert cols.ahead[1].length == timedelta(hours=25)
    assert cols.ahead[-1].end == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_a_bucket_counts_in_the_column_that_holds_its_middle() -> None:
    cols = grid(zone=BERLIN)
    utc_day = NOON.replace(hour=0)

    assert cols.place(micros(utc_day), micros(utc_day + timedelta(days=1))) == DAYS
    assert cols.place(micros(utc_day - timedelta(hours=2)), micros(utc_day - timedelta(hours=1))) == DAYS
    assert cols.place(micros(utc_day - timedelta(hours=3)), micros(utc_day - timedelta(hours=2))) == DAYS - 1
    assert cols.place(micros(utc_day), micros(utc_day + timedelta(days=2))) == -1
    assert cols.place(micros(utc_day - timedelta(days=60)), micros(utc_day - timedelta(days=59))) == -1


def office_hours(now: datetime) -> tuple[Columns, Ints, int]:
    """100 dollars a day, all between 8 and 18 o'clock; a tenth of it at weekends."""
    cols = grid(now, Calendar("day"), BERLIN)
    local = [span.start.astimezone(BERLIN) for span in cols.spans]
    hours = [10 * NANO // (10 if at.weekday() >= 5 else 1) if 8 <= at.hour < 18 else 0 for at in local]
    hours[-1] = 0
    today = sum(h for h, span in zip(hours, cols.spans, strict=True) if span.start >= cols.period.start)
    return cols, np.array([hours]), today


def test_a_day_is_foretold_by_its_hours() -> None:
    for now, spent, whole in ((10, 20, 100), (16, 80, 100), (20, 100, 100)):
        cols, hours, today = office_hours(datetime(2026, 9, 11, now, tzinfo=BERLIN).astimezone(UTC))
        seen = forecast(hours, [today], cols)[0]

        assert len(cols.spans) == HOURLY_DAYS * 24 + 1
        assert seen.spent == spent * NANO
        assert seen.expected == pytest.approx(whole * NANO, rel=0.08)
        assert seen.enough
    cols, hours, today = office_hours(datetime(2026, 9, 12, 10, tzinfo=BERLIN).astimezone(UTC))
    assert forecast(hours, [today], cols)[0].expected < 30 * NANO


def test_a_day_is_not_spoken_of_before_a_third_of_it_is_over() -> None:
    for hour, enough in ((7, False), (8, True)):
        cols, hours, today = office_hours(datetime(2026, 9, 11, hour, tzinfo=BERLIN).astimezone(UTC))

        assert forecast(hours, [today], cols)[0].enough is enough


def test_a_bucket_longer_than_an_hour_counts_in_no_hour() -> None:
    cols = grid(NOON, Calendar("day"))

    assert cols.place(micros(NOON), micros(NOON + timedelta(hours=1))) == HOURLY_DAYS * 24
    assert cols.place(micros(NOON - timedelta(hours=12)), micros(NOON + timedelta(hours=12))) == -1


def test_a_day_known_by_whole_days_alone_follows_the_shape_of_a_day() -> None:
    period = Calendar("day").at(NOON, UTC)
    shape = tuple(float(8 <= hour < 18) for hour in range(24))
    even, shaped = columns(period, NOON, UTC, False), columns(period, NOON, UTC, False, shape)
    assert even is not None
    assert shaped is not None
    days = np.array([row(*[100] * DAYS, 40)])

    without, known = (forecast(days, [40 * NANO], cols)[0] for cols in (even, shaped))

    assert without.expected == pytest.approx(85 * NANO, rel=0.01)  # usually 50 more, at its pace 40
    assert known.expected == pytest.approx(100 * NANO, rel=0.01)
    assert known.high - known.low < (without.high - without.low) / 2
    assert (without.enough, known.enough) == (False, True)


def test_a_day_of_unknown_shape_is_spoken_of_only_while_all_of_it_is_to_come() -> None:
    days = np.array([row(*[100] * DAYS, 0)])
    for hour, enough in ((0, True), (6, False), (20, False)):
        now = NOON.replace(hour=hour)
        cols = columns(Calendar("day").at(now, UTC), now, UTC, False)
        assert cols is not None
        assert forecast(days, [0], cols)[0].enough is enough
