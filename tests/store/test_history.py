"""Spend as columns."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.instant import micros
from budgetbot.core.match import Match
from budgetbot.core.model import Bucket, CostLine, Entity
from budgetbot.core.money import NANO
from budgetbot.core.period import Span
from budgetbot.store import Store
from tests.store.samples import DAY, EVER, HOUR, LAG, NOW, SOURCE, TODAY, costs, series


def test_history_holds_the_buckets_that_start_in_the_span_and_only_their_series(store: Store) -> None:
    for n in range(5):
        store.ledger.save(SOURCE, costs({"a": "1", f"p{n}": str(n)}, TODAY - n * DAY), NOW, LAG)

    found = store.ledger.history(Span(TODAY - 3 * DAY, TODAY - DAY), Directory())

    assert sorted(set(found.facts.start.tolist())) == [micros(TODAY - 3 * DAY), micros(TODAY - 2 * DAY)]
    assert {one.project for one in found.series} == {"a", "p2", "p3"}
    assert found.currencies == ("USD",)
    spent = {found.series[s].project: b for s, b in zip(found.facts.series, found.facts.billed, strict=True)}
    assert spent == {"a": NANO, "p2": 2 * NANO, "p3": 3 * NANO}


def test_history_of_nothing_is_empty_and_typed(store: Store) -> None:
    found = store.ledger.history(EVER, Directory())

    assert (found.series, found.currencies, len(found.facts.start)) == ((), (), 0)
    assert found.facts.billed.dtype == np.int64
    assert store.ledger.first_day() is None
    assert found.group(Match(), ()).totals(EVER, "USD") == []


def test_currencies_are_indexed_and_never_mixed(store: Store) -> None:
    lines = tuple(CostLine(series("a"), Decimal(amount), c) for amount, c in (("1", "USD"), ("2", "EUR"), ("3", "GBP")))
    store.ledger.save(SOURCE, Bucket("costs", TODAY, TODAY + DAY, lines), NOW, LAG)

    found = store.ledger.history(EVER, Directory())

    group = found.group(Match(), ("project",))
    totals = {c: group.totals(EVER, c)[0].spent for c in found.currencies}
    assert totals == {"USD": NANO, "EUR": 2 * NANO, "GBP": 3 * NANO}


def test_reports_of_one_series_are_added(store: Store) -> None:
    bill = costs({"a": "5"})
    store.ledger.save(SOURCE, bill, NOW, LAG)
    store.ledger.save(SOURCE, Bucket("credits", bill.start, bill.end, costs({"a": "-2"}).costs), NOW, LAG)

    found = store.ledger.history(EVER, Directory())

    assert found.facts.billed.tolist() == [3 * NANO]


def test_history_carries_the_directory_and_the_watermarks(store: Store) -> None:
    store.ledger.walk_done(SOURCE, "costs", NOW, NOW)
    directory = Directory([Entity(SOURCE, "project", "a", "research")])

    found = store.ledger.history(EVER, directory)

    assert found.directory is directory
    assert [mark.complete_to for mark in found.watermarks] == [NOW]


def test_several_sources_are_read_together(store: Store) -> None:
    for n, name in enumerate(("alpha", "beta", "gamma")):
        store.ledger.save(name, costs({name: "1"}, TODAY - n * DAY), NOW, LAG)

    found = store.ledger.history(EVER, Directory())

    assert {one.project for one in found.series} == {"alpha", "beta", "gamma"}
    assert store.ledger.first_day() == TODAY - 2 * DAY


def test_many_series_are_all_found(store: Store) -> None:
    many = {f"p{i}": "0.5" for i in range(2500)}
    store.ledger.save(SOURCE, costs(many), NOW, LAG)
    store.ledger.save(SOURCE, costs({"z": "1"}, TODAY - timedelta(days=1)), NOW + HOUR, LAG)

    found = store.ledger.history(EVER, Directory())

    assert len(found.series) == 2501
    assert int(found.facts.billed.sum()) == 1251 * NANO
    assert len(set(store.ledger.series())) == 2501
