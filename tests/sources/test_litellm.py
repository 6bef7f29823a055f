from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError, UsageError
from budgetbot.sources import Report, Source
from budgetbot.sources.litellm import ACTIVITY, LiteLLMSource
from tests.sources.conftest import span, utc
from tests.standins.litellm import KEY, PATH, LiteLLMStandIn, Row
from tests.standins.openai import Fault

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
Make = Callable[..., LiteLLMSource]


@pytest.fixture
def proxy() -> Iterator[LiteLLMStandIn]:
    with LiteLLMStandIn() as standin:
        yield standin


@pytest.fixture
def make(proxy: LiteLLMStandIn) -> Iterator[Make]:
    with ExitStack() as stack:

        def build(**options: Any) -> LiteLLMSource:
            usual = {"name": "proxy", "key": SecretStr(KEY), "base_url": proxy.url, "sleep": lambda _: None}
            source = LiteLLMSource(**{**usual, "clock": lambda: NOW, **options})
            stack.callback(source.close)
            return source

        yield build


@pytest.fixture
def gateway(make: Make) -> LiteLLMSource:
    return make()


def pulled(source: LiteLLMSource, over: Span, now: datetime = NOW) -> list[Bucket]:
    return list(source.pull(ACTIVITY, over, "day", now))


def spends(buckets: list[Bucket]) -> list[Decimal]:
    return [sum((line.amount for line in bucket.costs), Decimal(0)) for bucket in buckets]


def many(days: int, rows: int, spend: float = 0.1) -> list[Row]:
    return [
        Row(f"2026-03-{day:02}", f"key_{n % 3}", f"model_{n % 2}", spend)
        for day in range(1, days + 1) for n in range(rows)
    ]  # fmt: skip


def test_it_is_a_source_with_one_daily_cost_report(gateway: LiteLLMSource) -> None:
    as_source: Source = gateway

    assert as_source.provider == "litellm"
    assert as_source.reports() == (Report("activity", "cost", "day"),)


def test_an_unknown_report_is_an_error(gateway: LiteLLMSource) -> None:
    with pytest.raises(ValueError, match="no report"):
        list(gateway.pull(Report("costs", "cost"), span("2026-03-01", "2026-03-02"), "day", NOW))


def test_a_proxy_without_an_address_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(UsageError, match="LITELLM_BASE_URL"):
        LiteLLMSource("proxy", SecretStr(KEY), " ")


