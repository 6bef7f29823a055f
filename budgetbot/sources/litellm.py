"""LiteLLM: what a proxy says its traffic cost, by day, model, key and team."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, date, datetime, timedelta

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError, UsageError
from budgetbot.sources import Grain, Report
from budgetbot.sources.http import BodyTooLarge
from budgetbot.sources.litellm_client import LiteLLMClient, Page
from budgetbot.sources.litellm_names import Names
from budgetbot.sources.litellm_parse import PROVIDER, Day, contradicts
from budgetbot.sources.text import clean
from budgetbot.sources.windows import edge_after

log = structlog.get_logger(__name__)

ACTIVITY = Report("activity", "cost", "day")
_DAY = 86_400
_WINDOW = 31  # days asked for at once
_PAGE_CAP = 1000


class LiteLLMSource:
    """One LiteLLM proxy, read with its master key or the key of a proxy admin; any other key sees only its owner.

    Its dollars are computed by the proxy's own price list, and they are normally the same dollars as on the bill of
    the provider behind it: where that is a source too, declare this one with `counts: false`.
    `memory` keeps the names of keys and teams. Raises UsageError without a base URL.
    """

    provider = PROVIDER

    def __init__(
        self,
        name: str,
        key: SecretStr,
        base_url: str,
        key_env: str = "LITELLM_API_KEY",
        memory: MutableMapping[str, str] | None = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not base_url.strip():
            raise UsageError(
                f"source {name}: LITELLM_BASE_URL is not set; set it to the proxy, such as https://litellm.example.com"
            )
        self.name = name
        self._client = LiteLLMClient(
            key, base_url, name=name, key_env=key_env, timeout=timeout, attempts=attempts, sleep=sleep
        )
        self._names = Names({} if memory is None else memory, name)
        self._clock = clock
        self._days = _WINDOW
        self._told: set[date] = set()

    def reports(self) -> tuple[Report, ...]:
        """The daily activity: costs and usage in one."""
        return (ACTIVITY,)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def entities(self) -> Iterator[Entity]:
        """Teams and keys that occurred in what was pulled so far; nothing is asked for."""
        return self._names.entities()

    def check(self) -> list[str]:
        """What is wrong with the key or the address, with its fix; one request for today's activity."""
        today = self._clock().astimezone(UTC).date()
        try:
            self._client.activity(today, today + timedelta(days=1), 1)
        except SourceError as error:
            return [str(error)]
        return []

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """The days that `span` touches and that have begun by `now`, in order; always by the day.

        As few days are asked for at once as fit into one page: several pages are no snapshot, since a row that is
        added meanwhile moves others from page to page, and servers before 2026 do not even sort them.
        """
        if report.name != ACTIVITY.name:
            raise ValueError(f"no report is named {report.name!r}")
        at = span.start.astimezone(UTC).date()
        last = datetime.fromtimestamp(min(edge_after(span.end, _DAY), edge_after(now, _DAY)), UTC).date()
        while at < last:
            end = min(at + timedelta(days=self._days), last)
            first = self._first(at, end)
            if first is not None:
                yield from self._buckets(at, end, first)
                at = end

    def _first(self, at: date, end: date) -> Page | None:
        """The first page; None where it would not be the last, so that fewer days are to be asked for."""
        days = (end - at).days
        try:
            page = self._client.activity(at, end, 1)
        except BodyTooLarge:
            if days == 1:
                raise
            self._days = max(1, days // 4)
            return None
        if page.more and days > 1:
            self._days = max(1, days // (page.pages or 2))
            return None
        return page

    def _buckets(self, at: date, end: date, first: Page) -> Iterator[Bucket]:
        """Every day of [at, end), once all its pages are in."""
        days = {at + timedelta(days=n): Day(self.name) for n in range((end - at).days)}
        for page in self._pages(at, end, first):
            for date_, raw in page.days.items():
                try:
                    days[date_].add(raw)
                except ValueError as error:
                    what = clean(str(error), 200)
                    raise self._broken(f"the day {date_} cannot be read: {what}; nothing of it was kept") from None
        buckets = [day.bucket(ACTIVITY.name, date_) for date_, day in days.items()]
        self._names.learn({id: key for day in days.values() for id, key in day.keys.items()})
        for bucket in buckets:
            self._tell_contradiction(bucket)
            yield bucket

    def _pages(self, at: date, end: date, page: Page) -> Iterator[Page]:
        yield page
        for number in range(2, _PAGE_CAP + 1):
            if not page.more:
                return
            before, page = page, self._client.activity(at, end, number)
            if page.pages != before.pages:
                raise self._broken(f"the pages of {at} became {page.pages} from {before.pages} while they were read")
            if page.days == before.days:
                raise self._broken(f"page {number} of {at} is the one before once more")
            yield page
        if page.more:
            raise self._broken(f"{at} has more than {_PAGE_CAP} pages")

    def _broken(self, what: str) -> SourceError:
        return SourceError(f"{self.name}: {what}; the next pull tries again")

    def _tell_contradiction(self, bucket: Bucket) -> None:
        day = bucket.start.date()
        if contradicts(bucket) and day not in self._told and len(self._told) < 100:
            self._told.add(day)
            log.warning("litellm_breakdown_says_more_than_the_day", source=self.name, day=day.isoformat())
