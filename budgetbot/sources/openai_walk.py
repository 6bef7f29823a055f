"""From page to page: every bucket once, in order, whole, or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from budgetbot.errors import SourceError
from budgetbot.sources.openai_query import Query
from budgetbot.sources.refusal import ApiRefusal

PAGE_CAP = 10_000


class RawBucket(NamedTuple):
    """One bucket as the provider writes it: Unix seconds, and its results unread."""

    start_time: int
    end_time: int
    results: list[Any]


class Walk:
    """The pages of one query. `who` names the account in errors."""

    def __init__(self, get: Callable[[str | None], Any], query: Query, who: str) -> None:
        self._get, self._query = get, query
        self._who = f"{who} {query.endpoint.report}"
        self._latest = -1

    def pages(self) -> Iterator[list[RawBucket]]:
        """The buckets page by page. Raises SourceError; a page is given only when all of it is sound."""
        cursor = self._query.page
        seen = {cursor}
        for number in range(PAGE_CAP):
            body = self._fetch(cursor, number)
            more = has_more(body)
            yield self._page(body, last=not more)
            if not more:
                return
            cursor = self._next(body, seen)
        raise self._broken(f"there is no end after {PAGE_CAP} pages")

    def _fetch(self, cursor: str | None, number: int) -> Any:
        try:
            body = self._get(cursor)
        except ApiRefusal as refusal:
            if number == 0 or refusal.status not in (400, 404, 410, 422):
                raise
            # The first page was accepted, so it is the cursor that ran out: a new walk gets a new one.
            raise self._broken(f"page {number + 1} was refused ({refusal})") from None
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise self._broken("a page has no list named data")
        return body

    def _next(self, body: dict[str, Any], seen: set[str | None]) -> str:
        cursor = body.get("next_page")
        if not isinstance(cursor, str) or not cursor:
            raise self._broken("there are more pages, but no cursor to them")
        if cursor in seen:
            raise self._broken("a cursor came twice")
        seen.add(cursor)
        return cursor

    def _page(self, body: dict[str, Any], last: bool) -> list[RawBucket]:
        page = [self._bucket(raw) for raw in body["data"]]
        for index, bucket in enumerate(page):
            self._check(bucket, last=last and index == len(page) - 1)
        return page

    def _bucket(self, raw: Any) -> RawBucket:
        if not isinstance(raw, dict):
            raise self._broken("a bucket is not an object")
        start, end = raw.get("start_time"), raw.get("end_time")
        results = raw.get("results", raw.get("result"))  # the specification said "result" until 2025-04
        if type(start) is not int or type(end) is not int or not isinstance(results, list):
            raise self._broken("a bucket lacks start_time, end_time or results")
        return RawBucket(start, end, results)

    def _check(self, bucket: RawBucket, last: bool) -> None:
        query, width = self._query, self._query.seconds
        first = query.start - query.start % width
        edge = bucket.start_time - bucket.start_time % width + width
        if bucket.start_time < first or (query.end is not None and bucket.start_time >= query.end):
            raise self._broken(f"bucket {bucket.start_time} lies outside what was asked")
        # The provider cuts the first bucket to the start that was asked, and the last to the end, or to now.
        if bucket.start_time % width and bucket.start_time != query.start:
            raise self._broken(f"bucket {bucket.start_time} does not begin on an edge of {query.width}")
        cut = bucket.end_time == query.end or last
        if bucket.end_time != edge and not (cut and bucket.start_time < bucket.end_time < edge):
            raise self._broken(f"bucket {bucket.start_time} ends at {bucket.end_time}, not at {edge}")
        if bucket.start_time <= self._latest:
            raise self._broken(f"bucket {bucket.start_time} came twice or out of order")
        self._latest = bucket.start_time

    def _broken(self, what: str) -> SourceError:
        return SourceError(f"{self._who}: {what}; what is known is kept, the next pull tries again")


def has_more(body: dict[str, Any]) -> bool:
    """Whether further pages follow; a server that does not say tells by its cursor."""
    more = body.get("has_more")
    return bool(body.get("next_page")) if more is None else bool(more)
