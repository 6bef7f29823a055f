"""Spend that is kept in memory: the same as what is stored, whoever wrote it, read again only where it changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from budgetbot.core.directory import Directory
from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING
from budgetbot.core.period import Span
from budgetbot.store import KeptSpend, Store, open_store
from tests.store.samples import DAY, EVER, HOUR, LAG, NOW, SOURCE, TODAY, Amounts, costs

NOBODY = Directory()


def save(store: Store, amounts: Amounts, start: Any = TODAY, minutes: int = 0, **more: Any) -> None:
    store.ledger.save(SOURCE, costs(amounts, start, **more), NOW + timedelta(minutes=minutes), LAG)


def rows(history: History) -> list[tuple[Any, ...]]:
    facts = vars(history.facts)
    columns = [facts[name].tolist() for name in ("start", "end", "billed", "estimated", "low", "high")]
    series = [history.series[i] for i in facts["series"].tolist()]
    currencies = [history.currencies[i] for i in facts["currency"].tolist()]
    return sorted(zip(map(str, series), currencies, *columns, strict=True))


def spent(store: Store, kept: KeptSpend, span: Span = EVER) -> list[int]:
    group = store.ledger.history(span, NOBODY, kept=kept).group(EVERYTHING)
    return [total.billed // 10**9 for total in group.totals(span, "USD")]


@contextmanager
def statements_on_spend(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM spend" in statement:
            seen.append(statement)

    event.listen(store._database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store._database.engine, "before_cursor_execute", note)


def test_what_another_process_commits_is_in_the_next_answer(store: Store, database_url: str) -> None:
    kept = KeptSpend()
    save(store, {"a": "1"})
    assert spent(store, kept) == [1]

    with closing(open_store(database_url)) as other:
        save(other, {"a": "2", "new": "5"}, minutes=1)
        assert spent(store, kept) == [7]
        save(other, {"a": "3"}, TODAY - DAY, minutes=2)
        assert spent(store, kept) == [10]


def test_what_another_process_has_not_committed_is_in_no_answer(store: Store, database_url: str) -> None:
    kept = KeptSpend()
    save(store, {"a": "1"})
    with closing(open_store(database_url)) as other, other._database.write() as connection:
        connection.exec_driver_sql("UPDATE spend SET billed = 5000000000")
        connection.exec_driver_sql("UPDATE source_day SET stamp = 7")
        assert spent(store, kept) == [1]
    assert spent(store, kept) == [5]


def test_nothing_is_read_again_but_the_days_that_changed(store: Store) -> None:
    kept = KeptSpend()
    for n in range(5):
        save(store, {"a": "1"}, TODAY - n * DAY)
    spent(store, kept)

    with statements_on_spend(store) as seen:
        assert spent(store, kept) == [5]
        assert seen == []
    save(store, {"a": "3"}, TODAY - 2 * DAY, minutes=1)
    with statements_on_spend(store) as seen:
        assert spent(store, kept) == [7]
        assert len(seen) == 2  # the currencies of that day, and its rows
        assert spent(store, kept) == [7]
        assert len(seen) == 2


def test_there_is_room_for_so_many_rows_and_what_was_not_asked_for_goes_first(store: Store) -> None:
    kept = KeptSpend(most=2)
    for n in range(4):
        save(store, {"a": "1"}, TODAY - n * DAY)
    assert spent(store, kept) == [4]
    assert kept.size == 2

    today = Span(TODAY, TODAY + DAY)
    spent(store, kept, today)
    with statements_on_spend(store) as seen:
        assert spent(store, kept, today) == [1]
        assert seen == []
        assert spent(store, kept) == [4]
        assert seen


@pytest.mark.parametrize(("first", "last"), [(0, 24), (1, 24), (0, 23), (-7, 17), (5, 6), (30, 40), (-50, 50)])
def test_a_span_may_begin_and_end_amid_a_day(store: Store, first: int, last: int) -> None:
    kept = KeptSpend()
    hours = [
        costs({"a": str(n + 31)}, TODAY + n * HOUR, width=HOUR, currency="EUR" if n % 7 == 0 else "USD")
        for n in range(-30, 30)
    ]
    store.ledger.save(SOURCE, hours, NOW, LAG)
    spent(store, kept)
    span = Span(TODAY + first * HOUR, TODAY + last * HOUR)

    found, stored = (store.ledger.history(span, NOBODY, kept=some) for some in (kept, None))

    assert rows(found) == rows(stored)
    assert (found.series, found.currencies) == (stored.series, stored.currencies)


def test_a_source_that_is_left_out_is_not_kept_either(store: Store) -> None:
    kept = KeptSpend()
    save(store, {"a": "1"})

    assert rows(store.ledger.history(EVER, NOBODY, {SOURCE}, kept)) == []
    assert kept.size == 0


def test_a_new_currency_changes_nothing_of_what_is_kept(store: Store) -> None:
    kept = KeptSpend()
    save(store, {"a": "1"}, currency="USD")
    spent(store, kept)
    save(store, {"a": "2"}, TODAY - DAY, currency="EUR")

    assert rows(store.ledger.history(EVER, NOBODY, kept=kept)) == rows(store.ledger.history(EVER, NOBODY))
    assert store.ledger.history(EVER, NOBODY, kept=kept).currencies == ("EUR", "USD")


def test_threads_may_ask_while_others_save(store: Store) -> None:
    kept, turns = KeptSpend(most=3), range(1, 16)
    save(store, {"a": "0", "b": "0"}, TODAY - DAY)

    def write() -> None:
        for turn in turns:
            save(store, {"a": str(turn), "b": str(turn)}, TODAY - turn % 2 * DAY, minutes=turn)

    def read() -> list[int]:
        return [spent(store, kept, Span(TODAY - DAY, TODAY + DAY))[0] for _ in turns]

    with ThreadPoolExecutor(4) as pool:
        writing, *reading = pool.submit(write), *(pool.submit(read) for _ in range(3))
        writing.result()
        answers = [one.result() for one in reading]

    assert all(some == sorted(some) and all(one % 2 == 0 for one in some) for some in answers)
    assert spent(store, kept) == [2 * (15 + 14)]