def test_every_day_comes_once_in_order_empty_ones_included(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    proxy.rows = [Row("2026-03-03", "k", "m", 2.5), Row("2026-03-01", "k", "m", 0.1), Row("2026-02-28", "k", "m", 9)]

    buckets = pulled(gateway, span("2026-03-01", "2026-03-04"))

    assert [bucket.start for bucket in buckets] == [utc("2026-03-01"), utc("2026-03-02"), utc("2026-03-03")]
    assert spends(buckets) == [Decimal("0.1"), 0, Decimal("2.5")]
    assert buckets[1].usage == ()


def test_the_last_day_is_asked_for_as_the_inclusive_end_and_days_are_utc(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    pulled(gateway, span("2026-03-01", "2026-03-04"))

    assert proxy.asked(PATH) == [
        {"start_date": "2026-03-01", "end_date": "2026-03-03", "page": "1", "page_size": "1000", "timezone": "0"}
    ]


def test_days_that_have_not_begun_are_neither_asked_for_nor_given(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    days = pulled(gateway, span("2026-03-09T07:00", "2026-03-20"))

    assert [bucket.start.day for bucket in days] == [9, 10]
    assert pulled(gateway, span("2026-03-11", "2026-03-12")) == []
    assert [asked["end_date"] for asked in proxy.asked(PATH)] == ["2026-03-10"]


def test_a_long_history_is_read_month_by_month(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    buckets = pulled(gateway, Span(utc("2026-03-11") - timedelta(days=70), utc("2026-03-11")))

    assert len(buckets) == 70
    assert len(proxy.requests) == 3


def test_the_floats_of_the_proxy_are_summed_as_the_numbers_they_are(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    proxy.rows = many(days=1, rows=3)

    (bucket,) = pulled(gateway, span("2026-03-01", "2026-03-02"))

    assert spends([bucket]) == [Decimal("0.30000000000000004")]


def test_fewer_days_are_asked_for_where_they_do_not_fit_one_page(proxy: LiteLLMStandIn, make: Make) -> None:
    proxy.rows = many(days=8, rows=5, spend=0.25)
    proxy.most_rows = 10
    source = make()

    buckets = pulled(source, span("2026-03-01", "2026-03-09"))

    assert spends(buckets) == [Decimal("1.25")] * 8
    assert {asked["page"] for asked in proxy.asked(PATH)} == {"1"}
    assert [(a["start_date"][-2:], a["end_date"][-2:]) for a in proxy.asked(PATH)] == [
        ("01", "08"), ("01", "02"), ("03", "04"), ("05", "06"), ("07", "08"),
    ]  # fmt: skip


def test_a_day_of_several_pages_is_merged(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    proxy.rows = many(days=2, rows=25, spend=0.25)
    proxy.most_rows = 10

    buckets = pulled(gateway, span("2026-03-01", "2026-03-03"))

    assert spends(buckets) == [Decimal("6.25")] * 2
    assert sum(row.metrics["requests"] for row in buckets[0].usage) == 25
    assert [asked["page"] for asked in proxy.asked(PATH)] == ["1", "1", "2", "3", "1", "2", "3"]


def test_a_page_that_repeats_itself_is_an_error(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    proxy.rows = many(days=1, rows=25)
    proxy.most_rows = 10
    proxy.ignores_page = True

    with pytest.raises(SourceError, match="once more"):
        pulled(gateway, span("2026-03-01", "2026-03-02"))


def edited(**metadata: Any) -> Fault:
    def edit(body: dict[str, Any]) -> None:
        body["metadata"] |= metadata

    return Fault(edit=edit)


@pytest.mark.parametrize("pages", [2, 4])
def test_pages_that_become_more_or_fewer_while_they_are_read_are_an_error(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource, pages: int
) -> None:
    proxy.rows = many(days=1, rows=25)
    proxy.most_rows = 10
    proxy.faults.extend([edited(), edited(total_pages=pages, has_more=pages > 2)])

    with pytest.raises(SourceError, match=f"became {pages} from 3"):
        pulled(gateway, span("2026-03-01", "2026-03-02"))


def test_an_error_in_a_later_window_leaves_the_earlier_days_whole(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    proxy.rows = [Row("2026-02-01", "k", "m", 1)]
    proxy.faults.extend([edited(), edited(page=7)])
    walk = gateway.pull(ACTIVITY, span("2026-02-01", "2026-03-10"), "day", NOW)

    first = [next(walk) for _ in range(31)]

    assert spends(first)[0] == 1
    with pytest.raises(SourceError, match="says that it is page 7"):
        next(walk)


def test_a_day_that_was_not_asked_for_is_an_error(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["results"][0]["date"] = "2026-02-28"

    proxy.rows = many(days=1, rows=1)
    proxy.faults.append(Fault(edit=edit))

    with pytest.raises(SourceError, match="2026-02-28 was not asked for"):
        pulled(gateway, span("2026-03-01", "2026-03-02"))


def test_a_day_that_cannot_be_read_is_an_error_and_nothing_of_it_is_given(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    def edit(body: dict[str, Any]) -> None:
        body["results"][0]["metrics"]["spend"] = "\x1b[31mmuch"

    proxy.rows = many(days=2, rows=1)
    proxy.faults.append(Fault(edit=edit))

    with pytest.raises(SourceError, match="2026-03-02 cannot be read") as caught:
        pulled(gateway, span("2026-03-01", "2026-03-03"))
    assert "\x1b" not in str(caught.value)


def test_keys_that_the_proxy_leaves_out_stand_unattributed_under_their_model(
    proxy: LiteLLMStandIn, gateway: LiteLLMSource
) -> None:
    proxy.rows = many(days=1, rows=6, spend=0.25)
    proxy.key_limit = 1

    (bucket,) = pulled(gateway, span("2026-03-01", "2026-03-02"))

    assert {(line.series.model, line.series.api_key): line.amount for line in bucket.costs} == {
        ("model_0", "key_0"): Decimal("0.25"), ("model_0", None): Decimal("0.5"),
        ("model_1", "key_1"): Decimal("0.25"), ("model_1", None): Decimal("0.5"),
    }  # fmt: skip


def test_the_documented_shape_is_read_over_the_wire_too(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    proxy.rows = [Row("2026-03-01", "k", "m", 2), Row("2026-03-01", "k", None, 1)]
    proxy.flat = True

    (bucket,) = pulled(gateway, span("2026-03-01", "2026-03-02"))

    assert {line.series.model: line.amount for line in bucket.costs} == {"m": 2, None: 1}


def test_names_are_learnt_from_the_activity_and_kept_across_restarts(proxy: LiteLLMStandIn, make: Make) -> None:
    memory: dict[str, str] = {}
    proxy.rows = [Row("2026-03-01", "hash_a", "m", 1), Row("2026-03-01", "hash_b", "m", 1)]
    proxy.keys["hash_a"] = {"key_alias": "ci", "team_id": "team-1", "user_email": "o@example.com", "key_exists": True}

    pulled(make(memory=memory), span("2026-03-01", "2026-03-02"))

    assert list(make(memory=memory).entities()) == [
        Entity("proxy", "project", "team-1", None),
        Entity("proxy", "api_key", "hash_a", "ci", "active", "o@example.com", "team-1"),
        Entity("proxy", "api_key", "hash_b", None, "deleted"),
    ]


def test_a_good_key_has_nothing_wrong(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    assert gateway.check() == []
    assert [asked["start_date"] for asked in proxy.asked(PATH)] == ["2026-03-10"]


def test_a_wrong_key_is_told_with_its_fix_and_never_shown(make: Make) -> None:
    source = make(key=SecretStr("sk-wrong-key-0123456789"), key_env="GATEWAY_KEY")

    (said,) = source.check()

    assert "set GATEWAY_KEY to the proxy's master key" in said
    assert "sk-wrong" not in said
    with pytest.raises(SourceError) as caught:
        pulled(source, span("2026-03-01", "2026-03-02"))
    assert caught.value.refused


def test_a_passing_failure_of_the_proxy_is_tried_again(proxy: LiteLLMStandIn, gateway: LiteLLMSource) -> None:
    proxy.rows = many(days=1, rows=1)
    proxy.faults.append(Fault(500, '{"detail": {"error": "Failed to fetch analytics: timeout"}}'))

    assert spends(pulled(gateway, span("2026-03-01", "2026-03-02"))) == [Decimal("0.1")]
