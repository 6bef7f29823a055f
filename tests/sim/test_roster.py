"""Who is in the simulated organisation, and what is odd about some of them."""

from __future__ import annotations

import httpx
import pytest

from budgetbot.sim.organisation import Organisation
from tests.sim.world import COSTS, DAY, NOW, TODAY, USAGE, Hand, get, rows, seconds


def test_a_deleted_key_and_an_archived_project_are_in_the_bill_but_not_in_the_lists(
    client: httpx.Client, organisation: Organisation
) -> None:
    web, prototype = (organisation.roster.project(name) for name in ("web", "prototype"))
    query = {"start_time": seconds(organisation.start), "limit": 31}

    billed_keys = {row["api_key_id"] for row in rows(client, COSTS, **query, group_by="api_key_id")}
    used_keys = {row["api_key_id"] for row in rows(client, USAGE + "completions", **query, group_by="api_key_id")}
    billed_projects = {row["project_id"] for row in rows(client, COSTS, **query, group_by="project_id")}
    listed_keys = {key["name"] for key in get(client, f"organization/projects/{web.id}/api_keys")["data"]}
    active = [project["name"] for project in get(client, "organization/projects")["data"]]
    every = get(client, "organization/projects", include_archived="true")["data"]

    legacy = web.key("web-legacy").id
    assert legacy in billed_keys & used_keys
    assert listed_keys == {"web-prod", "web-images", "web-search", "web-staging"}
    assert prototype.id in billed_projects
    assert "prototype" not in active
    assert [(each["name"], each["status"]) for each in every if each["archived_at"]] == [("prototype", "archived")]
    assert legacy not in organisation.total(TODAY - DAY, TODAY, by="api_key")
    assert prototype.id not in organisation.total(TODAY - DAY, TODAY, by="project")


def test_keys_whose_owner_left_are_listed_only_when_asked_for(client: httpx.Client, organisation: Organisation) -> None:
    path = f"organization/projects/{organisation.roster.project('data-platform').id}/api_keys"

    names = {
        access: [
            key["name"] for key in get(client, path, **({"owner_project_access": access} if access else {}))["data"]
        ]
        for access in (None, "active", "inactive", "any")
    }

    assert names["any"] == ["etl-batch", "etl-embeddings", "warehouse-sql", "analysts"]
    assert names["inactive"] == ["warehouse-sql"]
    assert names[None] == names["active"] == ["etl-batch", "etl-embeddings", "analysts"]


def test_some_use_has_no_user_some_has_no_key_and_some_cost_has_no_project(client: httpx.Client) -> None:
    query = {"start_time": seconds(TODAY - DAY), "end_time": seconds(TODAY)}
    groups = ["project_id", "api_key_id", "user_id"]

    used = list(rows(client, USAGE + "completions", **query, **{"group_by[]": groups}))
    billed = list(rows(client, COSTS, **query, **{"group_by[]": ["project_id", "line_item"]}))

    assert any(row["api_key_id"] and row["user_id"] is None for row in used)
    assert any(row["user_id"] for row in used)
    assert any(row["project_id"] and row["api_key_id"] is None for row in used)
    assert [row["line_item"] for row in billed if row["project_id"] is None] == ["scale tier"]


@pytest.mark.parametrize(("projects", "keys"), [(1, 1), (2, 6), (20, 12)])
def test_an_organisation_may_be_small_or_large(projects: int, keys: int) -> None:
    organisation = Organisation(projects=projects, keys_per_project=keys, history_days=1, clock=Hand())
    roster = organisation.roster

    active = [project for project in roster.projects if not project.archived_at]
    live = [[key for key in project.keys if not key.deleted_at] for project in active]
    ids = [key.id for project in roster.projects for key in project.keys]

    assert [len(listed) for listed in live] == [keys] * projects
    assert len({key.name for listed in live for key in listed}) == projects * keys
    assert len(set(ids)) == len(ids)
    assert organisation.total(TODAY - DAY, NOW)[None] > 0
