"""The daily activity of a LiteLLM proxy, page by page, each page checked before it is believed.

https://docs.litellm.ai/docs/proxy/cost_tracking#daily-spend-breakdown-api
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import SecretStr

from budgetbot.errors import SourceError
from budgetbot.sources.http import JsonHttp
from budgetbot.sources.tally import dollars
from budgetbot.sources.text import clean

_PAGE_SIZE = 1000  # rows: the server's own limit
_ROUNDING = Decimal("0.000001")


class Page(NamedTuple):
    """What one page tells of each day, how many pages there are (None: not told), and whether more follow."""

    days: dict[date, dict[str, Any]]
    pages: int | None
    more: bool


class LiteLLMClient:
    """Reads one proxy. Raises SourceError where it cannot be read."""

    def __init__(
        self,
        key: SecretStr,
        base_url: str,
        *,
        name: str,
        key_env: str,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._who = name
        self._http = JsonHttp(
            base_url,
            who=name,
            key_env=key_env,
            credential_fix=f"set {key_env} to the proxy's master key or to the key of a proxy admin",
            bearer=key,
            timeout=timeout,
            attempts=attempts,
            sleep=sleep,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def activity(self, first: date, end: date, number: int) -> Page:
        """Page `number` (from 1) of the days [first, end). The server's own end is the last day, included."""
        last = end - timedelta(days=1)
        params = [
            ("start_date", first.isoformat()),
            ("end_date", last.isoformat()),
            ("page", str(number)),
            ("page_size", str(_PAGE_SIZE)),
            ("timezone", "0"),  # minutes: some versions shift the days by it
        ]
        body = self._http.get("/user/daily/activity", params)
        try:
            page = page_of(body, number)
            for day in page.days:
                if not first <= day <= last:
                    raise ValueError(f"{day} was not asked for")
        except ValueError as error:
            raise SourceError(
                f"{self._who}: page {number} of the activity from {first} to {last} cannot be read: "
                f"{clean(str(error), 200)}; the next pull tries again"
            ) from None
        return page


def page_of(body: Any, number: int) -> Page:
    """One answer as a page. Raises ValueError where it contradicts itself or may not be all."""
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise ValueError("it has no list named results")
    days: dict[date, dict[str, Any]] = {}
    for result in results:
        day = _date(result)
        if day in days:
            raise ValueError(f"{day} came twice")
        days[day] = result
    metadata = body.get("metadata")
    told = metadata if isinstance(metadata, dict) else {}
    if told.get("page", number) != number:
        raise ValueError(f"it says that it is page {told['page']!r}")
    pages, more = _pages(told.get("total_pages")), told.get("has_more")
    if more is None and pages is None:
        _must_be_all(results, told)
    if not isinstance(more, bool):
        more = pages is not None and number < pages
    if pages is not None and more != (number < pages):
        raise ValueError(f"has_more is {more}, total_pages is {pages}")
    if more and not days:
        raise ValueError("it is empty, and more pages are said to follow")
    return Page(days, pages, more)


def _date(result: Any) -> date:
    text = result.get("date") if isinstance(result, dict) else None
    if not isinstance(text, str):
        raise ValueError("a day has no date")
    return date.fromisoformat(text)


def _pages(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError(f"total_pages is {value!r}")
    return value


def _must_be_all(results: list[Any], metadata: dict[str, Any]) -> None:
    """The oldest servers say nothing of pages; then the total of the answer tells whether there are more."""
    if metadata.get("total_spend") is None:
        raise ValueError("it says neither has_more nor total_pages nor total_spend, so more may be missing")
    known = Decimal(0)
    for result in results:
        metrics = result.get("metrics")
        known += dollars(metrics.get("spend") if isinstance(metrics, dict) else None, "spend")
    if abs(known - dollars(metadata["total_spend"], "total_spend")) > _ROUNDING:
        raise ValueError(f"total_spend is {metadata['total_spend']}, its days have {known}")
