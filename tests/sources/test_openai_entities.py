from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from budgetbot.core.model import Entity
from budgetbot.errors import SourceError
from budgetbot.sources.openai import OpenAISource
from tests.standins.openai import KEY, OpenAIStandIn, error

PERSON = {"id": "user_a", "name": "Alex Example", "email": "alex@example.com", "role": "owner", "created_at": 1}
ROBOT = {"id": "svc_ci", "name": "ci robot", "role": "member", "created_at": 1}


@pytest.fixture
def source(api: OpenAIStandIn) -> Iterator[OpenAISource]:
    source = OpenAISource("openai-eu", SecretStr(KEY), api.url, sleep=lambda seconds: None)
    yield source
    source.close()


def project(id: str, name: str | None, status: str = "active") -> dict[str, Any]:
    return {"object": "organization.project", "id": id, "name": name, "created_at": 1, "status": status}


def key(id: str, name: str | None, **owner: Any) -> dict[str, Any]:
    return {
        "object": "organization.project.api_key",
        "id": id,
        "name": name,
        "redacted_value": "sk-***",
        "owner": owner,
    }


def keys_of(api: OpenAIStandIn, project: str, *keys: dict[str, Any]) -> None:
    api.lists[f"/organization/projects/{project}/api_keys"] = list(keys)


def test_projects_keys_with_owners_users_and_service_accounts(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.lists["/organization/projects"] = [project("proj_a", "research"), project("proj_old", "attic", "archived")]
    api.lists["/organization/users"] = [{"object": "organization.user", **PERSON}]
    keys_of(
        api, "proj_a", key("key_a", "laptop", type="user", user=PERSON),
        key("key_ci", "ci", type="service_account", service_account=ROBOT),
    )  # fmt: skip
    keys_of(api, "proj_old", key("key_old", None, type="user", user={"id": "user_gone", "email": "gone@example.com"}))

    assert list(source.entities()) == [
        Entity("openai-eu", "project", "proj_a", "research", "active"),
        Entity("openai-eu", "api_key", "key_a", "laptop", owner="alex@example.com", parent="proj_a"),
        Entity("openai-eu", "api_key", "key_ci", "ci", owner="ci robot", parent="proj_a"),
        Entity("openai-eu", "project", "proj_old", "attic", "archived"),
        Entity("openai-eu", "api_key", "key_old", None, owner="gone@example.com", parent="proj_old"),
        Entity("openai-eu", "user", "user_a", "Alex Example", owner="alex@example.com"),
        Entity("openai-eu", "user", "svc_ci", "ci robot"),
        Entity("openai-eu", "user", "user_gone", "gone@example.com", owner="gone@example.com"),
    ]


def test_all_enabled_keys_are_asked_for_and_archived_projects_too(api: OpenAIStandIn, source: OpenAISource) -> None:
    api.lists["/organization/projects"] = [project("proj_a", "research")]
    keys_of(api, "proj_a")

    list(source.entities())

    assert [seen.params for seen in api.requests] == [
        [("include_archived", "true"), ("limit", "100")],
        [("owner_project_access", "any"), ("limit", "100")],
        [("limit", "100")],
    ]


def test_a_server_that_does_not_know_owner_project_access_is_asked_without(
    api: OpenAIStandIn, source: OpenAISource
) -> None:
    api.refused_list_params = {"owner_project_access"}
    api.lists["/organization/projects"] = [project("proj_a", "research")]
    keys_of(api, "proj_a", key("key_a", "laptop"))

    assert [entity.id for entity in source.entities()] == ["proj_a", "key_a"]


@pytest.mark.parametrize("status", [400, 404])
def test_a_project_whose_keys_cannot_be_listed_is_skipped(
    api: OpenAIStandIn, source: OpenAISource, status: int
) -> None:
    api.lists["/organization/projects"] = [project("proj_old", "attic", "archived"), project("proj_a", "research")]
    keys_of(api, "proj_a", key("key_a", "laptop"))
    refused = error(status, "The project is archived")
    refused.on = "proj_old"
    api.faults += [refused] * (2 if status == 400 else 1)

    with capture_logs() as logs:
        names = [entity.id for entity in source.entities()]

    assert names == ["proj_old", "proj_a", "key_a"]
    assert [(entry["event"], entry["project"]) for entry in logs] == [("openai_keys_not_listed", "proj_old")]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_any_other_failure_is_an_error(api: OpenAIStandIn, source: OpenAISource, status: int) -> None:
    api.lists["/organization/projects"] = [project("proj_a", "research")]
    refused = error(status, "no")
    refused.on = "proj_a"
    api.faults += [refused] * 4

    with pytest.raises(SourceError, match=f"HTTP {status}"):
        list(source.entities())


def test_odd_objects_do_no_harm(api: OpenAIStandIn, source: OpenAISource) -> None:
    nameless = project("proj_a", None)
    api.lists["/organization/projects"] = [nameless, {**nameless, "id": "proj_b", "name": "a\x00\u202eb", "status": 7}]
    api.lists["/organization/users"] = [
        {"id": "user_a", "name": None, "email": "a@example.com"},
        {"id": "user_b", "user": {"name": "nested", "email": "b@example.com"}},
        {"id": "user_c"},
    ]
    keys_of(
        api, "proj_a", {"id": "key_a", "owner": None}, {"id": "key_b", "name": 5, "owner": {"user": {}}}, {"id": ""}
    )
    keys_of(api, "proj_b")

    assert [(entity.id, entity.name, entity.owner) for entity in source.entities()] == [
        ("proj_a", None, None),
        ("key_a", None, None),
        ("key_b", None, None),
        ("proj_b", "a b", None),
        ("user_a", "a@example.com", "a@example.com"),
        ("user_b", "nested", "b@example.com"),
        ("user_c", None, None),
    ]
