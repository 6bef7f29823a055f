"""FOCUS files are read strictly: what is wrong is named with file, line and column."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from budgetbot.errors import UsageError
from budgetbot.sources.focus_row import FocusRow, read_focus
from tests.standins.focus import SAMPLE, charge, on, text_rows, write


def only(path: Path) -> FocusRow:
    (row,) = read_focus(path)
    return row


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        list(read_focus(path))
    return str(caught.value).replace(f"{path}", "FILE")


def parquet(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_a_row_is_one_charge_with_exact_money_and_times_in_utc(tmp_path: Path) -> None:
    row = only(write(tmp_path / "a.csv", [charge(BilledCost="0.00000080000", BillingCurrency="usd")]))

    assert row == FocusRow(
        provider="aws",
        account="4711",
        period_start=datetime(2026, 10, 1, tzinfo=UTC),
        period_end=datetime(2026, 11, 1, tzinfo=UTC),
        start=datetime(2026, 10, 5, tzinfo=UTC),
        end=datetime(2026, 10, 6, tzinfo=UTC),
        category="Usage",
        service="Amazon Bedrock",
        project="sub-1",
        project_name="research",
        amount=Decimal("0.0000008"),
        currency="USD",
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-05T02:00:00+02:00", "2026-10-05 00:00:00", "2026-10-05", "2026-10-05T00:00:00.000Z",
        "2026-10-05 00:00:00 UTC",
    ],
)  # fmt: skip
def test_times_are_read_as_providers_write_them(tmp_path: Path, text: str) -> None:
    row = only(write(tmp_path / "a.csv", [charge(ChargePeriodStart=text)]))

    assert row.start == datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"), [("35.2E-7", "0.00000352"), ("-100.2", "-100.2"), ("4", "4"), ("1e2", "100")]
)
def test_numbers_are_read_as_the_specification_writes_them(tmp_path: Path, text: str, value: str) -> None:
    assert only(write(tmp_path / "a.csv", [charge(BilledCost=text)])).amount == Decimal(value)


@pytest.mark.parametrize("empty", ["NULL", "", "  "])
def test_null_is_nothing(tmp_path: Path, empty: str) -> None:
    row = only(write(tmp_path / "a.csv", [charge(SubAccountId=empty, SubAccountName=empty, ServiceName=empty)]))

    assert (row.project, row.project_name, row.service) == (None, None, None)


def test_a_byte_order_mark_unknown_columns_and_another_order_do_not_matter(tmp_path: Path) -> None:
    newer = {"x_Custom": "1", "InvoiceId": "I-1", "SubAccountType": "Account", **dict(reversed(charge().items()))}

    assert only(write(tmp_path / "b.csv", [newer], encoding="utf-8-sig")) == only(write(tmp_path / "a.csv", [charge()]))


def test_a_file_without_sub_accounts_is_complete(tmp_path: Path) -> None:
    row = {name: text for name, text in charge().items() if not name.startswith("SubAccount")}

    assert only(write(tmp_path / "a.csv", [row])).project is None


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [charge()], without="BilledCost")

    assert refused(path) == "FILE: no column BilledCost; FOCUS 1.0 to 1.2 has it"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [charge()])
    path.write_text(path.read_text().replace("ChargeClass", "BilledCost", 1))

    assert refused(path) == "FILE: column BilledCost is there twice; leave one"


NUMBER = "is not a number; write it like -1234.5"
TIME = "is not a time; write it like 2026-11-20T00:00:00Z"


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("BilledCost", "1,234.50", f"BilledCost: '1,234.50' {NUMBER}"),
        ("BilledCost", "$3", f"BilledCost: '$3' {NUMBER}"),
        ("BilledCost", "NaN", f"BilledCost: 'NaN' {NUMBER}"),
        ("BilledCost", "１２", f"BilledCost: '１２' {NUMBER}"),
        ("BilledCost", "1_000", f"BilledCost: '1_000' {NUMBER}"),
        ("BilledCost", "9" * 200, f"BilledCost: '{'9' * 39}…' {NUMBER}"),
        ("BilledCost", "1e999", "BilledCost: '1e999' cannot be meant"),
        ("BilledCost", "NULL", "BilledCost: nothing there; every charge has one"),
        ("BillingAccountId", "", "BillingAccountId: nothing there; every charge has one"),
        ("BillingCurrency", "$", "BillingCurrency: '$' is not a currency; write its ISO code, such as USD"),
        ("ChargePeriodStart", "05/10/2026", f"ChargePeriodStart: '05/10/2026' {TIME}"),
        ("BillingPeriodEnd", "0001-01-01T00:00:00+14:00", f"BillingPeriodEnd: '0001-01-01T00:00:00+14:00' {TIME}"),
        ("ChargePeriodEnd", "2026-10-04", "ChargePeriodEnd: it lies before ChargePeriodStart"),
        ("ProviderName", "!\n?", "ProviderName: '! ?' names nobody: it has neither letters nor digits"),
    ],
)
def test_a_wrong_cell_is_named_with_file_line_and_column(tmp_path: Path, column: str, text: str, message: str) -> None:
    multiline = charge(BillingAccountName="two\nlines")
    path = write(tmp_path / "a.csv", [multiline, charge(**{column: text})])

    assert refused(path) == f"FILE: line 4: {message}"


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [on(1, "1"), on(2, "2", SubAccountName='quo"ted')])
    whole = path.read_text()

    path.write_text(whole.rstrip()[:-30])
    assert refused(path) == "FILE: line 3: 12 cells, 14 columns; is it cut off? Export it anew"

    path.write_text(whole.rstrip()[:-3])
    assert refused(path) == "FILE: line 3: not CSV (unexpected end of data); is it cut off? Export it anew"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00\xff\xfe")
    assert refused(path) == "FILE: neither Parquet nor UTF-8 text; unpack it, or save it as CSV in UTF-8"

    assert refused(tmp_path / "none.csv") == "cannot read FILE: No such file or directory; name a FOCUS file"
    assert refused(tmp_path) == "cannot read FILE: Is a directory; name a FOCUS file"


def test_an_empty_file_lacks_all_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()

    assert refused(path).startswith("FILE: no column BilledCost, BillingAccountId, ")


def moments(rows: list[dict[str, str]], name: str) -> list[datetime]:
    return [datetime.fromisoformat(row[name]) for row in rows]


def texts(rows: list[dict[str, str]]) -> dict[str, Any]:
    return {name: [None if row[name] == "NULL" else row[name] for row in rows] for name in rows[0]}


def exact(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Decimals and timestamps in other zones and units, as well-made exports have them."""
    columns = texts(rows)
    columns["BilledCost"] = pa.array([Decimal(row["BilledCost"]) for row in rows], pa.decimal128(30, 15))
    starts = moments(rows, "ChargePeriodStart")
    columns["ChargePeriodStart"] = pa.array(starts, pa.timestamp("ns"))
    columns["ChargePeriodEnd"] = pa.array(moments(rows, "ChargePeriodEnd"), pa.timestamp("ms", "UTC")).cast(
        pa.timestamp("ms", "America/New_York")
    )
    columns["BillingPeriodStart"] = pa.array([m.date() for m in moments(rows, "BillingPeriodStart")], pa.date32())
    columns["ServiceName"] = pa.array(columns["ServiceName"]).dictionary_encode()
    return columns


