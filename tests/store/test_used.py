"""What every series used in a span, each metric for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budgetbot.core.compared import COUNTS
from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.period import Span
from budgetbot.store import Store
from tests.store.samples import DAY, HOUR, LAG, NOW, SOURCE, TODAY, series, usage

A, B = series("a", "gpt-5"), series("b")
SPAN = Span(TODAY, TODAY + DAY)


def save(
    store: Store, start: datetime, width: timedelta, *rows: tuple[Any, dict[str, int]], source: str = SOURCE
) -> None:
    store.ledger.save(source, usage(rows, start, width), NOW, LAG)


def test_metrics_are_summed_over_the_hours_series_by_series(store: Store) -> None:
    save(store, TODAY, HOUR, (A, {"input_tokens": 5, "requests": 1}), (B, {"calls": 3}))
    save(store, TODAY + HOUR, HOUR, (A, {"input_tokens": 6, "output_tokens": 2}))
    save(store, TODAY - HOUR, HOUR, (A, {"input_tokens": 100}))

    assert store.ledger.used(SPAN) == {A: {"input_tokens": 11, "output_tokens": 2, "requests": 1}, B: {"calls": 3}}


def test_a_day_counts_where_there_are_no_hours_and_what_is_stored_never_does(store: Store) -> None:
    save(store, TODAY, DAY, (A, {"input_tokens": 99, "bytes": 4}))
    assert store.ledger.used(SPAN) == {A: {"input_tokens": 99}}

    save(store, TODAY, HOUR, (A, {"input_tokens": 5}))
    assert store.ledger.used(SPAN) == {A: {"input_tokens": 5}}


def test_a_source_may_be_left_out(store: Store) -> None:
    save(store, TODAY, HOUR, (A, {"requests": 1}))

    assert store.ledger.used(SPAN, {SOURCE}) == {}


@pytest.mark.parametrize("shift", [-5, 0, 5])
@pytest.mark.parametrize("hours", [2, 24])
def test_a_bucket_is_in_the_same_span_as_everywhere_else(store: Store, shift: int, hours: int) -> None:
    for n in range(-3, 4):
        save(store, TODAY + n * DAY, DAY, (A, {"requests": 10 ** (n + 3)}))
        save(store, TODAY + n * HOUR, HOUR, (B, {"images": 10 ** (n + 3)}), source="other")
    start = TODAY + shift * HOUR
    span = Span(start, start + hours * HOUR)

    used = store.ledger.used(span)

    wide = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    for metric in ("requests", "images"):
        group = store.ledger.usage_history(wide, metric, Directory()).group(EVERYTHING)
        whole = sum(total.spent for total in group.totals(span, metric))
        assert sum(counts.get(metric, 0) for counts in used.values()) == whole
    assert set(COUNTS) > {"requests", "images"}
