"""The ledger as FOCUS 1.2: mandatory columns, allowed values, and what is imported again is what was exported."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from budgetbot.core.model import Bucket, CostLine, Entity, Series
from budgetbot.export import export_focus_csv, named_lines
from budgetbot.sources.focus_import import import_focus
from budgetbot.store import Store, open_store
from tests.standins.focus import EVER, NOW, SAMPLE, by_day, on, write

DAY = timedelta(days=1)
TODAY = NOW.replace(hour=0)
MANDATORY = {
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost",
    "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName",
    "PublisherName", "ServiceCategory", "ServiceName",
}  # fmt: skip
MAY_BE_NULL = {"ChargeClass", "PricingQuantity", "PricingUnit"}
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"", "Correction"},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "ServiceCategory": {"AI and Machine Learning", "Other"},
    "ServiceSubcategory": {"Generative AI", "Other (Other)"},
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:00:00Z")


@pytest.fixture
def other(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A second, empty store."""
    path = tmp_path / "other.db"
    shutil.copyfile(migrated_file, path)
    with closing(open_store(f"sqlite:///{path}")) as opened:
        yield opened


def live(store: Store) -> None:
    """What a provider's API told, over a turn of the month, in fractions, currencies and hours."""
    days = []
    for back in range(40):
        start = TODAY - back * DAY
        lines = (
            CostLine(Series("openai", "openai", "p", "k", "u", "gpt-5", "gpt-5, input"), Decimal("0.123456789"), "USD"),
            CostLine(Series("openai", "openai", None, line_item="=web search"), Decimal(-back), "USD"),
        )
        days.append(Bucket("costs", start, start + DAY, lines))
    store.ledger.save("openai", days, NOW, DAY)
    hour = TODAY + timedelta(hours=7)
    euro = (CostLine(Series("anthropic", "anthropic"), Decimal("9.5"), "EUR"),)
    store.ledger.save("anthropic", Bucket("costs", hour, hour + timedelta(hours=1), euro), NOW, DAY)
    store.ledger.save_entities("openai", [Entity("openai", "project", "p", "research")], NOW)


