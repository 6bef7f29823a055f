"""The admin lists (projects, keys, users): page after page by the id of the last object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from budgetbot.errors import SourceError

_LIMIT = 100
_PAGE_CAP = 10_000


def listed(get: Callable[[list[tuple[str, str]]], Any], who: str) -> Iterator[dict[str, Any]]:
    """Every object of a list. `get` takes the paging parameters. Raises SourceError."""
    after: str | None = None
    seen: set[str] = set()
    for _ in range(_PAGE_CAP):
        body = get([("limit", str(_LIMIT)), *([("after", after)] if after else [])])
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list):
            raise SourceError(f"{who}: a page has no list named data; the next pull tries again")
        items = [item for item in data if isinstance(item, dict)]
        yield from items
        if not body.get("has_more"):
            return
        after = body.get("last_id") or (items[-1].get("id") if items else None)
        if not isinstance(after, str) or after in seen:
            raise SourceError(f"{who}: the list has more pages, but no new cursor to them; the next pull tries again")
        seen.add(after)
    raise SourceError(f"{who}: there is no end after {_PAGE_CAP} pages")
