"""A FOCUS file into the ledger: exact, idempotent, and replacing its billing periods."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from budgetbot.core.directory import Directory
from budgetbot.core.model import Bucket, CostLine, Entity, Series
from budgetbot.core.money import NANO
from budgetbot.errors import UsageError
from budgetbot.sources.focus_import import import_focus
from budgetbot.store import Store
from tests.standins.focus import EVER, NOW, SAMPLE, by_day, on, text_rows, write

LATER = NOW + timedelta(days=1)
SHORT = {"AWS": "aws", "Microsoft": "microsoft", "Oracle": "oracle"}


def billed(rows: list[dict[str, str]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[SHORT[row["ProviderName"]]] += Decimal(row["BilledCost"])
    return {name: amount.quantize(Decimal("1e-9"), rounding=ROUND_HALF_EVEN) for name, amount in sums.items()}


def in_ledger(store: Store) -> dict[str, Decimal]:
    sums: dict[str, int] = defaultdict(int)
    for line in store.ledger.cost_lines(EVER):
        sums[line.series.provider] += line.amount
    return {name: Decimal(amount) / NANO for name, amount in sums.items()}


def names(store: Store) -> dict[str, str | None]:
    return {one.id: one.name for one in store.ledger.entities() if one.status != "deleted"}


def test_the_published_sample_is_imported_to_the_last_digit(store: Store) -> None:
    rows = text_rows(SAMPLE)

    summary = import_focus(SAMPLE, store.ledger, NOW)

    assert {total.provider: total.amount for total in summary.totals} == billed(rows)
    assert in_ledger(store) == billed(rows)
    history = store.ledger.history(EVER, Directory())
    assert int(history.facts.billed.sum()) == sum(billed(rows).values()) * NANO
    assert (summary.rows, summary.periods, summary.replaced) == (len(rows), 4, 0)
    assert names(store) == {row["SubAccountId"]: row["SubAccountName"] for row in rows if row["SubAccountId"] != "NULL"}


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    first = import_focus(SAMPLE, store.ledger, NOW)
    before = store.ledger.cost_lines(EVER)

    again = import_focus(SAMPLE, store.ledger, LATER)

    assert (again.changed, again.replaced, again.totals) == (0, 4, first.totals)
    assert store.ledger.cost_lines(EVER) == before


def test_a_corrected_file_replaces_its_billing_period(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    import_focus(write(path, [on(1, "1"), on(2, "2"), on(3, "3", ServiceName="Old")]), store.ledger, NOW)

    summary = import_focus(write(path, [on(1, "1"), on(3, "5"), on(4, "-1")]), store.ledger, LATER)

    assert by_day(store) == {
        ("aws", "2026-10-01", "USD"): 1,
        ("aws", "2026-10-03", "USD"): 5,
        ("aws", "2026-10-04", "USD"): -1,
    }
    assert (summary.replaced, summary.changed, summary.days) == (1, 4, 3)
    before = {line.start.day: line.amount // NANO for line in store.ledger.cost_lines(EVER, as_of=NOW)}
    assert [before[day] for day in (1, 2, 3)] == [1, 2, 3]


def test_other_accounts_periods_and_sources_stay(store: Store, tmp_path: Path) -> None:
    november = {"BillingPeriodStart": "2026-11-01", "BillingPeriodEnd": "2026-12-01"}
    path = tmp_path / "a.csv"
    import_focus(
        write(
            path,
            [
                on(1, "1"),
                on(1, "2", BillingAccountId="other"),
                on(1, "4", **november),
                on(1, "8", ProviderName="Oracle"),
            ],
        ),
        store.ledger,
        NOW,
    )

    import_focus(write(path, [on(2, "16")]), store.ledger, LATER)

    assert by_day(store) == {
        ("aws", "2026-10-01", "USD"): 6, ("aws", "2026-10-02", "USD"): 16, ("oracle", "2026-10-01", "USD"): 8,
    }  # fmt: skip


def test_a_day_that_comes_back_after_it_was_gone_counts_again(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for hours, days in enumerate([(1, 2), (1,), (1, 2)]):
        import_focus(write(path, [on(day, "1") for day in days]), store.ledger, NOW + timedelta(hours=hours))

    assert sum(by_day(store).values()) == 2


def test_a_wrong_row_at_the_end_leaves_nothing_behind(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [*(on(day, "1") for day in range(1, 30)), on(30, "one")])

    with pytest.raises(UsageError, match=r"a\.csv: line 31: BilledCost: 'one' is not a number"):
        import_focus(path, sqlite_store.ledger, NOW)

    ledger = sqlite_store.ledger
    assert (ledger.cost_lines(EVER), ledger.watermarks(), ledger.entities()) == ([], [], [])
    assert dict(ledger.memory("focus-aws")) == {}


def test_a_file_without_rows_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [on(1, "1")])
    path.write_text(path.read_text().splitlines()[0] + "\n")

    with pytest.raises(UsageError, match=r"a\.csv: there are no rows; nothing was imported"):
        import_focus(path, sqlite_store.ledger, NOW)


def test_the_watermark_says_how_far_the_file_goes(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [on(1, "1"), on(7, "1")])
    import_focus(path, sqlite_store.ledger, NOW)
    early = datetime(2026, 10, 3, tzinfo=UTC)
    import_focus(write(path, [on(1, "1"), on(7, "1", BillingAccountId="b")]), sqlite_store.ledger, early)

    marks = {mark.report: mark.complete_to for mark in sqlite_store.ledger.watermarks()}
    assert marks == {"focus:4711:2026-10": datetime(2026, 10, 7, 23, tzinfo=UTC), "focus:b:2026-10": early}


def test_names_of_earlier_files_stay_and_new_ones_are_added(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    import_focus(
        write(path, [on(1, "1"), on(1, "1", SubAccountId="sub-2", SubAccountName="web")]), sqlite_store.ledger, NOW
    )

    second = [
        on(1, "1", SubAccountId="sub-2", SubAccountName="web-shop"),
        on(1, "1", SubAccountId="sub-3", SubAccountName="NULL"),
    ]
    import_focus(write(path, second), sqlite_store.ledger, LATER)

    assert names(sqlite_store) == {"sub-1": "research", "sub-2": "web-shop", "sub-3": None}


def test_a_name_is_not_lost_to_a_row_without_one(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    import_focus(write(path, [on(1, "1"), on(2, "1", SubAccountName="NULL")]), sqlite_store.ledger, NOW)
    assert names(sqlite_store) == {"sub-1": "research"}

    import_focus(write(path, [on(1, "1", SubAccountName="NULL")]), sqlite_store.ledger, LATER)
    assert names(sqlite_store) == {"sub-1": "research"}


def test_names_of_other_sources_are_left_alone(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.ledger.save_entities("openai", [Entity("openai", "project", "sub-1", "mine")], NOW)

    import_focus(write(tmp_path / "a.csv", [on(1, "1")]), sqlite_store.ledger, NOW)

    assert Entity("openai", "project", "sub-1", "mine") in sqlite_store.ledger.entities()


def test_sources_that_read_the_same_provider_are_named(sqlite_store: Store, tmp_path: Path) -> None:
    line = CostLine(Series("openai", "openai-eu"), Decimal(1), "USD")
    start = datetime(2026, 10, 1, tzinfo=UTC)
    sqlite_store.ledger.save("openai-eu", Bucket("costs", start, start + timedelta(days=1), (line,)), NOW, timedelta(0))
    path = write(tmp_path / "a.csv", [on(1, "1"), on(1, "1", ProviderName="OpenAI")])

    for moment in (NOW, LATER):
        summary = import_focus(path, sqlite_store.ledger, moment)
        assert [(total.provider, total.beside) for total in summary.totals] == [("aws", ()), ("openai", ("openai-eu",))]


def test_hostile_names_are_cleaned(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        [
            on(
                1,
                "1",
                SubAccountId="a\x1bb",
                SubAccountName="\u202eevil\nname",
                ServiceName="x" * 900,
                BillingAccountId="a\x00\nb",
            )
        ],
    )

    import_focus(path, store.ledger, NOW)

    (line,) = store.ledger.cost_lines(EVER)
    assert (line.series.project, len(line.series.line_item or "")) == ("a b", 500)
    assert names(store) == {"a b": "evil name"}
