"""Who is who at Anthropic: workspaces, keys with their owners, people and service accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import structlog

from budgetbot.core.model import Entity
from budgetbot.sources.anthropic_client import AnthropicClient
from budgetbot.sources.refusal import ApiRefusal
from budgetbot.sources.text import identifier

log = structlog.get_logger(__name__)


def entities(client: AnthropicClient, source: str) -> Iterator[Entity]:
    """Workspaces (as projects), keys, then people. Raises SourceError.

    The default workspace has no id in the reports, so it cannot be named. Where people cannot be listed, ids stand.
    """
    for workspace in client.workspaces():
        yield from _entity(
            source, "project", workspace, status="archived" if workspace.get("archived_at") else "active"
        )
    people = {person.id: person for person in _people(client, source)}
    for key in client.api_keys():
        yield from _entity(
            source, "api_key", key, status=_text(key, "status"), owner=_owner(key, people), parent=_workspace(key)
        )
    yield from people.values()


def _people(client: AnthropicClient, source: str) -> Iterator[Entity]:
    for user in _if_allowed("users", client.users):
        yield from _entity(source, "user", user, owner=_text(user, "email"))
    for account in _if_allowed("service_accounts", client.service_accounts):
        yield from _entity(source, "user", account, status="archived" if account.get("archived_at") else None)


def _if_allowed(what: str, call: Callable[[], Iterator[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The list, or nothing where this organisation or this key has none."""
    try:
        return list(call())
    except ApiRefusal as refusal:
        if refusal.status not in (400, 403, 404, 422):
            raise
        log.warning("anthropic_list_not_readable", list=what, status=refusal.status)
        return []


def _entity(source: str, kind: str, item: dict[str, Any], **more: str | None) -> Iterator[Entity]:
    id = _text(item, "id")
    if id is not None:
        yield Entity(source, kind, id, _text(item, "name") or _text(item, "email"), **more)


def _owner(key: dict[str, Any], people: dict[str, Entity]) -> str | None:
    """Whom the key acts as, else who made it: an address where there is one, else a name, else the id."""
    acts, made = _object(key, "principal"), _object(key, "created_by")
    id = _text(acts, "user_id") or _text(acts, "service_account_id") or _text(made, "id")
    if id is None:
        return None
    person = people.get(id)
    return (person.owner or person.name or id) if person else id


def _workspace(key: dict[str, Any]) -> str | None:
    """Where the key belongs; answers before 2026 say it beside the key, and null for the default workspace."""
    return _text(_object(key, "scope"), "workspace_id") or _text(key, "workspace_id")


def _object(item: dict[str, Any], field: str) -> dict[str, Any]:
    value = item.get(field)
    return value if isinstance(value, dict) else {}


def _text(item: dict[str, Any], field: str) -> str | None:
    value = item.get(field)
    return identifier(value) if isinstance(value, str) else None
