"""Whole buckets in, versions kept, money exact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from budgetbot.core.directory import Directory
from budgetbot.core.model import METRICS, Bucket, CostLine, UsageRow
from budgetbot.core.money import NANO
from budgetbot.errors import SourceError
from budgetbot.store import Line, Store
from tests.store.samples import DAY, EVER, HOUR, LAG, MINUTE, NOW, SOURCE, TODAY, costs, series, usage


def amounts(lines: list[Line]) -> dict[str | None, int]:
    return {line.series.project: line.amount for line in lines}


def billed(store: Store) -> int:
    return int(store.ledger.history(EVER, Directory()).facts.billed.sum())


def usage_rows(url: str) -> list[dict[str, int | str | None]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM usage_line ORDER BY start, series_id"))
        found = [dict(row._mapping) for row in rows]
    engine.dispose()
    return found


def test_a_restated_line_gets_exactly_one_new_version_and_the_others_none(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1.50", "b": "2"}), NOW, LAG)

    changed = store.ledger.save(SOURCE, costs({"a": "1.75", "b": "2"}), NOW + HOUR, LAG)

    assert changed == 1
    before, after = store.ledger.cost_lines(EVER, as_of=NOW), store.ledger.cost_lines(EVER)
    assert amounts(before) == {"a": 1_500_000_000, "b": 2 * NANO}
    assert amounts(after) == {"a": 1_750_000_000, "b": 2 * NANO}
    assert {line.series.project: line.known_from for line in after} == {"a": NOW + HOUR, "b": NOW}
    assert {line.series.project: line.known_until for line in before} == {"a": NOW + HOUR, "b": None}


def test_a_vanished_line_ends(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1", "b": "2"}), NOW, LAG)

    assert store.ledger.save(SOURCE, costs({"b": "2"}), NOW + HOUR, LAG) == 1

    assert amounts(store.ledger.cost_lines(EVER)) == {"b": 2 * NANO}
    assert billed(store) == 2 * NANO


def test_an_empty_bucket_ends_all_that_was_in_it(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1", "b": "2"}), NOW, LAG)

    assert store.ledger.save(SOURCE, costs({}), NOW + HOUR, LAG) == 2

    assert store.ledger.cost_lines(EVER) == []
    assert billed(store) == 0


def test_the_same_bucket_again_changes_nothing(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1", "b": "2"}), NOW, LAG)

    assert store.ledger.save(SOURCE, costs({"a": "1", "b": "2"}), NOW + HOUR, LAG) == 0
    assert store.ledger.save(SOURCE, costs({"b": "2.00", "a": "1"}), NOW + HOUR, LAG) == 0

    assert [line.known_from for line in store.ledger.cost_lines(EVER)] == [NOW, NOW]


def test_a_bucket_notes_when_it_was_read_and_since_when_it_is_unchanged(store: Store, database_url: str) -> None:
    for hours, amount in ((0, "1"), (1, "2"), (2, "2.0"), (3, "2.0")):
        store.ledger.save(SOURCE, costs({"a": amount}), NOW + hours * HOUR, LAG)

    engine = create_engine(database_url)
    with engine.connect() as connection:
        since, read = connection.execute(text("SELECT unchanged_since, read_at FROM bucket")).one()
    engine.dispose()
    hour = 3_600_000_000
    assert read - since == 2 * hour


def test_a_differently_grouped_replacement_neither_loses_nor_doubles_money(store: Store) -> None:
    by_project = costs({"a": "10", "b": "20", "c": "0.000000001"})
    lines = (
        CostLine(series("a", "gpt-5"), Decimal("4"), "USD"),
        CostLine(series("a", "gpt-5-mini"), Decimal("6"), "USD"),
        CostLine(series("b", "gpt-5"), Decimal("20.000000001"), "USD"),
    )
    store.ledger.save(SOURCE, by_project, NOW, LAG)

    store.ledger.save(SOURCE, replace(by_project, costs=lines), NOW + HOUR, LAG)

    assert sum(line.amount for line in store.ledger.cost_lines(EVER)) == 30 * NANO + 1
    assert sum(line.amount for line in store.ledger.cost_lines(EVER, as_of=NOW)) == 30 * NANO + 1
    assert billed(store) == 30 * NANO + 1


def test_a_day_that_comes_back_after_an_hour_took_its_start_is_written_again(store: Store) -> None:
    day = costs({"a": "5"})
    hour = costs({"a": "1"}, width=HOUR)

    for step, one in enumerate((day, hour, day)):
        store.ledger.save(SOURCE, one, NOW + step * MINUTE, LAG)

    [line] = store.ledger.cost_lines(EVER)
    assert (line.amount, line.end, line.assumed) == (5 * NANO, TODAY + DAY, False)
    assert billed(store) == 5 * NANO


def test_a_bucket_that_only_changed_its_width_is_a_new_version(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "5"}), NOW, LAG)

    assert store.ledger.save(SOURCE, costs({"a": "5"}, width=HOUR), NOW + MINUTE, LAG) == 1

    assert [line.end for line in store.ledger.cost_lines(EVER)] == [TODAY + HOUR]


def test_fractions_finer_than_a_nano_unit_are_carried_within_the_bucket(store: Store) -> None:
    store.ledger.save(SOURCE, costs({f"p{i}": "0.0000000004" for i in range(10)}), NOW, LAG)

    assert billed(store) == 4


def test_equal_series_of_one_bucket_are_summed_exactly(store: Store) -> None:
    tiny = tuple(CostLine(series("a"), Decimal("0.00000000025"), "USD") for _ in range(4))
    huge = CostLine(series("a"), Decimal("123456789.000000000"), "USD")

    store.ledger.save(SOURCE, Bucket("costs", TODAY, TODAY + DAY, (*tiny, huge)), NOW, LAG)

    assert amounts(store.ledger.cost_lines(EVER)) == {"a": 123_456_789 * NANO + 1}


def test_currencies_are_kept_apart_and_rounded_apart(store: Store) -> None:
    dollars, euros = costs({"a": "1.0000000005"}), costs({"a": "2.0000000015"}, currency="EUR")

    store.ledger.save(SOURCE, replace(dollars, costs=dollars.costs + euros.costs), NOW, LAG)

    found = {line.currency: line.amount for line in store.ledger.cost_lines(EVER)}
    assert found == {"USD": 1_000_000_000, "EUR": 2_000_000_002}


def test_a_hostile_currency_is_kept_too(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "1"}, currency="US\x00"), NOW, LAG)

    assert store.ledger.history(EVER, Directory()).currencies == ("US\ufffd",)


def test_credits_are_negative_lines(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a": "5", "b": "-1.25"}), NOW, LAG)

    assert billed(store) == 3_750_000_000


def test_history_read_late_is_assumed_known_after_the_usual_lag(store: Store) -> None:
    old, today = TODAY - 10 * DAY, TODAY

    store.ledger.save(SOURCE, [costs({"a": "1"}, old), costs({"a": "2"}, today)], NOW, LAG)

    known = {line.start: (line.known_from, line.assumed) for line in store.ledger.cost_lines(EVER)}
    assert known == {old: (old + DAY + LAG, True), today: (NOW, False)}
    assert store.ledger.cost_lines(EVER, as_of=old + DAY) == []


def test_a_change_to_backfilled_history_is_known_from_now_on_and_not_assumed(store: Store) -> None:
    old = TODAY - 10 * DAY
    store.ledger.save(SOURCE, costs({"a": "1"}, old), NOW, LAG)

    store.ledger.save(SOURCE, costs({"a": "3", "b": "1"}, old), NOW + HOUR, LAG)

    assert {(line.known_from, line.assumed) for line in store.ledger.cost_lines(EVER)} == {(NOW + HOUR, False)}


def test_a_clock_that_goes_back_makes_no_versions_that_overlap(store: Store) -> None:
    for step, amount in ((0, "1"), (60, "2"), (30, "3"), (60, "4")):
        store.ledger.save(SOURCE, costs({"a": amount}), NOW + step * MINUTE, LAG)

    for minutes in range(0, 120, 10):
        assert len(store.ledger.cost_lines(EVER, as_of=NOW + minutes * MINUTE)) == 1
    assert amounts(store.ledger.cost_lines(EVER)) == {"a": 4 * NANO}


def test_a_crash_in_the_middle_leaves_the_old_bucket(store: Store, database_url: str) -> None:
    store.ledger.save(SOURCE, costs({"a": "1", "b": "2"}), NOW, LAG)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE spend"))  # so that it fails after the lines were written
    engine.dispose()

    with pytest.raises(DBAPIError):
        store.ledger.save(SOURCE, costs({"a": "9", "c": "3"}), NOW + HOUR, LAG)

    lines = store.ledger.cost_lines(EVER)
    assert amounts(lines) == {"a": NANO, "b": 2 * NANO}
    assert {line.known_until for line in lines} == {None}


def test_the_same_bucket_twice_in_one_call_ends_as_the_last_one(store: Store) -> None:
    store.ledger.save(SOURCE, [costs({"a": "1"}), costs({"a": "2"}), costs({"a": "3"})], NOW, LAG)

    assert amounts(store.ledger.cost_lines(EVER)) == {"a": 3 * NANO}
    assert billed(store) == 3 * NANO


def test_sources_do_not_touch_each_other(store: Store) -> None:
    store.ledger.save("one", costs({"a": "1"}), NOW, LAG)
    store.ledger.save("two", costs({"a": "2"}), NOW, LAG)

    store.ledger.save("two", costs({}), NOW + HOUR, LAG)

    assert billed(store) == NANO


def test_an_amount_that_cannot_be_meant_is_refused_before_anything_is_written(store: Store) -> None:
    with pytest.raises(SourceError, match="more than a billion"):
        store.ledger.save(SOURCE, costs({"a": "1", "b": "1e12"}), NOW, LAG)
    with pytest.raises(SourceError, match="cannot be meant"):
        store.ledger.save(SOURCE, usage([(series(), {"requests": 2**63})]), NOW, LAG)

    assert store.ledger.cost_lines(EVER) == []


def test_hostile_ids_are_kept_and_make_one_series_each(store: Store) -> None:
    hostile = ["nul\x00", "half\ud800", "'; DROP TABLE spend; --", "long" * 5000, ""]

    store.ledger.save(SOURCE, costs(dict.fromkeys(hostile, "1")), NOW, LAG)
    store.ledger.save(SOURCE, costs(dict.fromkeys(hostile, "2")), NOW + HOUR, LAG)

    assert billed(store) == 2 * len(hostile) * NANO
    kept = {one.project for one in store.ledger.series()}
    assert {"nul\ufffd", hostile[2], hostile[3], ""} <= kept
    assert len(kept) == len(hostile)


def test_ids_that_the_database_cannot_tell_apart_are_added(store: Store) -> None:
    store.ledger.save(SOURCE, costs({"a\x00": "1", "a\ufffd": "2"}), NOW, LAG)

    assert amounts(store.ledger.cost_lines(EVER)) == {"a\ufffd": 3 * NANO}


def test_usage_is_kept_metric_by_metric_and_what_was_not_reported_is_null(store: Store, database_url: str) -> None:
    every = {name: i + 1 for i, name in enumerate(METRICS)}

    store.ledger.save(SOURCE, usage([(series("a"), every), (series("b"), {"requests": 0})]), NOW, LAG)

    whole, sparse = usage_rows(database_url)
    assert {name: whole[name] for name in METRICS} == every
    assert {name: sparse[name] for name in METRICS} == {**dict.fromkeys(METRICS), "requests": 0}


def test_usage_is_replaced_in_place(store: Store, database_url: str) -> None:
    store.ledger.save(SOURCE, usage([(series(p), {"requests": 1}) for p in "abc"]), NOW, LAG)

    rows = [(series("a"), {"requests": 1}), (series("b"), {"requests": 5, "images": 2})]
    changed = store.ledger.save(SOURCE, usage(rows), NOW + HOUR, LAG)

    assert changed == 2
    assert [(row["requests"], row["images"]) for row in usage_rows(database_url)] == [(1, None), (5, 2)]


def test_equal_series_of_one_usage_bucket_are_added(store: Store, database_url: str) -> None:
    rows = [(series("a"), {"requests": 1, "images": 2}), (series("a"), {"requests": 10})]

    store.ledger.save(SOURCE, usage(rows), NOW, LAG)

    [row] = usage_rows(database_url)
    assert (row["requests"], row["images"], row["seconds"]) == (11, 2, None)


def test_an_hour_and_a_day_of_usage_that_begin_together_both_stay(store: Store, database_url: str) -> None:
    hour = usage([(series("a"), {"requests": 1})])
    day = usage([(series("a"), {"requests": 24})], width=DAY)

    store.ledger.save(SOURCE, [hour, day], NOW, LAG)
    store.ledger.save(SOURCE, replace(hour, usage=(UsageRow(series("a"), {"requests": 2}),)), NOW + HOUR, LAG)
    store.ledger.save(SOURCE, day, NOW + HOUR, LAG)

    assert sorted(str(row["requests"]) for row in usage_rows(database_url)) == ["2", "24"]


def test_many_buckets_are_saved_in_short_transactions_and_all_arrive(store: Store) -> None:
    many = [costs({f"p{i}": "1" for i in range(300)}, TODAY - n * DAY) for n in range(30)]

    assert store.ledger.save(SOURCE, many, NOW, LAG) == 9000

    assert billed(store) == 9000 * NANO
    assert store.ledger.first_day() == TODAY - 29 * DAY
