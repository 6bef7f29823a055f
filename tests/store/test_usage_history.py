from __future__ import annotations

from datetime import timedelta

import pytest

from budgetbot.core.directory import Directory
from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Bucket, Entity, Series, UsageRow
from budgetbot.core.period import Span
from budgetbot.store import Store
from tests.standins.spend import utc

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = utc("2026-11-20T09:30")
MONTH = Span(utc("2026-11-01"), utc("2026-12-01"))


def save(store: Store, start: str, width: timedelta, source: str = "openai", report: str = "images", **n: int) -> None:
    """One bucket: project `web` used so much of each metric."""
    row = UsageRow(Series("openai", source, project="web", model="gpt-image-1"), n)
    store.ledger.save(source, Bucket(report, utc(start), utc(start) + width, usage=(row,)), NOW, DAY)


def used(store: Store, metric: str = "images", span: Span = MONTH, leave_out: tuple[str, ...] = ()) -> int:
    """What all of it sums up to."""
    known = store.ledger.usage_history(span, metric, Directory(), leave_out)
    return sum(total.spent for total in known.group(EVERYTHING).totals(span, metric))


def test_hours_add_up(store: Store) -> None:
    for hour in range(9):
        save(store, f"2026-11-20T0{hour}:00", HOUR, images=100 + hour)

    assert used(store) == 936
    assert used(store, span=Span(utc("2026-11-20T03:00"), utc("2026-11-20T05:00"))) == 207


def test_a_day_counts_where_a_report_has_no_hours_and_not_beside_them(store: Store) -> None:
    save(store, "2026-11-18", DAY, images=1000)
    save(store, "2026-11-19", DAY, images=10)
    save(store, "2026-11-19T05:00", HOUR, images=7)

    assert used(store) == 1007


def test_the_hours_of_one_report_leave_the_days_of_another_one_alone(store: Store) -> None:
    save(store, "2026-11-19", DAY, report="images", images=10)
    save(store, "2026-11-19T05:00", HOUR, report="edits", images=7)
    save(store, "2026-11-19T05:00", HOUR, source="openai-eu", images=5)

    assert used(store) == 22


def test_tokens_are_input_and_output_together_even_where_one_is_not_reported(store: Store) -> None:
    save(store, "2026-11-19T05:00", HOUR, report="completions", input_tokens=30, output_tokens=12)
    save(store, "2026-11-19T05:00", HOUR, report="embeddings", input_tokens=8)

    assert used(store, "tokens") == 50
    assert used(store, "output_tokens") == 12


def test_a_metric_that_is_not_reported_is_no_row(store: Store) -> None:
    save(store, "2026-11-19T05:00", HOUR, report="completions", input_tokens=30)

    assert store.ledger.usage_history(MONTH, "images", Directory()).series == ()


def test_sources_whose_use_another_one_counts_are_left_out(store: Store) -> None:
    save(store, "2026-11-19T05:00", HOUR, images=5)
    save(store, "2026-11-19T05:00", HOUR, source="litellm", images=4)

    assert used(store, leave_out=("litellm",)) == 5


@pytest.mark.parametrize(("start", "counted"), [("2026-10-31T23:00", 0), ("2026-11-01", 5), ("2026-12-01", 0)])
def test_only_buckets_that_start_in_the_span_are_read(store: Store, start: str, counted: int) -> None:
    save(store, start, HOUR, images=5)

    assert used(store) == counted


def test_a_large_count_stays_exact(store: Store) -> None:
    save(store, "2026-11-19T05:00", HOUR, report="completions", input_tokens=2**52, output_tokens=2**53 + 1)

    assert used(store, "tokens") == 3 * 2**52 + 1


def test_it_knows_names_series_and_how_fresh_it_is(store: Store) -> None:
    save(store, "2026-11-19T05:00", HOUR, images=5)
    names = Directory([Entity("openai", "project", "web", "The web")])

    known = store.ledger.usage_history(MONTH, "images", names)

    assert (known.currencies, known.facts.billed.tolist()) == (("images",), [5])
    assert [scope.names for scope in known.group(EVERYTHING, ["project"]).scopes] == [{"project": "The web"}]
    assert known.watermarks == tuple(store.ledger.watermarks())


def test_an_empty_ledger_has_used_nothing(store: Store) -> None:
    assert used(store) == 0
