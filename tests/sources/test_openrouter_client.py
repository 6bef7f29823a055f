from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from budgetbot.errors import SourceError
from budgetbot.sources.openrouter_client import OpenRouterClient, Workspace
from tests.standins.openai import Fault
from tests.standins.openrouter import KEY, OpenRouterStandIn


@pytest.fixture
def router() -> Iterator[OpenRouterStandIn]:
    with OpenRouterStandIn(date(2026, 3, 10)) as standin:
        yield standin


@pytest.fixture
def account(router: OpenRouterStandIn) -> Iterator[OpenRouterClient]:
    with OpenRouterClient(KEY, router.url, sleep=lambda _: None) as client:
        yield client


def test_keys_are_listed_page_by_page(router: OpenRouterStandIn, account: OpenRouterClient) -> None:
    for n in range(5):
        router.key(f"key_{n}", limit=100, limit_remaining=74.5, limit_reset="monthly")
    router.page_size = 2

    keys = account.keys()

    assert [key.hash for key in keys] == [f"key_{n}" for n in range(5)]
    assert (keys[0].limit, keys[0].limit_remaining) == (Decimal(100), Decimal("74.5"))
    assert {key.limit_reset for key in keys} == {"monthly"}
    assert {asked.get("include_disabled") for asked in router.asked("/keys")} == {"true"}


def test_a_list_that_repeats_its_page_is_an_error(router: OpenRouterStandIn, account: OpenRouterClient) -> None:
    router.key("a")
    router.ignores_offset = True

    with pytest.raises(SourceError, match="same page again"):
        account.keys()


def test_an_account_without_workspaces_has_keys_all_the_same(
    router: OpenRouterStandIn, account: OpenRouterClient
) -> None:
    router.key("a")
    router.faults.append(Fault(404, '{"error": {"code": 404, "message": "Resource not found"}}', on="/workspaces"))

    keys = account.keys()

    assert [key.hash for key in keys] == ["a"]


def test_credits_are_exact(account: OpenRouterClient) -> None:
    assert account.credits() == (Decimal("100.5"), Decimal("25.75"))


def test_workspaces_are_listed_page_by_page(router: OpenRouterStandIn, account: OpenRouterClient) -> None:
    router.workspace_list.append({"id": "ws-2", "name": None, "slug": "research"})
    router.page_size = 1

    assert account.workspaces() == [Workspace("ws-default", "Default"), Workspace("ws-2", None)]


@pytest.mark.parametrize(
    ("told", "wrong"), [('"is_management_key": true', False), ('"is_provisioning_key": false', True), ("", False)]
)
def test_only_a_key_that_is_said_to_be_no_management_key_is_wrong(
    router: OpenRouterStandIn, account: OpenRouterClient, told: str, wrong: bool
) -> None:
    router.faults.append(Fault(200, f'{{"data": {{{told}}}}}'))

    assert (account.wrong_key() is not None) is wrong


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/keys", '{"data": [{"name": "without a hash"}]}'),
        ("/keys", '{"data": [{"hash": "a", "usage": "much"}]}'),
        ("/workspaces", '{"data": [7]}'),
        ("/credits", '{"data": {"total_credits": 1}}'),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error(
    router: OpenRouterStandIn, account: OpenRouterClient, path: str, body: str
) -> None:
    router.faults.append(Fault(200, body, on=path))

    with pytest.raises(SourceError, match="next pull tries again"):
        account.credits() if path == "/credits" else account.keys()
