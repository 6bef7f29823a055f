"""The OpenRouter account API: activity by day, keys, workspaces, credits. Usable alone, with a management key.

https://openrouter.ai/docs/api-reference/analytics/get-user-activity
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

from pydantic import SecretStr

from budgetbot.errors import SourceError
from budgetbot.sources.http import JsonHttp
from budgetbot.sources.openrouter_key import ApiKey, api_key, text_in
from budgetbot.sources.refusal import ApiRefusal
from budgetbot.sources.tally import dollars
from budgetbot.sources.text import clean, identifier

BASE_URL = "https://openrouter.ai/api/v1"
_PAGE_CAP = 1000
Row = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")


class Credits(NamedTuple):
    """Dollars ever bought, and dollars ever used."""

    total_credits: Decimal
    total_usage: Decimal


class Workspace(NamedTuple):
    """A part of the account with keys of its own."""

    id: str
    name: str | None


class OpenRouterClient:
    """Reads every list to its end. Raises SourceError."""

    def __init__(
        self,
        key: SecretStr | str,
        base_url: str = BASE_URL,
        *,
        name: str = "openrouter",
        key_env: str = "OPENROUTER_API_KEY",
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._who = name
        self._fix = f"create a management key at https://openrouter.ai/settings/management-keys and set {key_env} to it"
        self._http = JsonHttp(
            base_url,
            who=name,
            key_env=key_env,
            credential_fix=self._fix,
            bearer=SecretStr(key) if isinstance(key, str) else key,
            timeout=timeout,
            attempts=attempts,
            sleep=sleep,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def activity(self, day: date, key_hash: str | None = None) -> list[Row]:
        """The rows of one completed day by model, endpoint and workspace; of one key where its hash is given."""
        params = [("date", day.isoformat()), ("group_by", "workspace")]
        rows = self._data("/activity", [*params, *([("api_key_hash", key_hash)] if key_hash else [])], list)
        for row in rows:
            told = row.get("date") if isinstance(row, dict) else None
            if not isinstance(told, str) or told[:10] != day.isoformat():
                raise self._broken(f"the activity of {day} has a row of {clean(str(told), 50)}")
        return list(rows)

    def keys(self) -> list[ApiKey]:
        """The keys of every workspace, disabled ones included."""
        found: dict[str, ApiKey] = {}
        for workspace in (None, *(workspace.id for workspace in self.workspaces())):
            scope = [("workspace_id", workspace)] if workspace else []
            for item in self._listed("/keys", [("include_disabled", "true"), *scope], "hash"):
                key = self._read(api_key, item)
                found.setdefault(key.hash, key)
        return list(found.values())

    def workspaces(self) -> list[Workspace]:
        """Every workspace; none where the account knows no workspaces."""
        try:
            return [Workspace(clean(one["id"]), text_in(one, "name")) for one in self._listed("/workspaces", [], "id")]
        except ApiRefusal as refusal:
            if not refusal.permanent:
                raise
            return []  # accounts without workspaces; the activity itself says whether the key is at fault

    def credits(self) -> Credits:
        """What was bought and what was used."""
        data = self._data("/credits", [], dict)
        return Credits(*(self._read(dollars, data.get(field), field) for field in Credits._fields))

    def wrong_key(self) -> str | None:
        """Why the key cannot read the account, with the fix; None where it can."""
        data = self._data("/key", [], dict)
        if data.get("is_management_key", data.get("is_provisioning_key")) is not False:
            return None
        return f"{self._who}: the key is no management key, so it may not read the activity; {self._fix}"

    def _listed(self, path: str, params: list[tuple[str, str]], id: str) -> Iterator[Row]:
        """Every object of a list that is paged by offset. How long pages are is not said, so an empty one ends it."""
        seen: set[str] = set()
        offset = 0
        for _ in range(_PAGE_CAP):
            items = self._data(path, [*params, ("offset", str(offset))], list)
            if not items:
                return
            offset += len(items)
            fresh = []
            for item in items:
                value = item.get(id) if isinstance(item, dict) else None
                if not isinstance(value, str) or not identifier(value):
                    raise self._broken(f"{path} lists something without {id}")
                if value not in seen:
                    seen.add(value)
                    fresh.append(item)
            if not fresh:
                raise self._broken(f"{path} gives the same page again from offset {offset - len(items)}")
            yield from fresh
        raise self._broken(f"{path} has no end after {_PAGE_CAP} pages")

    def _data(self, path: str, params: list[tuple[str, str]], kind: type) -> Any:
        body = self._http.get(path, params)
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, kind):
            raise self._broken(f"the answer of {path} has no {kind.__name__} named data")
        return data

    def _read(self, parse: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        try:
            return parse(*args, **options)
        except ValueError as error:
            raise self._broken(str(error)) from None

    def _broken(self, what: str) -> SourceError:
        return SourceError(f"{self._who}: {clean(what, 250)}; the next pull tries again")
