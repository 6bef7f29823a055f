"""Anthropic: the organisation's bill by day, and its messages' tokens by day or hour."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report
from budgetbot.sources.anthropic_client import BASE_URL, AnthropicClient
from budgetbot.sources.anthropic_entities import entities
from budgetbot.sources.anthropic_grouping import Groupings, about_grouping
from budgetbot.sources.anthropic_parse import PROVIDER, parse
from budgetbot.sources.anthropic_reports import COST, ENDPOINTS, MOST, SECONDS, Grouping, Query, Width, endpoint
from budgetbot.sources.http import BodyTooLarge
from budgetbot.sources.notes import Notes
from budgetbot.sources.refusal import ApiRefusal
from budgetbot.sources.windows import edge_after, filled

log = structlog.get_logger(__name__)

_SKEW = 3_600  # seconds by which the provider's clock may be behind ours
_EARLIER = 3  # buckets to begin earlier where a start is too recent
_DAY = timedelta(days=1)


class AnthropicSource:
    """One Anthropic organisation, read with its Admin API key.

    A workspace is a project; the default workspace has no id in either report, so its project is None. The bill knows
    no keys and no people, and leaves out Priority Tier, which is bought by commitment: it shows as usage only. Code
    execution is the other way about, in the bill only. Requests are not counted. `memory` keeps a coarser grouping
    that had to do; `clock` tells `check` what today is.
    """

    provider = PROVIDER

    def __init__(
        self,
        name: str,
        key: SecretStr,
        base_url: str = BASE_URL,
        key_env: str = "ANTHROPIC_ADMIN_KEY",
        memory: MutableMapping[str, str] | None = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._client = AnthropicClient(
            key, base_url, name=name, key_env=key_env, timeout=timeout, attempts=attempts, sleep=sleep
        )
        self._groupings = Groupings(Notes({} if memory is None else memory))
        self._clock = clock
        self._limits: dict[tuple[str, str], int] = {}

    def reports(self) -> tuple[Report, ...]:
        """The bill, and the tokens of messages."""
        return tuple(Report(row.report, row.kind) for row in ENDPOINTS)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def entities(self) -> Iterator[Entity]:
        """Workspaces, keys, people and service accounts, archived ones included. Raises SourceError."""
        return entities(self._client, self.name)

    def check(self) -> list[str]:
        """What is wrong with key or address, with its fix; one request for a day that is surely billed."""
        today = edge_after(self._clock() - _DAY, SECONDS["1d"])
        start = today - _EARLIER * SECONDS["1d"]
        try:
            list(self._client.buckets(Query(COST, start, start + SECONDS["1d"], "1d", (), 1)))
        except SourceError as error:
            return [str(error)]
        return []

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """The buckets that `span` touches and that have begun by `now`, in order. Costs are by the day, always.

        The provider promises no order, so a window is read to its end before its first bucket is given.
        """
        asked = endpoint(report.name)
        width: Width = "1h" if grain == "hour" and asked.kind == "usage" else "1d"
        seconds = SECONDS[width]
        at = int(span.start.timestamp()) // seconds * seconds
        last = min(edge_after(span.end, seconds), edge_after(now, seconds))
        while at < last:
            end = min(at + MOST[width] * seconds, last)
            found = self._window(Query(asked, at, end, width, (), 0), now)
            yield from filled(asked.report, range(at, end, seconds), found.items())
            at = end

    def _window(self, query: Query, now: datetime) -> dict[int, Bucket]:
        """The buckets by their starts. A start that is too recent is refused, so then it begins somewhat earlier."""
        try:
            return self._finest(query, now)
        except ApiRefusal as refusal:
            if not _too_recent(refusal, query, now):
                raise
        return self._finest(query._replace(start=query.start - _EARLIER * query.seconds), now)

    def _finest(self, query: Query, now: datetime) -> dict[int, Bucket]:
        """The buckets in the finest grouping that the server accepts."""
        asked = query.endpoint
        ladder = self._groupings.ladder(asked, now)
        for grouping in ladder:
            try:
                found = self._read(query, grouping, now)
            except ApiRefusal as refusal:
                if not grouping or not about_grouping(refusal):
                    raise
            else:
                if grouping != ladder[0]:
                    self._groupings.worked(asked, grouping, now)
                    log.warning("anthropic_grouped_coarser", source=self.name, report=asked.report, by=grouping)
                return found
        raise AssertionError("the ladder ends with no grouping, which returns or raises")

    def _read(self, query: Query, grouping: Grouping, now: datetime) -> dict[int, Bucket]:
        """Parsed as they come: a page of them is much smaller than its text."""
        asked = query.endpoint
        known = self._limits.get((asked.report, query.width), MOST[query.width])
        limit = min((query.end - query.start) // query.seconds, known)
        found: dict[int, Bucket] = {}
        try:
            for raw in self._client.buckets(query._replace(group_by=grouping, limit=limit)):
                end = raw.start + query.seconds
                if raw.end < min(end, now.timestamp() - _SKEW):
                    raise SourceError(f"{self.name} {asked.report}: bucket {raw.start} is not whole; it is read again")
                found[raw.start] = parse(asked, self.name, raw, end)
        except BodyTooLarge:
            self._limits[asked.report, query.width] = max(1, known // 4)  # smaller pages from the next pull on
            raise
        return found


def _too_recent(refusal: ApiRefusal, query: Query, now: datetime) -> bool:
    """Whether the start is refused as too recent: the bill comes a day late, and an hour only when it has begun."""
    lag = 2 if query.endpoint.kind == "cost" else 1
    words = refusal.reason.lower()
    return (
        refusal.status in (400, 422)
        and any(word in words for word in ("starting_at", "ending_at", "starting date", "date range"))
        and query.start >= edge_after(now, query.seconds) - lag * query.seconds
    )
