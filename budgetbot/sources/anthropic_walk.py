"""From page to page of a report: every bucket once, on its edges, or an error. The order is not promised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from budgetbot.errors import SourceError
from budgetbot.sources.anthropic_reports import Query
from budgetbot.sources.refusal import ApiRefusal

PAGE_CAP = 10_000


class RawBucket(NamedTuple):
    """One bucket: Unix seconds, and its results as the provider writes them."""

    start: int
    end: int
    results: list[Any]


def walk(get: Callable[[str | None], Any], query: Query, who: str) -> Iterator[RawBucket]:
    """The buckets in the order in which they come. `get` takes the cursor. Raises SourceError."""
    broken = _Broken(f"{who} {query.endpoint.report}")
    cursor: str | None = None
    cursors: set[str] = set()
    starts: set[int] = set()
    for number in range(PAGE_CAP):
        body = _fetched(get, cursor, number, broken)
        for raw in body["data"]:
            bucket = _bucket(raw, query, broken)
            if bucket.start in starts:
                raise broken(f"bucket {bucket.start} came twice")
            starts.add(bucket.start)
            yield bucket
        if not has_more(body):
            return
        cursor = body.get("next_page")
        if not isinstance(cursor, str) or not cursor:
            raise broken("there are more pages, but no cursor to them")
        if cursor in cursors:
            raise broken("a cursor came twice")
        cursors.add(cursor)
    raise broken(f"there is no end after {PAGE_CAP} pages")


def has_more(body: dict[str, Any]) -> bool:
    """Whether further pages follow; a server that does not say tells by its cursor."""
    more = body.get("has_more")
    return bool(body.get("next_page")) if more is None else bool(more)


class _Broken:
    """Makes the errors of one walk."""

    def __init__(self, who: str) -> None:
        self._who = who

    def __call__(self, what: str) -> SourceError:
        return SourceError(f"{self._who}: {what}; what is known is kept, the next pull tries again")


def _fetched(get: Callable[[str | None], Any], cursor: str | None, number: int, broken: _Broken) -> dict[str, Any]:
    try:
        body = get(cursor)
    except ApiRefusal as refusal:
        if number == 0 or refusal.status not in (400, 404, 410, 422):
            raise
        # The first page was accepted, so it is the cursor that ran out: a new walk gets a new one.
        raise broken(f"page {number + 1} was refused ({refusal})") from None
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise broken("a page has no list named data")
    return body


def _bucket(raw: Any, query: Query, broken: _Broken) -> RawBucket:
    if not isinstance(raw, dict) or not isinstance(raw.get("results"), list):
        raise broken("a bucket has no list named results")
    start, end = _seconds(raw.get("starting_at"), broken), _seconds(raw.get("ending_at"), broken)
    if start % query.seconds:
        raise broken(f"bucket {start} does not begin on an edge of {query.width}")
    if not query.start <= start < query.end:
        raise broken(f"bucket {start} lies outside what was asked")
    if not start < end <= start + query.seconds:
        raise broken(f"bucket {start} ends at {end}, not at {start + query.seconds}")
    return RawBucket(start, end, raw["results"])


def _seconds(text: Any, broken: _Broken) -> int:
    """An RFC 3339 time in Unix seconds."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = moment.timestamp()
    except (TypeError, ValueError, OverflowError):
        raise broken("a bucket has no times") from None
    if moment.tzinfo is None or seconds % 1:
        raise broken("a bucket has a time without a zone, or within a second")
    return int(seconds)
