"""Spend as it became known: what is kept of it, from when on it counts as known, and what is read of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

from budgetbot.core.directory import Directory
from budgetbot.core.estimate import Spent
from budgetbot.core.instant import from_micros
from budgetbot.core.model import Entity, Series
from budgetbot.core.past import Changes, Past, PastMark
from budgetbot.core.period import Span
from budgetbot.store import Store
from budgetbot.store.changes import whole_hour
from tests.store.known import current, known
from tests.store.samples import DAY, EVER, HOUR, LAG, MINUTE, SOURCE, TODAY, costs, series, usage

_sources = count(1)
NOON = TODAY + 12 * HOUR
on_one_store = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def spent(amount: int, start: datetime = TODAY, width: timedelta = HOUR, project: str = "a", **more: object) -> Spent:
    """A derived row: so much is billed, and half of it more is expected."""
    source, currency = str(more.get("source", SOURCE)), str(more.get("currency", "USD"))
    one = Series("openai", source, project=project)
    return Spent(one, start, start + width, currency, amount, amount // 2, amount, 2 * amount)


def put(store: Store, rows: Sequence[Spent], now: datetime, day: datetime = TODAY, source: str = SOURCE) -> None:
    store.days.put(source, day, rows, [], now, settled=False)


def past(store: Store, span: Span = EVER, leave_out: Sequence[str] = ()) -> Past:
    return store.ledger.past(span, Directory(), leave_out)


def billed(told: Past, at: datetime) -> int:
    return sum(sums[0] for sums in known(told, at).values())


def moments(told: Past) -> list[tuple[datetime, int, bool]]:
    """When how much more was known, and whether that is assumed."""
    c = told.changes
    return [(from_micros(int(at)), int(n), bool(a)) for at, n, a in zip(c.at, c.billed, c.assumed, strict=True)]


def test_a_change_counts_as_known_from_the_next_whole_hour_on(store: Store) -> None:
    put(store, [spent(5, NOON)], NOON + MINUTE)
    put(store, [spent(7, NOON)], NOON + HOUR)
    put(store, [spent(9, NOON)], NOON + HOUR + 20 * MINUTE)
    put(store, [spent(12, NOON)], NOON + HOUR + 40 * MINUTE)

    hours = (NOON, NOON + HOUR - MINUTE, NOON + HOUR, NOON + 2 * HOUR - MINUTE, NOON + 2 * HOUR)
    assert [billed(past(store), at) for at in hours] == [0, 0, 7, 7, 12]
    assert moments(past(store)) == [(NOON + HOUR, 7, False), (NOON + 2 * HOUR, 5, False)]


def test_nothing_is_kept_where_nothing_differs(store: Store) -> None:
    put(store, [spent(5, NOON), spent(3, NOON, project="b")], NOON)
    before = moments(past(store))

    put(store, [spent(3, NOON, project="b"), spent(2, NOON), spent(3, NOON)], NOON + HOUR)

    assert moments(past(store)) == before
    with store._database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM spend_change").scalar() == 1


def test_what_comes_and_goes_within_an_hour_leaves_no_trace(store: Store) -> None:
    put(store, [spent(5, NOON)], NOON)
    put(store, [spent(5, NOON), spent(4, NOON, project="b")], NOON + 5 * MINUTE)
    put(store, [spent(5, NOON)], NOON + 10 * MINUTE)

    assert moments(past(store)) == [(NOON, 5, False)]


def test_a_row_that_vanished_is_known_until_then(store: Store) -> None:
    put(store, [spent(5, NOON), spent(3, NOON, project="b")], NOON)
    put(store, [spent(3, NOON, project="b")], NOON + 3 * HOUR)

    assert [billed(past(store), at) for at in (NOON, NOON + 2 * HOUR, NOON + 3 * HOUR)] == [8, 8, 3]


@pytest.mark.parametrize(
    ("width", "now", "at", "assumed"),
    [
        (HOUR, TODAY + 3 * HOUR, TODAY + 3 * HOUR, False),
        (HOUR, TODAY + 3 * HOUR + MINUTE, TODAY + HOUR, True),
        (DAY, TODAY + 2 * DAY, TODAY + 2 * DAY, False),
        (DAY, TODAY + 2 * DAY + MINUTE, TODAY + 2 * DAY, True),
        (DAY, TODAY + 30 * DAY, TODAY + 2 * DAY, True),
    ],
)
def test_history_that_is_read_late_counts_as_known_when_such_buckets_usually_are(
    store: Store, width: timedelta, now: datetime, at: datetime, assumed: bool
) -> None:
    put(store, [spent(5, TODAY, width)], now)

    assert moments(past(store)) == [(at, 5, assumed)]


def test_late_history_that_changes_afterwards_is_told_with_both(store: Store) -> None:
    put(store, [spent(5, TODAY), spent(4, NOON)], NOON)
    put(store, [spent(4, NOON)], NOON + DAY)

    assert moments(past(store)) == [(TODAY + HOUR, 5, True), (NOON, 4, False), (NOON + DAY, -5, False)]


def test_what_the_bill_alone_said_before_a_day_was_derived_was_never_known(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "100"}), NOON, LAG)
    put(store, [spent(7, NOON)], NOON + 5 * MINUTE)

    assert moments(past(store)) == [(NOON + HOUR, 7, False)]


def test_days_that_nobody_derives_are_all_there_at_the_usual_time(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1"}), NOON, LAG)
    store.ledger.save(SOURCE, costs({"a": "2"}), NOON + DAY, LAG)

    told = past(store)

    assert moments(told) == [(TODAY + 2 * DAY, 2 * 10**9, True)]
    assert known(told) == current(store.ledger.history(EVER, Directory()))


def test_a_row_that_was_there_before_anything_was_kept_is_known_no_later_than_its_first_change(store: Store) -> None:
    put(store, [spent(5, TODAY, DAY)], NOON)
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM spend_change")

    put(store, [spent(8, TODAY, DAY)], NOON + HOUR)

    assert moments(past(store)) == [(NOON + HOUR, 5, True), (NOON + HOUR, 3, False)]


def test_only_buckets_that_start_in_the_span_are_told_and_sources_can_be_left_out(store: Store) -> None:
    put(store, [spent(n, TODAY + n * HOUR) for n in range(1, 9)], TODAY + 5 * HOUR)
    put(store, [spent(100, NOON, source="litellm")], NOON, source="litellm")
    put(store, [], NOON + HOUR, source="litellm")

    told = past(store, Span(TODAY + 3 * HOUR, TODAY + 5 * HOUR), ["litellm"])

    assert moments(told) == [(TODAY + 5 * HOUR, 3, False), (TODAY + 5 * HOUR, 4, False)]
    assert [one.source for one in told.series] == [SOURCE]
    whole = past(store)
    assert (billed(whole, NOON), billed(whole, NOON + HOUR)) == (136, 36)


def test_nothing_is_an_empty_past_and_typed(store: Store) -> None:
    told = past(store)

    assert (list(told.series), list(told.currencies), list(told.marks), dict(told.usage)) == ([], [], [], {})
    assert {name: (len(column), column.dtype.name) for name, column in vars(told.changes).items()} == {
        **dict.fromkeys(vars(Changes()), (0, "int64")),
        "assumed": (0, "bool"),
    }


def test_the_directory_goes_with_it(store: Store) -> None:
    directory = Directory([Entity(SOURCE, "project", "a", "research")])

    assert store.ledger.past(EVER, directory).directory is directory


def test_a_scratch_store_tells_it_too(store: Store) -> None:
    put(store, [spent(5, NOON)], NOON)

    with store.scratch() as copy:
        put(copy, [spent(6, NOON)], NOON + HOUR)
        assert moments(past(copy)) == [(NOON, 5, False), (NOON + HOUR, 1, False)]

    assert moments(past(store)) == [(NOON, 5, False)]


def test_how_far_a_report_was_known_is_kept_by_the_hour(store: Store) -> None:
    store.ledger.walk_done(SOURCE, "costs", NOON - HOUR, NOON + MINUTE)
    store.ledger.walk_done(SOURCE, "costs", NOON, NOON + 6 * MINUTE)
    store.ledger.walk_failed(SOURCE, "costs", "gone", NOON + 30 * MINUTE)
    store.ledger.walk_done(SOURCE, "usage", NOON, NOON + HOUR)
    store.ledger.walk_done(SOURCE, "costs", NOON - DAY, NOON + 2 * HOUR)

    assert past(store).marks == [
        PastMark(SOURCE, "costs", NOON + HOUR, NOON, NOON + 6 * MINUTE),
        PastMark(SOURCE, "usage", NOON + HOUR, NOON, NOON + HOUR),
        PastMark(SOURCE, "costs", NOON + 2 * HOUR, NOON, NOON + 2 * HOUR),
    ]
    assert past(store, Span(TODAY - 30 * DAY, TODAY - 20 * DAY)).marks == []


def test_use_is_known_when_its_bucket_is_over(store: Store) -> None:
    for hour in (5, 4):
        row = (series("a"), {"images": hour, "input_tokens": 10})
        store.ledger.save(SOURCE, usage([row], TODAY + hour * HOUR), NOON, LAG)

    told = store.ledger.past(EVER, Directory(), metrics=["images", "tokens"])

    assert list(told.usage) == ["images", "tokens"]
    assert moments(told.usage["images"]) == [(TODAY + 5 * HOUR, 4, False), (TODAY + 6 * HOUR, 5, False)]
    counted = current(store.ledger.usage_history(EVER, "images", Directory()))
    assert known(told.usage["images"]) == counted
    assert sum(sums[0] for sums in known(told.usage["tokens"]).values()) == 20


def test_only_what_differs_is_written_and_the_rest_stays_as_it_was(store: Store) -> None:
    rows = [spent(hour + 1, TODAY + hour * HOUR) for hour in range(20)]
    put(store, rows, NOON)

    put(store, [*rows[:-2], spent(99, TODAY + 18 * HOUR), spent(7, TODAY + 22 * HOUR)], NOON + HOUR)

    found = {row.start.hour: sums[0] for row, sums in current(store.ledger.history(EVER, Directory())).items()}
    assert found == {**{hour: hour + 1 for hour in range(18)}, 18: 99, 22: 7}


@pytest.mark.parametrize(
    ("now", "mark"),
    [
        (NOON, NOON),
        (NOON + timedelta(microseconds=1), NOON + HOUR),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments_are_taken_to_the_whole_hour_after_them(now: datetime, mark: datetime) -> None:
    assert whole_hour(now) == mark
