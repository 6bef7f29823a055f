"""Charges as whole days of a bill: fractions carried, tax and credits visible, nothing lost."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Bucket, Series
from budgetbot.core.money import NANO
from budgetbot.errors import UsageError
from budgetbot.sources.focus import FocusPeriod, focus_buckets, period_of
from budgetbot.sources.focus_names import display, slug
from budgetbot.sources.focus_row import FocusRow, focus_row
from tests.standins.focus import charge, on

DAY = timedelta(days=1)


def periods(*rows: dict[str, str]) -> list[FocusPeriod]:
    return focus_buckets(focus_row({name: None if t == "NULL" else t for name, t in row.items()}) for row in rows)


def amounts(period: FocusPeriod) -> dict[tuple[int, str | None], Decimal]:
    return {(b.start.day, line.series.line_item): line.amount for b in period.buckets for line in b.costs}


def test_charges_are_summed_by_day_sub_account_and_service() -> None:
    (period,) = periods(on(5, "1.5"), on(6, "4"), on(5, "2.5"), on(5, "1", SubAccountId="sub-2"))

    assert (period.source, period.provider, period.report) == ("focus-aws", "aws", "focus:4711:2026-10")
    assert [(b.start, b.end) for b in period.buckets] == [
        (datetime(2026, 10, day, tzinfo=UTC), datetime(2026, 10, day + 1, tzinfo=UTC)) for day in (5, 6)
    ]
    first = period.buckets[0]
    assert [(line.series.project, line.amount, line.currency) for line in first.costs] == [
        ("sub-1", Decimal("4.0"), "USD"),
        ("sub-2", Decimal("1"), "USD"),
    ]
    assert first.costs[0].series == Series("aws", "focus-aws", project="sub-1", line_item="Amazon Bedrock")


def test_what_is_not_usage_says_so() -> None:
    (period,) = periods(
        on(5, "10"),
        on(5, "1.9", ChargeCategory="Tax"),
        on(5, "-4", ChargeCategory="Credit"),
        on(5, "-2"),
        on(5, "3", ChargeCategory="Tax", ServiceName="NULL"),
    )

    assert amounts(period) == {
        (5, "Amazon Bedrock"): 8,
        (5, "Tax: Amazon Bedrock"): Decimal("1.9"),
        (5, "Credit: Amazon Bedrock"): -4,
        (5, "Tax"): 3,
    }


def test_a_charge_counts_on_the_utc_day_it_begins() -> None:
    (period,) = periods(
        charge(ChargePeriodStart="2026-10-05T23:30:00-02:00", ChargePeriodEnd="2026-10-07T00:00:00Z"),
        charge(ChargePeriodStart="2026-10-01T00:00:00Z", ChargePeriodEnd="2026-11-01T00:00:00Z"),
    )

    assert [bucket.start.day for bucket in period.buckets] == [1, 6]


def test_accounts_periods_and_providers_are_kept_apart() -> None:
    later = {"BillingPeriodStart": "2026-11-01", "BillingPeriodEnd": "2026-12-01"}
    weekly = {"BillingPeriodStart": "2026-10-12", "BillingPeriodEnd": "2026-10-19"}
    found = periods(
        on(5, "1"), on(6, "2", BillingAccountId="a b/c"), on(7, "3", **later), on(8, "4", **weekly),
        on(9, "5", ProviderName="Google Cloud"), on(10, "6", ProviderName="Amazon Web Services"),
    )  # fmt: skip

    assert {(p.source, p.report): sum(amounts(p).values()) for p in found} == {
        ("focus-aws", "focus:4711:2026-10"): 7,
        ("focus-aws", "focus:a_b/c-df7b04ccb14a:2026-10"): 2,
        ("focus-aws", "focus:4711:2026-11"): 3,
        ("focus-aws", "focus:4711:2026-10-12"): 4,
        ("focus-google-cloud", "focus:4711:2026-10"): 5,
    }


def test_accounts_that_look_alike_once_cleaned_stay_apart() -> None:
    found = periods(on(5, "1", BillingAccountId="a\tb"), on(5, "1", BillingAccountId="a b"))
    long = periods(on(5, "1", BillingAccountId="x" * 500), on(5, "1", BillingAccountId="x" * 501))

    assert len({p.report for p in (*found, *long)}) == 4
    assert max(len(p.report) for p in long) < 160


def test_a_report_tells_its_account_and_period() -> None:
    assert period_of("focus:billingAccounts/1:2_2019-05-31:2026-10") == ("billingAccounts/1:2_2019-05-31", "2026-10")
    assert period_of("costs") is None


def test_a_period_is_known_up_to_its_last_charge_and_not_beyond_its_end() -> None:
    (until_now,) = periods(on(5, "1"), on(6, "1"))
    (whole,) = periods(on(5, "1"), charge(ChargePeriodEnd="2026-12-01T00:00:00Z"))

    assert until_now.complete_to == datetime(2026, 10, 6, 23, tzinfo=UTC)
    assert whole.complete_to == datetime(2026, 11, 1, tzinfo=UTC)


def test_currencies_are_never_added() -> None:
    (period,) = periods(on(5, "1"), on(5, "2", BillingCurrency="EUR"))

    assert {line.currency: line.amount for line in period.buckets[0].costs} == {"USD": 1, "EUR": 2}


def test_fractions_of_a_nano_unit_are_carried_over_the_whole_file() -> None:
    rows = [on(day, "0.0000000004", BillingAccountId=account) for day in range(1, 11) for account in ("a", "b")]

    assert sum(sum(amounts(period).values()) for period in periods(*rows)) == Decimal("0.000000008")


def test_an_amount_that_cannot_be_meant_is_refused_before_anything_is_stored() -> None:
    with pytest.raises(UsageError, match="aws: more than a billion USD in one line cannot be meant"):
        periods(on(5, "600000000"), on(5, "600000000"))


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [on(day, f"0.{day}00000000{day}", SubAccountId=sub) for day in (3, 1, 2) for sub in ("b", "a", "NULL")]

    assert periods(*rows) == periods(*reversed(rows))


@st.composite
def charges(draw: st.DrawFn) -> list[FocusRow]:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    base = focus_row(charge())
    return [
        base._replace(
            provider=draw(st.sampled_from(["aws", "oracle"])),
            account=draw(st.sampled_from(["1", "2"])),
            period_start=start + draw(st.sampled_from([0, 31])) * DAY,
            start=start + draw(st.integers(0, 70 * 24)) * timedelta(hours=1),
            category=draw(st.sampled_from(["Usage", "Tax", "Credit"])),
            project=draw(st.sampled_from(["p", None])),
            currency=draw(st.sampled_from(["USD", "EUR"])),
            amount=draw(st.decimals(-1000, 1000, allow_nan=False, places=draw(st.integers(0, 25)))),
        )
        for _ in range(draw(st.integers(0, 25)))
    ]


@given(charges())
@settings(max_examples=50, deadline=None)
def test_whatever_the_charges_a_provider_s_sum_is_the_rounded_exact_sum(rows: list[FocusRow]) -> None:
    found = focus_buckets(rows)

    exact: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in rows:
        exact[row.provider, row.currency] += Fraction(row.amount)
    kept: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for period in found:
        for line in (line for bucket in period.buckets for line in bucket.costs):
            kept[period.provider, line.currency] += Fraction(line.amount)
            assert (line.amount * NANO) % 1 == 0
    assert {key: amount * NANO for key, amount in kept.items()} == {
        key: round(sum_ * NANO) for key, sum_ in exact.items()
    }
    assert sum(period.rows for period in found) == len(rows)
    assert all(whole_days(period.buckets) for period in found)


def whole_days(buckets: tuple[Bucket, ...]) -> bool:
    starts = [bucket.start for bucket in buckets]
    return starts == sorted(set(starts)) and all(b.end - b.start == DAY and b.start.hour == 0 for b in buckets)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("AWS", "aws"), ("Amazon Web Services", "aws"), ("Microsoft", "microsoft"), ("Google Cloud", "google-cloud"),
        ("Oracle", "oracle"), ("OpenAI", "openai"), (" Some__Vendor, Inc.", "some-vendor-inc"), ("阿里云", "阿里云"),
    ],
)  # fmt: skip
def test_providers_have_short_names(name: str, short: str) -> None:
    assert slug(name) == short


@pytest.mark.parametrize(
    "provider", ["anthropic", "arthur", "aws", "google-cloud", "litellm", "microsoft", "openai", "openrouter", "oracle"]
)
def test_a_provider_that_is_written_out_is_read_back(provider: str) -> None:
    assert slug(display(provider)) == provider
