"""The plain ledger as CSV and Parquet: exact, complete, in a fixed order, and inert in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from budgetbot.core.model import Bucket, CostLine, Entity, Series
from budgetbot.core.period import Span
from budgetbot.errors import UsageError
from budgetbot.export import export_csv, export_parquet, export_span, named_lines
from budgetbot.export.table import inert
from budgetbot.store import Store
from tests.standins.focus import EVER, NOW

DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 20, tzinfo=UTC)


def bill(store: Store, amounts: dict[Series, str], start: datetime = TODAY, *, currency: str = "USD") -> None:
    for source in {series.source for series in amounts}:
        lines = tuple(CostLine(s, Decimal(a), currency) for s, a in amounts.items() if s.source == source)
        store.ledger.save(source, Bucket("costs", start, start + DAY, lines), NOW, DAY)


def exported(store: Store, span: Span = EVER) -> list[dict[str, str]]:
    out = BytesIO()
    export_csv(named_lines(store.ledger, span), out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_a_line_stands_with_its_names_times_and_exact_amount(store: Store) -> None:
    whole = Series("openai", "openai-eu", "proj_1", "key_1", "user_1", "gpt-5", "gpt-5, input", "flex", "true")
    bill(store, {whole: "1234.000000001"})
    named = [Entity("openai-eu", kind, id, name) for kind, id, name in
             [("project", "proj_1", "research"), ("api_key", "key_1", "ci"), ("user", "user_1", "Bot")]]  # fmt: skip
    store.ledger.save_entities("openai-eu", named, NOW)

    assert exported(store) == [
        {
            "source": "openai-eu", "provider": "openai", "report": "costs", "project_id": "proj_1",
            "project": "research", "api_key_id": "key_1", "api_key": "ci", "user_id": "user_1", "user": "Bot",
            "model": "gpt-5", "line_item": "gpt-5, input", "service_tier": "flex", "batch": "true",
            "start": "2026-11-20T00:00:00Z", "end": "2026-11-21T00:00:00Z", "currency": "USD",
            "billed": "1234.000000001",
        }
    ]  # fmt: skip


def test_what_is_not_known_is_an_empty_cell(sqlite_store: Store) -> None:
    bill(sqlite_store, {Series("openai", "openai"): "-5"})

    (row,) = exported(sqlite_store)
    assert {name for name, text in row.items() if text} == {
        "source",
        "provider",
        "report",
        "start",
        "end",
        "currency",
        "billed",
    }
    assert row["billed"] == "-5.00"


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", '=cmd|" /C calc"!A0', "＠x"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_a_formula(sqlite_store: Store, name: str) -> None:
    bill(sqlite_store, {Series("openai", "openai", project=name, line_item=name): "-1"})

    (row,) = exported(sqlite_store)
    assert (row["project_id"], row["line_item"], row["billed"]) == (f"'{name}", f"'{name}", "-1.00")


@pytest.mark.parametrize("name", ["a=b", "a-b", "1", "'quoted'", "a\r\nb", 'a,"b"', "ünï"])
def test_other_names_stay_as_they_are(sqlite_store: Store, name: str) -> None:
    bill(sqlite_store, {Series("openai", "openai", project=name): "1"})

    assert exported(sqlite_store)[0]["project_id"] == inert(name) == name


def test_lines_come_by_time_then_source_then_series_whatever_order_they_were_saved_in(sqlite_store: Store) -> None:
    store = sqlite_store
    bill(store, {Series("openai", "z", "p"): "1"}, TODAY)
    bill(
        store,
        {Series("openai", "a", "q"): "2", Series("openai", "a", None): "3", Series("openai", "a", "p"): "4"},
        TODAY,
    )
    bill(store, {Series("openai", "z", "p"): "5"}, TODAY - 40 * DAY)

    assert [(row["source"], row["project_id"], row["billed"]) for row in exported(store)] == [
        ("z", "p", "5.00"), ("a", "", "3.00"), ("a", "p", "4.00"), ("a", "q", "2.00"), ("z", "p", "1.00"),
    ]  # fmt: skip


def test_since_and_until_are_whole_utc_days_the_last_left_out(sqlite_store: Store) -> None:
    line = (CostLine(Series("openai", "openai"), Decimal(1), "USD"),)
    days = [Bucket("costs", TODAY - back * DAY, TODAY - (back - 1) * DAY, line) for back in range(70)]
    sqlite_store.ledger.save("openai", days, NOW, DAY)

    span = export_span(sqlite_store.ledger, date(2026, 10, 30), date(2026, 11, 2), NOW)
    rows = exported(sqlite_store, span)

    assert [row["start"][:10] for row in rows] == ["2026-10-30", "2026-10-31", "2026-11-01"]
    everything = export_span(sqlite_store.ledger, None, None, NOW)
    assert len(exported(sqlite_store, everything)) == 70
    assert everything.start == TODAY - 69 * DAY


def test_days_that_end_before_they_begin_are_refused(sqlite_store: Store) -> None:
    with pytest.raises(UsageError, match="--until must lie after --since"):
        export_span(sqlite_store.ledger, date(2026, 11, 2), date(2026, 11, 2), NOW)


def test_an_empty_ledger_is_a_header(sqlite_store: Store) -> None:
    out = BytesIO()
    span = export_span(sqlite_store.ledger, None, date(2026, 11, 1), NOW)

    assert export_csv(named_lines(sqlite_store.ledger, span), out) == 0
    assert out.getvalue().count(b"\r\n") == 1


def test_restated_lines_are_told_as_they_are_now(sqlite_store: Store) -> None:
    bill(sqlite_store, {Series("openai", "openai"): "1"})
    bill(sqlite_store, {Series("openai", "openai"): "2"})

    assert [row["billed"] for row in exported(sqlite_store)] == ["2.00"]


def test_parquet_holds_what_csv_holds_with_types(sqlite_store: Store) -> None:
    lines = {Series("openai", "openai", project="=p", model=model): f"-1.{i:09d}" for i, model in enumerate(["a", "b"])}
    bill(sqlite_store, lines)
    out = BytesIO()

    assert export_parquet(named_lines(sqlite_store.ledger, EVER), out) == 2

    table = pq.read_table(BytesIO(out.getvalue()))
    assert table.schema.field("billed").type == pa.decimal128(38, 9)
    assert table.schema.field("start").type == pa.timestamp("us", "UTC")
    rows = table.to_pylist()
    assert [(row["project_id"], row["model"], row["billed"], row["start"], row["project"]) for row in rows] == [
        ("=p", "a", Decimal("-1.000000000"), TODAY, None),
        ("=p", "b", Decimal("-1.000000001"), TODAY, None),
    ]
    assert list(rows[0]) == list(exported(sqlite_store)[0])


def test_an_empty_ledger_is_a_parquet_file_without_rows(sqlite_store: Store) -> None:
    out = BytesIO()

    assert export_parquet(named_lines(sqlite_store.ledger, EVER), out) == 0
    assert pq.read_table(BytesIO(out.getvalue())).num_rows == 0
