"""A strict stand-in for the token usage of an Arthur GenAI Engine, written from its source and the API's description.

https://github.com/arthur-ai/arthur-engine/blob/main/genai-engine/src/repositories/usage_repository.py
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.standins.json_api import JsonApi, Wrong
from tests.standins.openai import Fault, Seen

KEY = "arthur-key-stand-in-0123456789"
PATH = "/api/v2/usage/tokens"
SCOPES = ("rule_type", "task")


class Result(NamedTuple):
    """What one rule made of one inference, at a moment."""

    at: datetime
    rule_type: str
    task_id: str | None
    inference: int
    prompt: int
    completion: int


class ArthurStandIn(JsonApi):
    """`results` are all the rules' results. Without bounds it answers with all of them, whatever its page says."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[Result] = []

    def answer(self, seen: Seen) -> Any:
        """One row a group, or Wrong."""
        if seen.headers.get("authorization") != f"Bearer {KEY}":
            raise Wrong(401, {"detail": "Authorization failed"})
        if seen.path != PATH:
            raise Wrong(404, {"detail": "Not Found"})
        start, end = (_time(seen, name) for name in ("start_time", "end_time"))
        group_by = [value for name, value in seen.params if name == "group_by"] or ["rule_type"]
        wrong = [invalid(["query", "group_by", i], "Input should be 'rule_type' or 'task'", name)
                 for i, name in enumerate(group_by) if name not in SCOPES]  # fmt: skip
        if wrong:
            raise Wrong(422, {"detail": wrong})
        groups: dict[tuple[str | None, ...], dict[str, int]] = {}
        for one in self.results:
            if (start is None or one.at >= start) and (end is None or one.at < end):
                key = tuple(one.rule_type if scope == "rule_type" else one.task_id for scope in group_by)
                _add(groups.setdefault(key, dict.fromkeys(_NAMES, 0)), one)
        return [_row(dict(zip(group_by, key, strict=True)), count) for key, count in groups.items()]


_NAMES = ("inference", "eval_prompt", "eval_completion", "user_input", "prompt", "completion")


def _add(count: dict[str, int], one: Result) -> None:
    for name, value in zip(_NAMES, (one.inference, one.prompt, one.completion) * 2, strict=True):
        count[name] += value


def _row(group: dict[str, str | None], count: dict[str, int]) -> dict[str, Any]:
    return {"rule_type": group.get("rule_type"), "task_id": group.get("task"), "count": count}


def _time(seen: Seen, name: str) -> datetime | None:
    text = seen.one(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = "Input should be a valid datetime, invalid character in year"
        raise Wrong(422, {"detail": [invalid(["query", name], message, text)]}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def invalid(loc: list[str | int], msg: str, input: str) -> dict[str, Any]:
    """One entry of a 422."""
    return {"type": "enum", "loc": loc, "msg": msg, "input": input, "ctx": {"expected": msg}}


def error(status: int, detail: Any) -> Fault:
    """A fault in FastAPI's error shape."""
    return Fault(status, json.dumps({"detail": detail}))
