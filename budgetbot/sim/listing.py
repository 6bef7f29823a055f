"""The lists that give ids their names: projects, keys, users, service accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.refusal import Refusal, bad
from budgetbot.sim.report import HOUR
from budgetbot.sim.roster import ApiKey, Project, ServiceAccount, User

Entry: TypeAlias = dict[str, object]

_USUAL: Final = 20
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """Parameters of a list request: single ones by name, and the values of the one array some lists have."""

    single: Mapping[str, str]
    array: Sequence[str] | None


def read_listed(items: Sequence[tuple[str, str]], *, single: tuple[str, ...] = (), array: str = "") -> Listed:
    """The parameters, read strictly; every list has `limit` and `after`."""
    values: dict[str, str] = {}
    several: list[str] | None = None
    for name, value in items:
        if array and name.removesuffix("[]") == array:
            several = [*(several or []), value]
        elif name not in ("limit", "after", *single):
            raise bad(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        elif name in values:
            raise bad(f"Duplicate parameter: '{name}'. Expected one value.", name, "invalid_type")
        else:
            values[name] = value
    return Listed(values, several)


def choice(listed: Listed, name: str, choices: tuple[str, ...]) -> str | None:
    """The value of a parameter with closed values, None if it was not given."""
    value = listed.single.get(name)
    if value is not None and value not in choices:
        raise bad(f"Invalid value: '{value}'. Supported values are: {', '.join(map(repr, choices))}.", name)
    return value


def listing(entries: Sequence[Entry], listed: Listed) -> Entry:
    """One page of the entries: after `after`, at most `limit`."""
    text = listed.single.get("limit", str(_USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise bad(f"Invalid type for 'limit': expected an integer, but got {text!r} instead.", "limit", "invalid_type")
    limit = int(text)
    if not 1 <= limit <= _MOST:
        raise bad(f"Invalid limit provided: {limit}. Limit must be between 1 and {_MOST}.", "limit")
    ids = [str(entry["id"]) for entry in entries]
    after = listed.single.get("after")
    if after is not None and after not in ids:
        raise bad(f"No object with id '{after}' in this list.", "after")
    start = ids.index(after) + 1 if after is not None else 0
    page = list(entries[start : start + limit])
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(entries),
    }


def projects(organisation: Organisation, *, archived: bool) -> list[Entry]:
    return [
        {
            "id": project.id,
            "object": "organization.project",
            "name": project.name,
            "created_at": _seconds(project.created_at),
            "archived_at": _seconds(project.archived_at) if project.archived_at else None,
            "status": "archived" if project.archived_at else "active",
            "external_key_id": None,
        }
        for project in organisation.roster.projects
        if archived or not project.archived_at
    ]


def api_keys(organisation: Organisation, project_id: str, access: str | None) -> list[Entry]:
    """The keys that were not deleted. Without `access`, those whose owner has left are missing, as documented."""
    wanted = {None: (True,), "active": (True,), "inactive": (False,), "any": (True, False)}[access]
    keys = _project(organisation, project_id).keys
    return [_api_key(organisation, key) for key in keys if not key.deleted_at and key.owner_has_access in wanted]


def service_accounts(organisation: Organisation, project_id: str) -> list[Entry]:
    accounts = _project(organisation, project_id).service_accounts
    return [{"object": "organization.project.service_account", **_account(account)} for account in accounts]


def users(organisation: Organisation, emails: Sequence[str] | None) -> list[Entry]:
    return [
        {
            "id": user.id,
            "object": "organization.user",
            "name": user.name,
            "email": user.email,
            "role": user.role,
            "added_at": _seconds(user.created_at),
        }
        for user in organisation.roster.users
        if emails is None or user.email in emails
    ]


def _project(organisation: Organisation, project_id: str) -> Project:
    for project in organisation.roster.projects:
        if project.id == project_id:
            return project
    raise Refusal(404, f"No such project: {project_id}.", param="project_id", code="not_found")


def _api_key(organisation: Organisation, key: ApiKey) -> Entry:
    if isinstance(key.owner, User):
        person = {**_account(key.owner), "email": key.owner.email}
        owner: Entry = {"type": "user", "user": person}
    else:
        owner = {"type": "service_account", "service_account": _account(key.owner)}
    return {
        "id": key.id,
        "object": "organization.project.api_key",
        "name": key.name,
        "redacted_value": f"sk-proj-****{key.id[-4:]}",
        "created_at": _seconds(key.created_at),
        "last_used_at": organisation.now() // HOUR * HOUR,
        "expires_at": None,
        "owner_project_access": "active" if key.owner_has_access else "inactive",
        "owner": owner,
    }


def _account(owner: User | ServiceAccount) -> Entry:
    role = "member" if isinstance(owner, User) else owner.role
    return {"id": owner.id, "name": owner.name, "role": role, "created_at": _seconds(owner.created_at)}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
