"""How values stand in columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from budgetbot.core.instant import from_micros, micros
from budgetbot.core.model import DIMENSIONS, METRICS, Alert
from budgetbot.store import tables
from budgetbot.store.columns import Digits, Instant, storable

DIALECT = sqlite.dialect()


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_is_kept_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(micros(moment)) == moment
    assert Instant().process_result_value(Instant().process_bind_param(moment, DIALECT), DIALECT) == moment


def test_another_zone_is_the_same_from_micros() -> None:
    there = datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=2)))

    assert Instant().process_bind_param(there, DIALECT) == micros(datetime(2026, 11, 19, 23, tzinfo=UTC))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="a time without a zone"):
        Instant().process_bind_param(datetime(2026, 11, 20), DIALECT)  # noqa: DTZ001


@given(st.integers())
def test_digits_hold_any_whole_number(number: int) -> None:
    assert Digits().process_result_value(Digits().process_bind_param(number, DIALECT), DIALECT) == number


@given(st.text(st.characters(exclude_categories=())))
def test_storable_text_can_be_encoded_and_has_no_nul(text: str) -> None:
    kept = storable(text)

    assert b"\x00" not in kept.encode()
    assert storable(kept) == kept


def test_ordinary_text_is_stored_as_it_is() -> None:
    assert storable("Größe 🚀 \u202e") == "Größe 🚀 \u202e"


def test_the_tables_have_a_column_for_each_dimension_metric_and_field_of_an_alert() -> None:
    assert list(tables.series.columns.keys()) == ["id", "digest", *DIMENSIONS]
    assert list(tables.usage_line.columns.keys())[5:] == list(METRICS)
    assert set(tables.alert.columns.keys()) == set(Alert.__dataclass_fields__)
