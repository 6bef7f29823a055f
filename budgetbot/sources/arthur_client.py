"""The token usage of an Arthur GenAI Engine: what its own rules used of language models. Usable alone:

    with ArthurClient(key, "http://localhost:3030") as client:
        for row in client.token_usage(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)):
            print(row.rule_type, row.eval_prompt, row.eval_completion)

https://github.com/arthur-ai/arthur-engine, GET /api/v2/usage/tokens
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypeAlias, get_args

from pydantic import SecretStr

from budgetbot.errors import SourceError, UsageError
from budgetbot.sources.http import JsonHttp
from budgetbot.sources.text import clean, identifier

Scope: TypeAlias = Literal["rule_type", "task"]
PATH = "/api/v2/usage/tokens"
_MOST = 10**15
_OLD_NAMES = {"inference": "user_input", "eval_prompt": "prompt", "eval_completion": "completion"}


class TokenUsage(NamedTuple):
    """The tokens of one group; `rule_type` and `task_id` are None where the question was not grouped by them.

    `eval_prompt` and `eval_completion` are what the engine's rules sent to language models and got back; they may be
    added up. `inference` are the tokens that were looked at, once for every rule that did: its sum over rules counts
    the same tokens several times.
    """

    rule_type: str | None
    task_id: str | None
    inference: int
    eval_prompt: int
    eval_completion: int


class ArthurClient:
    """One engine. `name` and `key_env` are what errors call the account and its key; `timeout` in seconds.

    UsageError where key or address cannot be one.
    """

    def __init__(
        self,
        key: SecretStr | str,
        base_url: str,
        *,
        name: str = "arthur",
        key_env: str = "ARTHUR_API_KEY",
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url.strip():
            raise UsageError(f"{name}: ARTHUR_BASE_URL is not set; set it to the engine's address, https://HOST")
        self._who = name
        self._http = JsonHttp(
            base_url,
            who=name,
            key_env=key_env,
            credential_fix=f"set {key_env} to a key with the role ORG-ADMIN or ORG-AUDITOR",
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

    def token_usage(
        self, start_time: datetime, end_time: datetime, group_by: Sequence[Scope] = ("rule_type",)
    ) -> list[TokenUsage]:
        """The tokens of [start_time, end_time), one row a group. The times need a zone.

        Both are always sent: the engine documents the current day as its default, but then answers with all there is.
        Raises ValueError before anything is sent, and SourceError.
        """
        body = self._http.get(PATH, _params(start_time, end_time, group_by))
        if not isinstance(body, list):
            raise self._odd("the answer is not a list")
        rows = [self._row(item) for item in body]
        groups = [(row.rule_type, row.task_id) for row in rows]
        if len(set(groups)) < len(groups):
            raise self._odd("a group came twice")
        return rows

    def _row(self, item: Any) -> TokenUsage:
        count = item.get("count") if isinstance(item, dict) else None
        if not isinstance(count, dict):
            raise self._odd("a row has no count")
        inference, prompt, completion = (self._count(count, name) for name in _OLD_NAMES)
        return TokenUsage(self._text(item, "rule_type"), self._text(item, "task_id"), inference, prompt, completion)

    def _count(self, count: dict[str, Any], name: str) -> int:
        """One number, under its name before 2025 where it has no other."""
        value = count.get(name, count.get(_OLD_NAMES[name]))
        if type(value) is not int or not 0 <= value <= _MOST:
            raise self._odd(f"{name} is {clean(str(value), 50)!r}, not a count")
        return value

    def _text(self, item: dict[str, Any], name: str) -> str | None:
        value = item.get(name)
        if value is not None and not isinstance(value, str):
            raise self._odd(f"{name} is {clean(str(value), 50)!r}, not a text")
        return identifier(value) if value else None

    def _odd(self, what: str) -> SourceError:
        return SourceError(f"{self._who} tokens: {what}; nothing of it was kept, the next pull tries again")


def _params(start_time: datetime, end_time: datetime, group_by: Sequence[Scope]) -> list[tuple[str, str]]:
    if start_time.tzinfo is None or end_time.tzinfo is None:
        raise ValueError("start_time and end_time need a time zone; write datetime(..., tzinfo=UTC)")
    if start_time >= end_time:
        raise ValueError(f"start_time {start_time} is not before end_time {end_time}")
    scopes = get_args(Scope)
    unknown = [name for name in group_by if name not in scopes]
    if unknown or isinstance(group_by, str) or not group_by or len(set(group_by)) < len(group_by):
        raise ValueError(f"group_by is {group_by!r}; it takes each of {', '.join(scopes)} once, at least one of them")
    times = [("start_time", _iso(start_time)), ("end_time", _iso(end_time))]
    return [*times, *(("group_by", name) for name in group_by)]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
