"""Anthropic's Admin API: the two reports, and who is who.

https://platform.claude.com/docs/en/manage-claude/usage-cost-api
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import SecretStr

from budgetbot.errors import UsageError
from budgetbot.sources.anthropic_lists import listed
from budgetbot.sources.anthropic_reports import Query
from budgetbot.sources.anthropic_walk import RawBucket, walk
from budgetbot.sources.http import JsonHttp

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"


class AnthropicClient:
    """Every call follows the pages by itself, and raises SourceError where the provider cannot be read.

    `base_url` with or without /v1. UsageError where it or the key cannot be one.
    """

    def __init__(
        self,
        key: SecretStr,
        base_url: str = BASE_URL,
        *,
        name: str = "anthropic",
        key_env: str = "ANTHROPIC_ADMIN_KEY",
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        secret = SecretStr(key.get_secret_value().strip())
        if not secret.get_secret_value():
            raise UsageError(f"{key_env}: is empty; set it to a key")
        self._who = name
        self._http = JsonHttp(
            base_url.strip().rstrip("/").removesuffix("/v1"),
            who=name,
            key_env=key_env,
            credential_fix=f"set {key_env} to an Admin API key of the organisation; other keys cannot read its bill",
            headers={"x-api-key": secret, "anthropic-version": VERSION},
            timeout=timeout,
            attempts=attempts,
            sleep=sleep,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def buckets(self, query: Query) -> Iterator[RawBucket]:
        """The buckets of a report, each once, in no certain order."""
        return walk(lambda cursor: self._http.get(query.endpoint.path, query.params(cursor)), query, self._who)

    def workspaces(self) -> Iterator[dict[str, Any]]:
        """All workspaces; costs of an archived one go on being listed, so they are included. Not the default one."""
        return self._list("workspaces", ("include_archived", "true"), ("limit", "1000"))

    def api_keys(self) -> Iterator[dict[str, Any]]:
        """The keys of all workspaces, whatever their status."""
        return self._list("api_keys", ("limit", "1000"))

    def users(self) -> Iterator[dict[str, Any]]:
        """The people of the organisation."""
        return self._list("users", ("limit", "1000"))

    def service_accounts(self) -> Iterator[dict[str, Any]]:
        """Those that are no people."""
        return self._list("service_accounts", ("include_archived", "true"))

    def _list(self, name: str, *params: tuple[str, str]) -> Iterator[dict[str, Any]]:
        path = f"/v1/organizations/{name}"
        return listed(lambda cursor: self._http.get(path, [*params, *cursor]), f"{self._who} {name}")
