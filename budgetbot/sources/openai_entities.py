"""Who is who at OpenAI: projects, their keys with owners, users and service accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog

from budgetbot.core.model import Entity
from budgetbot.sources.openai_client import OpenAIClient
from budgetbot.sources.refusal import ApiRefusal
from budgetbot.sources.text import clean, identifier

log = structlog.get_logger(__name__)


def entities(client: OpenAIClient, source: str) -> Iterator[Entity]:
    """Projects, keys, then people. Raises SourceError; a project whose keys cannot be listed is skipped."""
    owners: dict[str, Entity] = {}
    for project in client.projects():
        id = _text(project, "id")
        if id is None:
            continue
        yield Entity(source, "project", id, _text(project, "name"), _text(project, "status"))
        for key in _keys(client, project["id"]):
            yield from _key(source, id, key, owners)
    for user in client.users():
        person = _user(source, user)
        if person is not None:
            owners.pop(person.id, None)
            yield person
    yield from owners.values()


def _keys(client: OpenAIClient, project: str) -> list[dict[str, Any]]:
    try:
        try:
            return list(client.project_api_keys(project, owner_project_access="any"))
        except ApiRefusal as refusal:
            if refusal.status not in (400, 422):
                raise
            return list(client.project_api_keys(project))  # servers before 2026 do not know the parameter
    except ApiRefusal as refusal:
        if refusal.status not in (400, 404, 422):
            raise
        log.warning("openai_keys_not_listed", project=clean(project, 100), status=refusal.status)
    return []


def _key(source: str, project: str, key: dict[str, Any], owners: dict[str, Entity]) -> Iterator[Entity]:
    id = _text(key, "id")
    if id is None:
        return
    owner = key.get("owner")
    person = _owner(source, owner) if isinstance(owner, dict) else None
    if person is not None:
        owners.setdefault(person.id, person)
    contact = (person.owner or person.name) if person else None
    yield Entity(source, "api_key", id, _text(key, "name"), owner=contact, parent=project)


def _owner(source: str, owner: dict[str, Any]) -> Entity | None:
    for kind in ("user", "service_account"):
        found = owner.get(kind)
        if isinstance(found, dict):
            return _user(source, found)
    return None


def _user(source: str, user: dict[str, Any]) -> Entity | None:
    """A person or service account; `owner` is the address that reaches a person."""
    id = _text(user, "id")
    if id is None:
        return None
    nested = user.get("user")
    inner: dict[str, Any] = nested if isinstance(nested, dict) else {}
    email = _text(user, "email") or _text(inner, "email")
    return Entity(source, "user", id, _text(user, "name") or _text(inner, "name") or email, owner=email)


def _text(item: dict[str, Any], field: str) -> str | None:
    value = item.get(field)
    return identifier(value) if isinstance(value, str) else None
