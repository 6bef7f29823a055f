from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from budgetbot.core.model import Entity
from budgetbot.errors import SourceError
from budgetbot.sources.anthropic import AnthropicSource
from tests.standins.anthropic import KEY, AnthropicStandIn, error
from tests.standins.openai import Fault, at

WORKSPACES, KEYS, USERS, ROBOTS = (
    f"/v1/organizations/{name}" for name in ("workspaces", "api_keys", "users", "service_accounts")
)


@pytest.fixture
def claude() -> Iterator[AnthropicStandIn]:
    with AnthropicStandIn(at("2026-03-10T12:00")) as standin:
        yield standin


@pytest.fixture
def source(claude: AnthropicStandIn) -> Iterator[AnthropicSource]:
    source = AnthropicSource("claude", SecretStr(KEY), claude.url, sleep=lambda seconds: None)
    yield source
    source.close()


def workspace(id: str, name: str, archived_at: str | None = None) -> dict[str, Any]:
    return {"type": "workspace", "id": id, "name": name, "archived_at": archived_at, "display_color": "#6C5BB9"}


def key(id: str, **more: Any) -> dict[str, Any]:
    scope = {"type": "workspace", "workspace_id": "wrkspc_a"}
    return {"type": "api_key", "id": id, "name": f"name of {id}", "status": "active", "scope": scope, **more}


def only_key(source: AnthropicSource) -> Entity:
    (found,) = (entity for entity in source.entities() if entity.kind == "api_key")
    return found


def test_workspaces_are_projects_and_archived_ones_are_named_too(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.lists[WORKSPACES] = [workspace("wrkspc_a", "Web"), workspace("wrkspc_b", "Old", "2026-01-01T00:00:00Z")]

    assert list(source.entities()) == [
        Entity("claude", "project", "wrkspc_a", "Web", "active"),
        Entity("claude", "project", "wrkspc_b", "Old", "archived"),
    ]


@pytest.mark.parametrize("status", ["active", "inactive", "archived", "expired"])
def test_a_key_has_its_status_and_its_workspace(claude: AnthropicStandIn, source: AnthropicSource, status: str) -> None:
    claude.lists[KEYS] = [key("apikey_a", status=status)]

    assert only_key(source) == Entity("claude", "api_key", "apikey_a", "name of apikey_a", status, parent="wrkspc_a")


@pytest.mark.parametrize(
    ("more", "parent"),
    [
        ({"scope": {"type": "organization"}}, None),
        ({"scope": None, "workspace_id": "wrkspc_b"}, "wrkspc_b"),
        ({"scope": None, "workspace_id": None}, None),
    ],
)
def test_the_workspace_of_a_key_is_found_in_either_shape(
    claude: AnthropicStandIn, source: AnthropicSource, more: dict[str, Any], parent: str | None
) -> None:
    claude.lists[KEYS] = [key("apikey_a", **more)]

    assert only_key(source).parent == parent


MADE = {"created_by": {"type": "user", "id": "user_a"}}


@pytest.mark.parametrize(
    ("more", "owner"),
    [
        ({}, None),
        ({"created_by": None}, None),
        ({"created_by": {"type": "user", "id": "user_gone"}}, "user_gone"),
        (MADE, "alex@example.com"),
        ({**MADE, "principal": {"type": "user_actor", "user_id": "user_b"}}, "kim@example.com"),
        ({**MADE, "principal": {"type": "service_account_actor", "service_account_id": "svac_ci"}}, "ci"),
        ({**MADE, "principal": None}, "alex@example.com"),
    ],
)
def test_the_owner_of_a_key_is_whom_it_acts_as_else_who_made_it(
    claude: AnthropicStandIn, source: AnthropicSource, more: dict[str, Any], owner: str | None
) -> None:
    claude.lists[USERS] = [
        {"id": "user_a", "name": "Alex Example", "email": "alex@example.com"},
        {"id": "user_b", "name": "Kim Example", "email": "kim@example.com"},
    ]
    claude.lists[ROBOTS] = [{"id": "svac_ci", "name": "ci"}]
    claude.lists[KEYS] = [key("apikey_a", **more)]

    assert only_key(source).owner == owner


def test_people_and_service_accounts_are_the_users(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.lists[USERS] = [{"id": "user_a", "name": "", "email": "alex@example.com"}]
    claude.lists[ROBOTS] = [{"id": "svac_ci", "name": "ci", "archived_at": "2026-01-01T00:00:00Z"}]

    assert list(source.entities()) == [
        Entity("claude", "user", "user_a", "alex@example.com", owner="alex@example.com"),
        Entity("claude", "user", "svac_ci", "ci", "archived"),
    ]


def test_long_lists_are_read_to_their_end_by_either_cursor(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.page_size = 2
    claude.lists[WORKSPACES] = [workspace(f"wrkspc_{n}", f"W{n}") for n in range(5)]
    claude.lists[ROBOTS] = [{"id": f"svac_{n}", "name": f"robot {n}"} for n in range(3)]

    ids = [entity.id for entity in source.entities()]

    assert ids == [*(f"wrkspc_{n}" for n in range(5)), *(f"svac_{n}" for n in range(3))]


def test_people_that_may_not_be_listed_are_left_out_and_told(claude: AnthropicStandIn, source: AnthropicSource) -> None:
    claude.forbidden = {USERS}
    claude.lists[KEYS] = [key("apikey_a", **MADE)]

    with capture_logs() as logs:
        found = only_key(source)

    assert found.owner == "user_a"
    assert [(entry["event"], entry["list"]) for entry in logs] == [("anthropic_list_not_readable", "users")]


@pytest.mark.parametrize("path", [WORKSPACES, KEYS])
def test_workspaces_and_keys_that_may_not_be_listed_are_an_error(
    claude: AnthropicStandIn, source: AnthropicSource, path: str
) -> None:
    claude.forbidden = {path}

    with pytest.raises(SourceError, match="HTTP 403"):
        list(source.entities())


def test_a_list_of_people_that_fails_is_an_error_and_not_an_empty_one(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.faults += [Fault(edit=lambda answer: None), *[error(500, "api_error", "sorry")] * 4]

    with pytest.raises(SourceError, match="HTTP 500"):
        list(source.entities())


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("[]", "no list named data"),
        ('{"data": {}}', "no list named data"),
        ('{"data": [], "has_more": true, "last_id": null}', "no new cursor"),
        ('{"data": [], "has_more": true, "last_id": "wrkspc_a"}', "no new cursor"),
        ('{"data": [], "next_page": 7}', "no new cursor"),
    ],
)
def test_a_list_that_cannot_be_right_is_an_error(
    claude: AnthropicStandIn, source: AnthropicSource, body: str, what: str
) -> None:
    claude.faults += [Fault(200, body)] * 2

    with pytest.raises(SourceError, match=what):
        list(source.entities())


def test_names_are_foreign_text_and_things_without_an_id_are_nothing(
    claude: AnthropicStandIn, source: AnthropicSource
) -> None:
    claude.faults.append(
        Fault(200, '{"data": [null, {"id": 7}, {"id": "w", "name": "a\\u001b[2Jb"}], "has_more": false}')
    )

    (found,) = source.entities()

    assert (found.id, found.name) == ("w", "a [2Jb")
