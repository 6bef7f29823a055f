"""A strict stand-in for OpenRouter's account API, written down from its own specification."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.standins.openai import Seen
from tests.standins.provider import ProviderStandIn, Refused

KEY = "sk-or-v1-stand-in-0123456789abcdef"
_KNOWN = {
    "/activity": {"date", "api_key_hash", "user_id", "group_by", "workspace_id"},
    "/keys": {"offset", "include_disabled", "workspace_id"},
    "/workspaces": {"offset", "limit"},
    "/key": set(),
    "/credits": set(),
}  # fmt: skip


class Spent(NamedTuple):
    """What one key spent through one endpoint on one day."""

    day: str
    key: str
    model: str
    usage: float
    provider: str = "OpenAI"
    workspace: str = "ws-default"
    byok: float = 0
    requests: int = 1
    prompt: int = 10
    completion: int = 5


class OpenRouterStandIn(ProviderStandIn):
    """`today` ends what can be asked for; `management`: whether the key is a management key. Pages hold `page_size`.

    `key_list` and `workspace_list` hold objects as they are listed; the first workspace is the default one.
    """

    def __init__(self, today: date) -> None:
        super().__init__("/api/v1")
        self.today = today
        self.spent: list[Spent] = []
        self.workspace_list: list[dict[str, Any]] = [{"id": "ws-default", "name": "Default", "slug": "default"}]
        self.key_list: list[dict[str, Any]] = []
        self.management = True
        self.page_size = 100
        self.ignores_offset = False

    def key(self, hash: str, **facts: Any) -> None:
        """Lists one more key, one that was used."""
        usual = {
            "hash": hash, "name": f"name of {hash}", "label": "sk-or-v1-0e6...1c96", "disabled": False, "limit": None,
            "limit_remaining": None, "limit_reset": None, "include_byok_in_limit": False, "usage": 1.5,
            "usage_daily": 0, "usage_weekly": 0, "usage_monthly": 0, "byok_usage": 0,
            "created_at": "2025-01-01T10:30:00Z", "updated_at": None, "workspace_id": "ws-default",
        }  # fmt: skip
        self.key_list.append({**usual, **facts})

    def answer(self, seen: Seen) -> dict[str, Any]:
        """The right answer, or Refused."""
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            raise _refused(401, "Missing Authentication header")
        known, params = _KNOWN.get(seen.path), dict(seen.params)
        if known is None:
            raise _refused(404, "Resource not found")
        if set(params) - known or len(params) != len(seen.params):
            raise _refused(400, "Invalid request parameters")
        if seen.path == "/key":
            return {"data": {"label": "sk-or-v1-au7...890", "is_management_key": self.management, "usage": 25.5}}
        if not self.management:
            raise _refused(403, "Only management keys can perform this operation")
        if seen.path == "/credits":
            return {"data": {"total_credits": 100.5, "total_usage": 25.75}}
        return {"data": self._activity(params) if seen.path == "/activity" else self._list(seen.path, params)}

    def _activity(self, params: dict[str, str]) -> list[dict[str, Any]]:
        day = date.fromisoformat(params["date"])
        if not self.today - timedelta(days=30) <= day < self.today or params.get("group_by") not in (None, "workspace"):
            raise _refused(400, "Invalid request parameters")
        rows = [row for row in self.spent if row.day == params["date"]]
        if "api_key_hash" in params:
            if all(key["hash"] != params["api_key_hash"] for key in self.key_list):
                raise _refused(404, "Resource not found")
            rows = [row for row in rows if row.key == params["api_key_hash"]]
        split = params.get("group_by") == "workspace"
        groups: dict[tuple[str, ...], list[Spent]] = {}
        for row in rows:
            groups.setdefault((row.model, row.provider, row.workspace if split else ""), []).append(row)
        return [_item(group, split) for group in groups.values()]

    def _list(self, path: str, params: dict[str, str]) -> list[dict[str, Any]]:
        items = self.workspace_list
        if path == "/keys":
            workspace = params.get("workspace_id", self.workspace_list[0]["id"])
            items = [key for key in self.key_list if key["workspace_id"] == workspace]
            if params.get("include_disabled") != "true":
                items = [key for key in items if not key["disabled"]]
        first = 0 if self.ignores_offset else int(params.get("offset", "0"))
        return items[first : first + min(self.page_size, int(params.get("limit", "100")))]


def _item(rows: list[Spent], split: bool) -> dict[str, Any]:
    item = {
        "date": rows[0].day,
        "model": rows[0].model,
        "model_permaslug": f"{rows[0].model}-2025-04-14",
        "endpoint_id": "550e8400-e29b-41d4-a716-446655440000",
        "provider_name": rows[0].provider,
        "usage": sum(row.usage for row in rows),
        "byok_usage_inference": sum(row.byok for row in rows),
        "requests": sum(row.requests for row in rows),
        "prompt_tokens": sum(row.prompt for row in rows),
        "completion_tokens": sum(row.completion for row in rows),
        "reasoning_tokens": 0,
    }
    return {**item, "workspace_id": rows[0].workspace} if split else item


def _refused(status: int, message: str) -> Refused:
    return Refused(status, {"error": {"code": status, "message": message}})
