"""A strict stand-in for a LiteLLM proxy's daily activity: rows of a table, paged by row, added up as floats."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, NamedTuple

from tests.standins.openai import Seen
from tests.standins.provider import ProviderStandIn, Refused

KEY = "sk-litellm-stand-in-0123456789"
PATH = "/user/daily/activity"
_KNOWN = {"start_date", "end_date", "model", "api_key", "user_id", "page", "page_size", "timezone"}
_METRICS = (
    "spend", "prompt_tokens", "completion_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
    "total_tokens", "successful_requests", "failed_requests", "api_requests",
)  # fmt: skip


class Row(NamedTuple):
    """What one key spent on one model on one day; the proxy keeps one such row per user, key, model and endpoint."""

    day: str
    api_key: str
    model: str | None
    spend: float
    prompt: int = 10
    completion: int = 5
    cached: int = 0
    written: int = 0
    requests: int = 1

    def metrics(self) -> dict[str, float | int]:
        """The row as the metrics that it adds to."""
        values = (
            self.spend, self.prompt, self.completion, self.cached, self.written,
            self.prompt + self.completion, self.requests, 0, self.requests,
        )  # fmt: skip
        return dict(zip(_METRICS, values, strict=True))


class LiteLLMStandIn(ProviderStandIn):
    """`keys`: metadata by key hash. `flat`: entries as its documentation shows them. `most_rows` caps a page.

    `key_limit` leaves all but the first keys out of every breakdown; `ignores_page` answers the first page always.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.flat = False
        self.most_rows = 1000
        self.key_limit: int | None = None
        self.ignores_page = False

    def answer(self, seen: Seen) -> dict[str, Any]:
        """The right answer, or Refused."""
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            given = seen.headers.get("authorization", "")
            raise Refused(401, _error(f"Authentication Error, Invalid proxy server token passed. Received {given}"))
        if seen.path != PATH:
            raise Refused(404, {"detail": "Not Found"})
        first, last, page, size = self._checked(seen)
        rows = sorted((r for r in self.rows if first <= r.day <= last), key=lambda r: r.day, reverse=True)
        size = min(size, self.most_rows)
        at = 0 if self.ignores_page else (page - 1) * size
        mine = rows[at : at + size]
        days = [self._day(day, [r for r in mine if r.day == day]) for day in dict.fromkeys(r.day for r in mine)]
        metadata = {"total_spend": sum(r.spend for r in mine), "total_api_requests": sum(r.requests for r in mine)}
        if not self.flat:
            metadata |= {"page": page, "total_pages": math.ceil(len(rows) / size), "has_more": page * size < len(rows)}
        return {"results": days, "metadata": metadata}

    def _checked(self, seen: Seen) -> tuple[str, str, int, int]:
        params = dict(seen.params)
        strange = set(params) - _KNOWN
        if strange or len(params) != len(seen.params):
            raise Refused(422, {"detail": [{"loc": ["query", name], "msg": "not known"} for name in strange]})
        if not params.get("start_date") or not params.get("end_date"):
            raise Refused(400, {"detail": {"error": "Please provide start_date and end_date"}})
        page, size = int(params.get("page", "1")), int(params.get("page_size", "50"))
        if page < 1 or not 1 <= size <= 1000 or not -1440 < int(params.get("timezone", "0")) < 1440:
            raise Refused(422, {"detail": [{"loc": ["query"], "msg": "Input should be in range"}]})
        first, last = (date.fromisoformat(params[name]).isoformat() for name in ("start_date", "end_date"))
        return first, last, page, size

    def _day(self, day: str, rows: list[Row]) -> dict[str, Any]:
        models: dict[str, Any] = {}
        for model in dict.fromkeys(row.model for row in rows if row.model):
            of_model = [row for row in rows if row.model == model]
            keys = list(dict.fromkeys(row.api_key for row in of_model))[: self.key_limit]
            by_key = {
                key: {
                    "metrics": _added([row for row in of_model if row.api_key == key]),
                    "metadata": self.keys.get(key, {"key_alias": None, "team_id": None, "key_exists": False}),
                }
                for key in keys
            }
            metrics = _added(of_model)
            models[model] = metrics if self.flat else {"metrics": metrics, "metadata": {}, "api_key_breakdown": by_key}
        return {"date": day, "metrics": _added(rows), "breakdown": {"models": models, "providers": {}}}


def _added(rows: list[Row]) -> dict[str, float | int]:
    """Added one by one, as the proxy does it: with the rounding of floats."""
    metrics: dict[str, float | int] = dict.fromkeys(_METRICS, 0)
    for row in rows:
        for name, value in row.metrics().items():
            metrics[name] += value
    return metrics


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "auth_error", "param": "None", "code": "401"}}
