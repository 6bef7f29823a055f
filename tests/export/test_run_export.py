"""Where an export goes: a file that is there whole or not at all, or standard output."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from budgetbot.core.model import Bucket, CostLine, Series
from budgetbot.errors import UsageError
from budgetbot.export import FORMATS, run_export
from budgetbot.store import Store
from tests.standins.focus import EVER, NOW


@pytest.fixture
def full(sqlite_store: Store) -> Store:
    """A store with one line."""
    start = NOW.replace(hour=0)
    line = CostLine(Series("openai", "openai", project="ünï"), Decimal("1.5"), "USD")
    sqlite_store.ledger.save("openai", Bucket("costs", start, start + timedelta(days=1), (line,)), NOW, timedelta(0))
    return sqlite_store


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_written_to_a_file_and_leaves_nothing_beside_it(
    full: Store, format: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    assert run_export(full.ledger, format, EVER, folder / "export") == 1

    assert [path.name for path in folder.iterdir()] == ["export"]
    content = (folder / "export").read_bytes()
    assert "ünï".encode() in content
    if format == "parquet":
        assert pq.read_table(folder / "export").num_rows == 1


@pytest.mark.parametrize("format", ["csv", "focus-csv"])
def test_text_goes_to_standard_output_where_no_file_is_named(
    full: Store, format: str, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    print("before")
    assert run_export(full.ledger, format, EVER) == 1
    print("after")

    run_export(full.ledger, format, EVER, tmp_path / "file")
    assert capfdbinary.readouterr().out == b"before\n" + (tmp_path / "file").read_bytes() + b"after\n"


def test_parquet_needs_a_file(full: Store) -> None:
    with pytest.raises(UsageError, match="--format parquet is not text; name a file with --out FILE"):
        run_export(full.ledger, "parquet", EVER)


def test_an_unknown_format_is_refused_with_those_there_are(full: Store) -> None:
    with pytest.raises(UsageError, match="--format xlsx is not known; choose csv, focus-csv, parquet"):
        run_export(full.ledger, "xlsx", EVER)


def test_a_failed_export_leaves_the_old_file_as_it_was(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    place = folder / "export"
    place.write_text("old")
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(UsageError, match=r"Parquet needs pyarrow; pip install 'budgetbot\[parquet\]'"):
        run_export(full.ledger, "parquet", EVER, place)

    assert [path.read_text() for path in folder.iterdir()] == ["old"]


def test_a_link_is_followed_and_kept(full: Store, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    run_export(full.ledger, "csv", EVER, tmp_path / "link")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text().startswith("source,")


def test_what_cannot_be_written_is_said(full: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*none/export: No such file or directory; name another place"):
        run_export(full.ledger, "csv", EVER, tmp_path / "none" / "export")
    with pytest.raises(UsageError, match="is not a file; name one, or leave --out away"):
        run_export(full.ledger, "csv", EVER, tmp_path)


def test_a_device_is_never_replaced(full: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(UsageError, match="is not a file"):
        run_export(full.ledger, "csv", EVER, pipe)

    assert pipe.is_fifo()
