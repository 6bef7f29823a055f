"""Anthropic's admin lists (workspaces, keys, people), page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from budgetbot.errors import SourceError

_PAGE_CAP = 10_000


def listed(get: Callable[[list[tuple[str, str]]], Any], who: str) -> Iterator[dict[str, Any]]:
    """Every object of a list. `get` takes the cursor's parameter. Raises SourceError.

    Most lists go on after the last id, the younger ones by a token: what the answer holds is followed.
    """
    cursor: tuple[str, str] | None = None
    seen: set[tuple[str, str]] = set()
    for _ in range(_PAGE_CAP):
        body = get([cursor] if cursor else [])
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list):
            raise SourceError(f"{who}: a page has no list named data; the next pull tries again")
        yield from (item for item in data if isinstance(item, dict))
        token = body.get("next_page")
        if not token and not body.get("has_more"):
            return
        cursor = ("page", token) if token else ("after_id", body.get("last_id"))
        if not isinstance(cursor[1], str) or cursor in seen:
            raise SourceError(f"{who}: the list has more pages, but no new cursor to them; the next pull tries again")
        seen.add(cursor)
    raise SourceError(f"{who}: there is no end after {_PAGE_CAP} pages")
