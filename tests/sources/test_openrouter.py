from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Report, Source
from budgetbot.sources.openrouter import ACTIVITY, OpenRouterSource
from tests.sources.conftest import span, utc
from tests.standins.openai import Fault
from tests.standins.openrouter import KEY, OpenRouterStandIn, Spent

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
Make = Callable[..., OpenRouterSource]


@pytest.fixture
def router() -> Iterator[OpenRouterStandIn]:
    with OpenRouterStandIn(date(2026, 3, 10)) as standin:
        yield standin


@pytest.fixture
def make(router: OpenRouterStandIn) -> Iterator[Make]:
    with ExitStack() as stack:

        def build(**options: Any) -> OpenRouterSource:
            usual = {"name": "openrouter", "key": SecretStr(KEY), "base_url": router.url, "sleep": lambda _: None}
            source = OpenRouterSource(**{**usual, **options})
            stack.callback(source.close)
            return source

        yield build


@pytest.fixture
def account(make: Make) -> OpenRouterSource:
    return make()


def pulled(source: OpenRouterSource, over: Span, now: datetime = NOW) -> list[Bucket]:
    return list(source.pull(ACTIVITY, over, "day", now))


def spends(buckets: list[Bucket]) -> list[Decimal]:
    return [sum((line.amount for line in bucket.costs), Decimal(0)) for bucket in buckets]


def by_key(bucket: Bucket) -> dict[str | None, Decimal]:
    return {line.series.api_key: line.amount for line in bucket.costs}


def test_it_is_a_source_with_one_daily_cost_report(account: OpenRouterSource) -> None:
    as_source: Source = account

    assert as_source.provider == "openrouter"
    assert as_source.reports() == (Report("activity", "cost", "day"),)


def test_an_unknown_report_is_an_error(account: OpenRouterSource) -> None:
    with pytest.raises(ValueError, match="no report"):
        list(account.pull(Report("costs", "cost"), span("2026-03-01", "2026-03-02"), "day", NOW))