def floating(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Amounts in floating point: what was written with up to 15 digits comes back as it was."""
    return {**texts(rows), "BilledCost": pa.array([float(row["BilledCost"]) for row in rows], pa.float64())}


@pytest.mark.parametrize("made", [texts, exact, floating])
def test_parquet_gives_what_csv_gives(tmp_path: Path, made: Callable[[list[dict[str, str]]], dict[str, Any]]) -> None:
    path = parquet(tmp_path / "renamed.csv", made(text_rows(SAMPLE)))

    assert list(read_focus(path)) == list(read_focus(SAMPLE))


def test_wrong_parquet_is_named_by_row_and_column(tmp_path: Path) -> None:
    columns = texts([charge(), charge()])
    nan = parquet(tmp_path / "a.parquet", {**columns, "BilledCost": [1.0, float("nan")]})
    assert refused(nan) == f"FILE: row 2: BilledCost: 'nan' {NUMBER}"

    nested = parquet(tmp_path / "b.parquet", {**columns, "BilledCost": [[1], [2]]})
    assert refused(nested).startswith("FILE: BilledCost: values of type list<")

    lacking = parquet(tmp_path / "c.parquet", {name: c for name, c in columns.items() if name != "ProviderName"})
    assert refused(lacking) == "FILE: no column ProviderName; FOCUS 1.0 to 1.2 has it"

    broken = tmp_path / "d.parquet"
    broken.write_bytes(nan.read_bytes()[:-20])
    assert refused(broken).startswith("FILE: cannot be read as Parquet (")


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path / "a.parquet", texts([charge()]))
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert refused(path) == "Parquet needs pyarrow; pip install 'budgetbot[parquet]', or take CSV"
