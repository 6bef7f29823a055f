"""A stand-in for OpenAI, and clients of it that do not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Bucket
from budgetbot.core.period import Span
from budgetbot.sources import Grain, Report
from budgetbot.sources.http import JsonHttp
from budgetbot.sources.openai import OpenAISource
from budgetbot.sources.openai_client import OpenAIClient
from tests.standins.openai import KEY, OpenAIStandIn, at

Connect = Callable[..., OpenAIClient]
MakeHttp = Callable[..., JsonHttp]
MakeSource = Callable[..., OpenAISource]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[OpenAIStandIn]:
    """An OpenAI whose time is 2026-03-10, 12:00."""
    with OpenAIStandIn(at("2026-03-10T12:00")) as standin:
        yield standin


@pytest.fixture
def sleeps() -> list[float]:
    """The waits between tries, which nobody sits out."""
    return []


@pytest.fixture
def connect(api: OpenAIStandIn, sleeps: list[float]) -> Iterator[Connect]:
    """Makes clients of the stand-in, and closes them."""
    with ExitStack() as stack:

        def make(**options: Any) -> OpenAIClient:
            usual = {"key": KEY, "base_url": api.url, "sleep": sleeps.append}
            return stack.enter_context(OpenAIClient(**{**usual, **options}))

        yield make


@pytest.fixture
def client(connect: Connect) -> OpenAIClient:
    """A client of the stand-in."""
    return connect()


@pytest.fixture
def make_http(api: OpenAIStandIn, sleeps: list[float]) -> Iterator[MakeHttp]:
    with ExitStack() as stack:

        def connect(**options: Any) -> JsonHttp:
            usual = {
                "base_url": api.url,
                "who": "acme",
                "key_env": "ACME_KEY",
                "credential_fix": "set ACME_KEY to an admin key with the scope api.usage.read",
                "bearer": SecretStr(KEY),
                "sleep": sleeps.append,
            }
            return stack.enter_context(JsonHttp(**{**usual, **options}))

        yield connect


@pytest.fixture
def http(make_http: MakeHttp) -> JsonHttp:
    return make_http()


@pytest.fixture
def make(api: OpenAIStandIn, sleeps: list[float]) -> Iterator[MakeSource]:
    with ExitStack() as stack:

        def build(**options: Any) -> OpenAISource:
            usual = {"name": "openai", "key": SecretStr(KEY), "base_url": api.url, "sleep": sleeps.append}
            source = OpenAISource(**{**usual, "clock": lambda: NOW, **options})
            stack.callback(source.close)
            return source

        yield build


@pytest.fixture
def source(make: MakeSource) -> OpenAISource:
    return make()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Span:
    return Span(utc(start), utc(end))


def pulled(source: OpenAISource, report: Report, over: Span, grain: Grain = "day", now: datetime = NOW) -> list[Bucket]:
    return list(source.pull(report, over, grain, now))


def cost(value: Any, **dimensions: Any) -> dict[str, Any]:
    return {"amount": {"value": value, "currency": "usd"}, **dimensions}
