"""Whatever is billed and used: sums stay exact, bands hold, and local days and months partition the whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.calibrate import ONE, Calibration, DayRatio
from budgetbot.core.directory import Directory
from budgetbot.core.estimate import Billed, SourceDay, Spent, spend
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.period import Calendar, Period, Unit
from budgetbot.core.pricing import Weight
from tests.standins.usage import DAY, EXACT, INPUT, ITEMS, NEXT, OUTPUT, day, line, sums, used, who

PROJECTS, KEYS = st.sampled_from([None, "p1", "p2"]), st.sampled_from([None, "k1", "k2"])
LINE_ITEMS = st.sampled_from([None, INPUT, OUTPUT, "web search", "gpt-5", "odd"])
MODELS = st.sampled_from([None, "gpt-5", "o3"])
NAMES = st.sampled_from(
    [(INPUT, "gpt-5"), (OUTPUT, "gpt-5"), ("o3, input", "o3"), ("gpt-5, cached input", INPUT, "gpt-5"), ("web search",)]
)


@st.composite
def some_line(draw: st.DrawFn) -> Billed:
    series = who(draw(PROJECTS), draw(KEYS), line_item=draw(LINE_ITEMS), model=draw(MODELS))
    amount = draw(st.integers(-(10**12), 10**14) | st.integers(-5, 5))
    return Billed(series, DAY, NEXT, draw(st.sampled_from(["USD", "USD", "EUR"])), amount)


@st.composite
def some_weight(draw: st.DrawFn, *, hourly: bool = False) -> Weight:
    names, hour = draw(NAMES), draw(st.integers(0, 23) if hourly else st.none() | st.integers(0, 23))
    first = used(names[0], 0, hour)
    amount = draw(st.integers(0, 10**13) | st.integers(0, 3))
    return Weight(who(draw(PROJECTS), draw(KEYS), model=names[-1]), first.start, first.end, names, amount)


@st.composite
def some_ratio(draw: st.DrawFn) -> DayRatio:
    past = DAY - timedelta(days=draw(st.integers(3, 12)))
    money = draw(st.integers(0, 10**12)), draw(st.integers(-(10**12), 10**12))
    return DayRatio(past, draw(PROJECTS), draw(LINE_ITEMS) or "", *money)


@st.composite
def some_day(draw: st.DrawFn) -> SourceDay:
    return day(
        draw(st.lists(some_line(), max_size=10)),
        draw(st.lists(some_weight(), max_size=16)),
        settled=draw(st.booleans()),
        items=draw(st.frozensets(st.sampled_from([*sorted(ITEMS), "gpt-5", "web search", "odd"]))),
        elapsed=draw(st.integers(0, ONE)),
    )


@settings(max_examples=120, deadline=None)
@given(some_day(), st.lists(some_ratio(), max_size=16))
def test_whatever_is_billed_and_used_the_bill_stays_exact_and_the_band_holds_what_is_expected(
    whole: SourceDay, past: list[DayRatio]
) -> None:
    rows = spend(whole, Calibration(past))

    told = sums((row.series, row.currency, row.billed) for row in rows)
    assert told == sums((one.series, one.currency, one.amount) for one in whole.lines)
    assert all(row.estimated >= 0 for row in rows)
    assert all(row.low <= row.billed + row.estimated <= row.high for row in rows)
    assert all(DAY <= row.start < row.end <= NEXT for row in rows)
    if whole.settled:
        assert all(row.estimated == 0 and row.low == row.high == row.billed for row in rows)


@settings(max_examples=60, deadline=None)
@given(some_day())
def test_more_of_the_bill_never_lowers_the_total_and_never_raises_the_estimate(whole: SourceDay) -> None:
    def with_more(cents: int) -> list[Spent]:
        more = Billed(who("p1", line_item=INPUT), DAY, NEXT, "USD", cents * 10**7)
        whole_bill = [*(one._replace(currency="USD") for one in whole.lines), more]
        return spend(day(whole_bill, whole.weights, items=ITEMS), EXACT)

    before, after = with_more(100), with_more(200)

    assert sum(r.estimated for r in after) <= sum(r.estimated for r in before)
    assert sum(r.billed + r.estimated for r in after) >= sum(r.billed + r.estimated for r in before)


ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Havana",
]  # fmt: skip


def history_of(rows: list[Spent]) -> History:
    def ints(values: Iterable[int]) -> np.typing.NDArray[np.int64]:
        return np.array(list(values), dtype=np.int64)

    known = list(dict.fromkeys(row.series for row in rows))
    columns = {name: ints(getattr(row, name) for row in rows) for name in ("billed", "estimated", "low", "high")}
    facts = Facts(
        series=ints(known.index(row.series) for row in rows),
        start=ints(micros(row.start) for row in rows),
        end=ints(micros(row.end) for row in rows),
        currency=ints(0 for _ in rows),
        **columns,
    )
    return History(known, ("USD",), facts, (), Directory())


def periods(unit: Unit, zone: ZoneInfo, first: datetime, until: datetime) -> list[Period]:
    """Every period of a calendar that meets the stretch."""
    calendar = Calendar(unit)
    found = [calendar.at(first, zone)]
    while found[-1].span.end < until:
        found.append(calendar.at(found[-1].span.end, zone))
    return found


def shifted(rows: list[Spent], start: datetime) -> list[Spent]:
    return [row._replace(start=row.start - DAY + start, end=row.end - DAY + start) for row in rows]


# Days around which clocks change somewhere, months that end, and a leap day.
FIRSTS = st.sampled_from([(2026, 3, 6), (2026, 3, 27), (2026, 4, 3), (2026, 10, 2), (2026, 10, 23), (2028, 2, 27)])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    FIRSTS,
    st.sampled_from(["day", "week", "month"]),
    st.lists(st.tuples(st.lists(some_line(), max_size=4), st.lists(some_weight(), max_size=6)), min_size=1, max_size=6),
)
def test_consecutive_local_periods_partition_the_total_exactly_whatever_the_clocks_do(
    zone: str, first: tuple[int, int, int], unit: Unit, days: list[tuple[list[Billed], list[Weight]]]
) -> None:
    begin = datetime.combine(date(*first), datetime.min.time(), tzinfo=UTC)
    rows: list[Spent] = []
    for n, (lines, weights) in enumerate(days):
        dollars = [one._replace(currency="USD") for one in lines]
        rows += shifted(spend(day(dollars, weights), EXACT), begin + timedelta(days=n))
    group = history_of(rows).group(EVERYTHING)
    whole = periods(unit, ZoneInfo(zone), begin - timedelta(days=1), begin + timedelta(days=len(days) + 1))

    parts = [sum(total.spent for total in group.totals(period.span, "USD")) for period in whole]

    assert sum(parts) == sum(row.billed + row.estimated for row in rows)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(some_line(), max_size=4), st.lists(some_weight(), max_size=6)), max_size=5))
def test_in_utc_nothing_is_split_each_day_is_the_bill_of_that_day(
    days: list[tuple[list[Billed], list[Weight]]],
) -> None:
    starts = [DAY + timedelta(days=n) for n in range(len(days))]
    rows: list[Spent] = []
    for start, (lines, weights) in zip(starts, days, strict=True):
        rows += shifted(spend(day([one._replace(currency="USD") for one in lines], weights), EXACT), start)
    group = history_of(rows).group(EVERYTHING)

    for start, (lines, _) in zip(starts, days, strict=True):
        period = Calendar("day").at(start, ZoneInfo("UTC"))
        assert sum(total.billed for total in group.totals(period.span, "USD")) == sum(one.amount for one in lines)


def test_a_local_day_is_cut_from_the_bill_by_the_hours_in_which_it_was_used() -> None:
    # In March New York's day begins at 4:00 UTC once its clocks have changed: three of the four dollars are its own.
    weights = [used(INPUT, 1, 3), used(INPUT, 1, 4), used(INPUT, 2, 23)]
    group = history_of(spend(day([line(INPUT, 4)], weights, settled=True), EXACT)).group(EVERYTHING)

    period = Calendar("day").at(DAY + timedelta(hours=12), ZoneInfo("America/New_York"))

    assert period.key == "2026-03-10"
    assert [total.billed for total in group.totals(period.span, "USD")] == [3 * NANO]


@pytest.mark.parametrize(
    ("zone", "hours", "mine"),
    [
        ("Asia/Kolkata", 18, "2026-03-11"),  # 18:00 to 19:00 UTC: its middle is midnight there, which begins a day
        ("Asia/Kolkata", 17, "2026-03-10"),
        ("Asia/Kathmandu", 18, "2026-03-11"),
        ("America/New_York", 3, "2026-03-09"),
        ("America/New_York", 4, "2026-03-10"),
    ],
)
def test_an_hour_belongs_to_the_local_day_that_holds_its_middle(zone: str, hours: int, mine: str) -> None:
    group = history_of(spend(day(weights=[used(INPUT, 1, hours)]), EXACT)).group(EVERYTHING)
    days = periods("day", ZoneInfo(zone), DAY - timedelta(days=1), NEXT + timedelta(days=1))

    assert [one.key for one in days if any(t.spent for t in group.totals(one.span, "USD"))] == [mine]
