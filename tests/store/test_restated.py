"""Late changes of a closed day, found from the versions that are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Bucket
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.core.restatement import Restatement
from budgetbot.store import Store
from tests.store.samples import DAY, HOUR, LAG, SOURCE, costs

MARCH_3 = datetime(2026, 3, 3, tzinfo=UTC)
CLOSED = MARCH_3 + 3 * DAY
FIRST = MARCH_3 + 30 * HOUR
LATE = CLOSED + 5 * HOUR
DIGEST = CLOSED + 2 * HOUR
NUMBERS = count()


def bill(store: Store, now: datetime, source: str = SOURCE, day: datetime = MARCH_3, **amounts: str) -> None:
    store.ledger.save(source, of(source, costs(amounts, day)), now, LAG)


def of(source: str, bucket: Bucket) -> Bucket:
    lines = tuple(line._replace(series=line.series._replace(source=source)) for line in bucket.costs)
    return replace(bucket, costs=lines)


def test_a_bill_that_changes_after_it_closed_is_restated(store: Store) -> None:
    bill(store, FIRST, a="10", b="1")
    bill(store, LATE, a="51.20", b="1")

    found = store.ledger.restatements(DIGEST, LATE + HOUR)

    assert found == [Restatement(SOURCE, MARCH_3, "USD", 4120 * NANO // 100, LATE)]
    assert [c.series.project for c in store.ledger.changes(DIGEST, LATE + HOUR)] == ["a"]


def test_each_window_tells_of_its_own_changes(store: Store) -> None:
    bill(store, FIRST, a="10")
    bill(store, LATE, a="11")
    bill(store, LATE + DAY, a="9")

    assert [r.change for r in store.ledger.restatements(DIGEST, LATE)] == [NANO]
    assert [r.change for r in store.ledger.restatements(LATE, LATE + DAY)] == [-2 * NANO]
    assert [r.change for r in store.ledger.restatements(DIGEST, LATE + DAY)] == [-NANO]
    assert store.ledger.restatements(LATE + DAY, LATE + 9 * DAY) == []


def test_what_came_while_the_day_was_open_is_no_restatement_though_the_window_is_wider(store: Store) -> None:
    bill(store, FIRST, a="10")
    bill(store, CLOSED, a="12")
    assert store.ledger.restatements(MARCH_3, LATE) == []

    bill(store, LATE, a="13")
    assert [r.change for r in store.ledger.restatements(MARCH_3, LATE)] == [NANO]


def test_a_line_that_vanishes_and_one_that_appears_late_are_restatements(store: Store) -> None:
    bill(store, FIRST, a="10", b="3")
    bill(store, LATE, b="3", c="1")

    assert [r.change for r in store.ledger.restatements(DIGEST, LATE)] == [-9 * NANO]


def test_what_evens_out_is_left_out(store: Store) -> None:
    bill(store, FIRST, a="10", b="3")
    bill(store, LATE, a="3", b="10")
    assert store.ledger.restatements(DIGEST, LATE) == []

    bill(store, LATE + HOUR, a="10", b="3")
    assert store.ledger.changes(DIGEST, LATE + HOUR) == []


def test_history_that_is_read_late_is_no_restatement(store: Store) -> None:
    bill(store, LATE, a="10")

    assert store.ledger.restatements(MARCH_3, LATE + DAY) == []


def test_another_time_to_close_is_heeded(store: Store) -> None:
    bill(store, FIRST, a="10")
    bill(store, FIRST + HOUR, a="11")

    assert store.ledger.restatements(FIRST, LATE) == []
    assert [r.change for r in store.ledger.restatements(FIRST, LATE, timedelta(0))] == [NANO]


def test_sources_and_currencies_are_told_apart(store: Store) -> None:
    for now, amount in ((FIRST, "1"), (LATE, "2")):
        bill(store, now, a=amount)
        bill(store, now, "focus-aws", a=amount)
        store.ledger.save("euros", of("euros", costs({"a": amount}, MARCH_3, currency="EUR")), now, LAG)

    found = store.ledger.restatements(DIGEST, LATE)

    assert [(r.source, r.currency, r.change) for r in found] == [
        ("euros", "EUR", NANO),
        ("focus-aws", "USD", NANO),
        (SOURCE, "USD", NANO),
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 60), st.dictionaries(st.sampled_from("ab"), st.integers(-5, 5))),
        min_size=1,
        max_size=12,
    ),
    window=st.tuples(st.integers(0, 150), st.integers(1, 150)),
)
def test_a_restatement_is_the_bill_as_known_now_less_the_bill_as_it_closed(
    sqlite_store: Store, steps: list[tuple[int, int, dict[str, int]]], window: tuple[int, int]
) -> None:
    source = f"source {next(NUMBERS)}"
    now = MARCH_3
    for day, hours, amounts in steps:
        now += hours * HOUR
        bucket = costs({name: str(amount) for name, amount in amounts.items()}, MARCH_3 + day * DAY)
        sqlite_store.ledger.save(source, of(source, bucket), now, LAG)
    since, until = MARCH_3 + window[0] * HOUR, MARCH_3 + (window[0] + window[1]) * HOUR

    found = [r for r in sqlite_store.ledger.restatements(since, until) if r.source == source]

    def total(day: datetime, moment: datetime) -> int:
        lines = sqlite_store.ledger.cost_lines(Span(day, day + DAY), as_of=moment)
        return sum(line.amount for line in lines if line.source == source)

    expected = {}
    for midnight in (MARCH_3 + n * DAY for n in range(4)):
        closed = max(since, midnight + 3 * DAY)
        change = total(midnight, until) - total(midnight, closed) if until > closed else 0
        if change:
            expected[midnight] = change
    assert {r.day: r.change for r in found} == expected
