"""A strict stand-in for Anthropic's Admin API, written from its documentation and not from our client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tests.standins.json_api import JsonApi, Wrong, digest
from tests.standins.openai import Fault, Seen

KEY = "sk-ant-admin01-stand-in-0123456789"
SECONDS = {"1d": 86_400, "1h": 3_600, "1m": 60}
MESSAGES = "/v1/organizations/usage_report/messages"
COST = "/v1/organizations/cost_report"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Rules(NamedTuple):
    """What one report takes: buckets a page by default and at most, filters, groupings."""

    limits: dict[str, tuple[int, int]]
    filters: frozenset[str]
    group_by: frozenset[str]


REPORTS = {
    MESSAGES: Rules(
        {"1d": (7, 31), "1h": (24, 168), "1m": (60, 1440)},
        frozenset(
            f"{name}[]" for name in (
                "account_ids", "api_key_ids", "models", "workspace_ids", "service_account_ids", "service_tiers",
                "context_window", "inference_geos", "speeds",
            )
        ),
        frozenset({
            "api_key_id", "workspace_id", "model", "service_tier", "context_window", "inference_geo", "speed",
            "account_id", "service_account_id",
        }),
    ),
    COST: Rules({"1d": (7, 31)}, frozenset(), frozenset({"workspace_id", "description"})),
}  # fmt: skip
DESCRIBED = {"description", "model", "cost_type", "token_type", "service_tier", "context_window", "inference_geo"}
LISTS = {
    "/v1/organizations/workspaces": {"include_archived", "include_default", "ids[]"},
    "/v1/organizations/api_keys": {"status", "workspace_id", "created_by_user_id"},
    "/v1/organizations/users": {"email", "roles[]"},
    "/v1/organizations/service_accounts": {"include_archived"},
}


class AnthropicStandIn(JsonApi):
    """`rows`: path -> bucket start -> results at their finest; `lists`: path -> objects.

    `now` begins the first bucket that is not there yet, and `freshest` is the latest start that is accepted.
    `ungrouped_by`: groupings it does not know. `backwards`: pages and buckets come in no useful order. `skip_empty`:
    buckets without results are left out.
    """

    def __init__(self, now: int) -> None:
        super().__init__()
        self.now = now
        self.freshest: int | None = None
        self.rows: dict[str, dict[int, list[dict[str, Any]]]] = {COST: {}, MESSAGES: {}}
        self.lists: dict[str, list[dict[str, Any]]] = {path: [] for path in LISTS}
        self.forbidden: set[str] = set()
        self.ungrouped_by: set[str] = set()
        self.page_size: int | None = None
        self.backwards = False
        self.skip_empty = False

    def answer(self, seen: Seen) -> Any:
        """The right answer, or Wrong."""
        if seen.headers.get("x-api-key") != KEY:
            raise said(401, "authentication_error", f"invalid x-api-key {seen.headers.get('x-api-key', '')}")
        if seen.headers.get("anthropic-version") != "2023-06-01":
            raise said(400, "invalid_request_error", "anthropic-version: header is required")
        if seen.path in self.forbidden:
            raise said(403, "permission_error", "this key cannot list that")
        if seen.path in REPORTS:
            return self._report(seen, REPORTS[seen.path])
        if seen.path in LISTS:
            return self._list(seen)
        raise said(404, "not_found_error", "Not found")

    def _report(self, seen: Seen, rules: Rules) -> dict[str, Any]:
        width, start, end = self._window(seen, rules)
        limit = _limit(seen, *rules.limits[width])
        group_by = self._group_by(seen, rules)
        first = self._after_cursor(seen)
        seconds = SECONDS[width]
        edges = list(range(start, min(end, self.now), seconds))
        edges = edges[::-1] if self.backwards else edges
        size = min(limit, self.page_size or limit)
        buckets = [self._bucket(seen.path, group_by, edge, seconds) for edge in edges[first : first + size]]
        more = first + size < len(edges)
        return {
            "data": [bucket for bucket in buckets if bucket["results"] or not self.skip_empty],
            "has_more": more,
            "next_page": f"page_{digest(seen.params)}_{first + size}" if more else None,
        }

    def _window(self, seen: Seen, rules: Rules) -> tuple[str, int, int]:
        known = {"starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]", *rules.filters}
        for name, _ in seen.params:
            if name not in known:
                raise said(400, "invalid_request_error", f"{name}: Extra inputs are not permitted")
        width = seen.one("bucket_width") or "1d"
        if width not in rules.limits:
            raise said(400, "invalid_request_error", f"bucket_width: Input should be one of {sorted(rules.limits)}")
        start = _time("starting_at", seen.one("starting_at")) // SECONDS[width] * SECONDS[width]
        ending = seen.one("ending_at")
        end = _time("ending_at", ending) // SECONDS[width] * SECONDS[width] if ending else self.now
        if end <= start or (self.freshest is not None and start > self.freshest):
            raise said(400, "invalid_request_error", "Invalid date range: ending date must be after starting date")
        return width, start, end

    def _group_by(self, seen: Seen, rules: Rules) -> tuple[str, ...]:
        names = tuple(value for name, value in seen.params if name == "group_by[]")
        for index, name in enumerate(names):
            if name not in rules.group_by - self.ungrouped_by or name in names[:index]:
                raise said(400, "invalid_request_error", f"group_by.{index}: Input should be one of the known")
        return names

    def _after_cursor(self, seen: Seen) -> int:
        page = seen.one("page")
        if page is None:
            return 0
        _, of, index = page.split("_")
        if of != digest(seen.params):
            raise said(400, "invalid_request_error", "page: the token belongs to another query")
        return int(index)

    def _bucket(self, path: str, group_by: tuple[str, ...], start: int, seconds: int) -> dict[str, Any]:
        shown = set(group_by) | (DESCRIBED if path == COST and "description" in group_by else set())
        groups: dict[str, dict[str, Any]] = {}
        for moment, rows in self.rows[path].items():
            for row in rows if start <= moment < start + seconds else ():
                result = {
                    name: value if name in shown or not (value is None or _named(name)) else None
                    for name, value in row.items()
                }
                key = json.dumps([result.get(name) for name in sorted(shown)])
                groups[key] = _merged(groups[key], result) if key in groups else result
        return {"starting_at": iso(start), "ending_at": iso(start + seconds), "results": list(groups.values())}

    def _list(self, seen: Seen) -> dict[str, Any]:
        by_token = seen.path.endswith("service_accounts")
        paging = {"limit", "page"} if by_token else {"limit", "after_id", "before_id"}
        for name, _ in seen.params:
            if name not in LISTS[seen.path] | paging:
                raise said(400, "invalid_request_error", f"{name}: Extra inputs are not permitted")
        limit = _limit(seen, 20, 1000)
        items = self.lists[seen.path]
        if "include_archived" in LISTS[seen.path] and seen.one("include_archived") != "true":
            items = [item for item in items if not item.get("archived_at")]
        ids = [item["id"] for item in items]
        cursor = seen.one("page" if by_token else "after_id")
        first = ids.index(cursor.removeprefix("page_")) + 1 if cursor else 0
        page = items[first : first + min(limit, self.page_size or limit)]
        more = first + len(page) < len(items)
        if by_token:
            return {"data": page, "next_page": f"page_{page[-1]['id']}" if more else None}
        return {
            "data": page, "has_more": more,
            "first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None,
        }  # fmt: skip


def said(status: int, type: str, message: str) -> Wrong:
    """A refusal in Anthropic's error shape."""
    error = {"type": type, "message": message}
    return Wrong(status, {"type": "error", "error": error, "request_id": "req_1"})


def error(status: int, type: str, message: str, **headers: str) -> Fault:
    """The same as a fault."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, json.dumps(said(status, type, message).body), named)


def iso(seconds: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _named(name: str) -> bool:
    return name in DESCRIBED or name.endswith("_id")


def _merged(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    return {name: _sum(name, a.get(name), b.get(name)) for name in _both(a, b)}


def _both(a: Iterable[str], b: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*a, *b]))


def _sum(name: str, a: Any, b: Any) -> Any:
    if name == "amount":
        return str(Decimal(a) + Decimal(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return _merged(a, b)
    return a + b if isinstance(a, int) and isinstance(b, int) else a


def _limit(seen: Seen, default: int, most: int) -> int:
    limit = int(seen.one("limit") or default)
    if not 1 <= limit <= most:
        raise said(400, "invalid_request_error", f"limit: Input should be within 1 and {most}")
    return limit


def _time(name: str, text: str | None) -> int:
    if text is None:
        raise said(400, "invalid_request_error", f"{name}: Field required")
    if not _TIME.fullmatch(text):
        raise said(400, "invalid_request_error", f"{name}: Input should be a valid RFC 3339 datetime")
    return int(datetime.fromisoformat(text).timestamp())