def test_every_completed_day_comes_once_in_order(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    router.spent = [Spent("2026-03-07", "k", "openai/gpt-4.1", 0.5), Spent("2026-03-09", "k", "openai/gpt-4.1", 2)]

    buckets = pulled(account, span("2026-03-07", "2026-03-10"))

    assert [bucket.start for bucket in buckets] == [utc("2026-03-07"), utc("2026-03-08"), utc("2026-03-09")]
    assert spends(buckets) == [Decimal("0.5"), 0, 2]
    assert buckets[1].usage == ()


def test_only_the_last_30_completed_days_are_asked_for_and_given(
    router: OpenRouterStandIn, account: OpenRouterSource
) -> None:
    buckets = pulled(account, Span(utc("2025-12-01"), utc("2026-03-11")))

    assert len(buckets) == 30
    assert (buckets[0].start, buckets[-1].end) == (utc("2026-02-08"), utc("2026-03-10"))
    assert [asked["date"] for asked in router.asked("/activity")][::29] == ["2026-02-08", "2026-03-09"]


def test_today_is_not_given(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    assert pulled(account, span("2026-03-10", "2026-03-11")) == []
    assert router.requests == []


def test_a_day_is_split_by_key_and_the_rest_stands_without_one(
    router: OpenRouterStandIn, account: OpenRouterSource
) -> None:
    router.key("a")
    router.key("b", disabled=True)
    router.spent = [
        Spent("2026-03-09", "a", "openai/gpt-4.1", 0.1, requests=2),
        Spent("2026-03-09", "b", "openai/gpt-4.1", 0.2),
        Spent("2026-03-09", "deleted", "openai/gpt-4.1", 0.4, requests=3),
    ]

    (bucket,) = pulled(account, span("2026-03-09", "2026-03-10"))

    whole = Decimal(repr(0.1 + 0.2 + 0.4))
    assert by_key(bucket) == {"a": Decimal("0.1"), "b": Decimal("0.2"), None: whole - Decimal("0.3")}
    assert {row.series.api_key: row.metrics["requests"] for row in bucket.usage} == {"a": 2, "b": 1, None: 3}


def test_keys_of_every_workspace_are_asked_for(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    router.workspace_list.append({"id": "ws-2", "name": "Research", "slug": "research"})
    router.key("a")
    router.key("b", workspace_id="ws-2")
    router.spent = [
        Spent("2026-03-09", "a", "openai/gpt-4.1", 1), Spent("2026-03-09", "b", "openai/gpt-4.1", 2, workspace="ws-2"),
    ]  # fmt: skip

    (bucket,) = pulled(account, span("2026-03-09", "2026-03-10"))

    assert {(line.series.project, line.series.api_key): line.amount for line in bucket.costs} == {
        ("ws-default", "a"): 1,
        ("ws-2", "b"): 2,
    }


def test_keys_that_cannot_have_spent_are_not_asked_for(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    router.key("unused", usage=0)
    router.key("byok-only", usage=0, byok_usage=3)
    router.key("new", created_at="2026-03-09T00:00:00Z")
    router.spent = [Spent(f"2026-03-0{day}", "byok-only", "openai/gpt-4.1", 0, byok=1) for day in (8, 9)]

    pulled(account, span("2026-03-08", "2026-03-10"))

    asked = [(params["date"][-2:], params.get("api_key_hash")) for params in router.asked("/activity")]
    assert asked == [("08", None), ("08", "byok-only"), ("09", None), ("09", "byok-only"), ("09", "new")]


def test_with_more_than_50_keys_days_are_not_split(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    for n in range(51):
        router.key(f"key_{n}")
    router.spent = [Spent("2026-03-09", "key_1", "openai/gpt-4.1", 1)]

    (bucket,) = pulled(account, span("2026-03-09", "2026-03-10"))

    assert by_key(bucket) == {None: 1}
    assert len(router.asked("/activity")) == 1


def test_an_empty_day_costs_one_request(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    router.key("a")

    pulled(account, span("2026-03-09", "2026-03-10"))

    assert [seen.path for seen in router.requests] == ["/activity"]


def test_an_unchanged_day_is_not_split_again_within_six_hours(
    router: OpenRouterStandIn, account: OpenRouterSource
) -> None:
    router.key("a")
    router.spent = [Spent("2026-03-09", "a", "openai/gpt-4.1", 1)]
    over = span("2026-03-09", "2026-03-10")
    first = pulled(account, over)

    again = pulled(account, over, NOW + timedelta(minutes=5))
    requests = len(router.asked("/activity"))
    router.spent.append(Spent("2026-03-09", "a", "openai/gpt-4.1", 2))
    changed = pulled(account, over, NOW + timedelta(minutes=10))
    pulled(account, over, NOW + timedelta(hours=7))

    assert again == first
    assert requests == 3
    assert spends(changed) == [3]
    assert len(router.asked("/activity")) == 7


def test_workspaces_are_projects_and_keys_say_whether_they_are_disabled(
    router: OpenRouterStandIn, account: OpenRouterSource
) -> None:
    router.key("a", name="ci")
    router.key("b", name="", disabled=True)

    assert list(account.entities()) == [
        Entity("openrouter", "project", "ws-default", "Default"),
        Entity("openrouter", "api_key", "a", "ci", "active", None, "ws-default"),
        Entity("openrouter", "api_key", "b", None, "disabled", None, "ws-default"),
    ]


def test_a_management_key_has_nothing_wrong(router: OpenRouterStandIn, account: OpenRouterSource) -> None:
    assert account.check() == []
    assert [seen.path for seen in router.requests] == ["/key"]


def test_a_key_that_is_no_management_key_is_told_with_its_fix(router: OpenRouterStandIn, make: Make) -> None:
    router.management = False

    (said,) = make(key_env="ROUTER_KEY").check()

    assert "no management key" in said
    assert "set ROUTER_KEY to it" in said


def test_a_wrong_key_is_told_and_never_shown(make: Make) -> None:
    source = make(key=SecretStr("sk-or-v1-wrong-0123456789"))

    (said,) = source.check()

    assert "management key" in said
    assert "sk-or-v1-wrong" not in said
    with pytest.raises(SourceError) as caught:
        pulled(source, span("2026-03-09", "2026-03-10"))
    assert caught.value.refused


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('{"data": {}}', "no list named data"),
        ("[]", "no list named data"),
        ('{"data": [3]}', "has a row of None"),
        ('{"data": [{"date": "2026-03-08", "usage": 1}]}', "has a row of 2026-03-08"),
        ('{"data": [{"date": "2026-03-09", "usage": null}]}', "2026-03-09 cannot be read: usage"),
        ('{"data": [{"date": "2026-03-09", "usage": 1, "model": 3}]}', "model is 3"),
    ],
)
def test_an_activity_that_cannot_be_read_is_an_error(
    router: OpenRouterStandIn, account: OpenRouterSource, body: str, what: str
) -> None:
    router.faults.append(Fault(200, body))

    with pytest.raises(SourceError, match=what):
        pulled(account, span("2026-03-09", "2026-03-10"))


def test_a_failure_between_two_days_leaves_the_first_whole(
    router: OpenRouterStandIn, account: OpenRouterSource
) -> None:
    router.spent = [Spent("2026-03-08", "a", "openai/gpt-4.1", 1)]
    walk = account.pull(ACTIVITY, span("2026-03-08", "2026-03-10"), "day", NOW)

    first = next(walk)
    router.faults.append(Fault(400, '{"error": {"code": 400, "message": "Invalid request parameters"}}'))

    assert spends([first]) == [1]
    with pytest.raises(SourceError, match="Invalid request parameters"):
        next(walk)


def test_a_rate_limit_is_waited_out(router: OpenRouterStandIn, make: Make) -> None:
    waits: list[float] = []
    router.faults.append(Fault(429, '{"error": {"code": 429, "message": "slow"}}', {"retry-after": "7"}))

    assert len(pulled(make(sleep=waits.append), span("2026-03-09", "2026-03-10"))) == 1
    assert waits == [7]