def exported(store: Store) -> list[dict[str, str]]:
    out = BytesIO()
    export_focus_csv(named_lines(store.ledger, EVER), out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def file_of(store: Store, path: Path) -> Path:
    with path.open("wb") as out:
        export_focus_csv(named_lines(store.ledger, EVER), out)
    return path


def test_a_line_of_an_api_is_usage_of_it(sqlite_store: Store) -> None:
    live(sqlite_store)

    row = next(
        row
        for row in exported(sqlite_store)
        if row["ChargePeriodStart"] == "2026-11-20T00:00:00Z" and row["ResourceId"]
    )
    told = {name: text for name, text in row.items() if text}
    assert told == {
        "BilledCost": "0.123456789", "ContractedCost": "0.123456789", "EffectiveCost": "0.123456789",
        "ListCost": "0.123456789", "BillingCurrency": "USD",
        "BillingAccountId": "openai", "BillingAccountName": "openai",
        "BillingPeriodStart": "2026-11-01T00:00:00Z", "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "ChargePeriodStart": "2026-11-20T00:00:00Z", "ChargePeriodEnd": "2026-11-21T00:00:00Z",
        "ChargeCategory": "Usage", "ChargeDescription": "gpt-5, input", "ChargeFrequency": "Usage-Based",
        "InvoiceIssuerName": "OpenAI", "ProviderName": "OpenAI", "PublisherName": "OpenAI",
        "PricingQuantity": "1", "PricingUnit": "Units", "ResourceId": "k", "ResourceType": "API key",
        "ServiceCategory": "AI and Machine Learning", "ServiceName": "OpenAI API",
        "ServiceSubcategory": "Generative AI", "SkuId": "gpt-5, input",
        "SubAccountId": "p", "SubAccountName": "research", "SubAccountType": "Project",
        "x_Source": "openai", "x_Status": "billed", "x_UserId": "u", "x_Model": "gpt-5", "x_LineItem": "gpt-5, input",
    }  # fmt: skip


def test_every_row_keeps_the_rules_of_focus_1_2(sqlite_store: Store, tmp_path: Path) -> None:
    live(sqlite_store)
    import_focus(SAMPLE, sqlite_store.ledger, NOW)
    taxes = [on(1, "1", ChargeCategory="Tax"), on(1, "-1", ChargeCategory="Credit", SubAccountName="NULL")]
    import_focus(write(tmp_path / "a.csv", taxes), sqlite_store.ledger, NOW)

    rows = exported(sqlite_store)

    assert set(rows[0]) >= MANDATORY
    for row in rows:
        assert all(row[name] for name in MANDATORY - MAY_BE_NULL)
        assert all(row[name] in values for name, values in ALLOWED.items())
        assert all(TIME.fullmatch(row[name]) for name in row if name.endswith(("PeriodStart", "PeriodEnd")))
        taxed = row["ChargeCategory"] == "Tax"
        assert bool(row["PricingQuantity"]) == bool(row["PricingUnit"]) == bool(row["SkuId"]) == (not taxed)
        assert bool(row["SubAccountId"]) == bool(row["SubAccountName"]) == bool(row["SubAccountType"])
        assert bool(row["ResourceId"]) == bool(row["ResourceType"])
        assert all(name in MANDATORY or name[0].isupper() or name.startswith("x_") for name in row)
    assert {row["ChargeCategory"] for row in rows} >= {"Usage", "Tax", "Credit", "Adjustment"}


def test_a_file_comes_out_with_the_account_period_and_category_it_came_in_with(
    sqlite_store: Store, tmp_path: Path
) -> None:
    late = {"BillingPeriodStart": "2026-11-01", "BillingPeriodEnd": "2026-12-01", "ChargeCategory": "Tax"}
    weekly = {"BillingPeriodStart": "2026-10-12", "BillingPeriodEnd": "2026-10-19"}
    rows = [on(5, "1", **late), on(13, "2", **weekly, ServiceName="NULL")]
    import_focus(write(tmp_path / "a.csv", rows), sqlite_store.ledger, NOW)

    tax, used = exported(sqlite_store)

    assert (tax["BillingAccountId"], tax["BillingPeriodStart"], tax["BillingPeriodEnd"]) == (
        "4711", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z",
    )  # fmt: skip
    assert (tax["ChargeCategory"], tax["ServiceName"], tax["ChargeDescription"]) == (
        "Tax", "Amazon Bedrock", "Tax: Amazon Bedrock",
    )  # fmt: skip
    assert (used["BillingPeriodStart"], used["ServiceName"], used["SkuId"]) == ("2026-10-01T00:00:00Z", "AWS", "AWS")


def test_what_is_exported_and_imported_elsewhere_is_the_same_by_provider_and_day(
    sqlite_store: Store, other: Store, tmp_path: Path
) -> None:
    live(sqlite_store)
    import_focus(SAMPLE, sqlite_store.ledger, NOW)

    summary = import_focus(file_of(sqlite_store, tmp_path / "out.csv"), other.ledger, NOW)

    assert by_day(other) == by_day(sqlite_store)
    assert len(by_day(other)) > 80
    assert summary.rows == len(sqlite_store.ledger.cost_lines(EVER))
    again = import_focus(file_of(sqlite_store, tmp_path / "out.csv"), other.ledger, NOW + DAY)
    assert again.changed == 0


def test_a_file_that_went_through_the_ledger_comes_out_the_same_the_second_time(
    sqlite_store: Store, other: Store, tmp_path: Path
) -> None:
    import_focus(SAMPLE, sqlite_store.ledger, NOW)

    first = file_of(sqlite_store, tmp_path / "first.csv")
    import_focus(first, other.ledger, NOW)

    assert file_of(other, tmp_path / "second.csv").read_bytes() == first.read_bytes()


@pytest.mark.parametrize("name", ["=1+1", "-2", "@x"])
def test_no_name_becomes_a_formula_and_no_amount_is_touched(sqlite_store: Store, name: str) -> None:
    start = datetime(2026, 11, 1, tzinfo=NOW.tzinfo)
    line = CostLine(Series("openai", "openai", project=name, line_item=name), Decimal(-3), "USD")
    sqlite_store.ledger.save("openai", Bucket("costs", start, start + DAY, (line,)), NOW, DAY)

    (row,) = exported(sqlite_store)
    assert (row["SubAccountId"], row["SkuId"], row["BilledCost"]) == (f"'{name}", f"'{name}", "-3.00")
