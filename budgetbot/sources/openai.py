"""OpenAI: the organisation's bill by day, and its usage by day or hour, as finely grouped as the server allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from itertools import chain

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report
from budgetbot.sources.http import BodyTooLarge
from budgetbot.sources.notes import Notes
from budgetbot.sources.openai_client import BASE_URL, OpenAIClient
from budgetbot.sources.openai_entities import entities
from budgetbot.sources.openai_grouping import Groupings, about_grouping
from budgetbot.sources.openai_parse import PROVIDER, Cache, parse
from budgetbot.sources.openai_reports import COSTS, ENDPOINTS, Endpoint, Width, endpoint
from budgetbot.sources.openai_walk import RawBucket
from budgetbot.sources.refusal import ApiRefusal
from budgetbot.sources.windows import edge_after, filled

log = structlog.get_logger(__name__)

_SECONDS = {"1d": 86_400, "1h": 3_600}
_WINDOW = {"1d": 31, "1h": 168}  # buckets asked for at once: the largest limit of the usage endpoints
_SKEW = 3_600  # seconds by which the provider's clock may be behind ours


class OpenAISource:
    """One OpenAI organisation, read with its admin key.

    `memory` keeps what was learnt of the server (a coarser grouping, a report it does not offer) across restarts.
    `clock` tells `check` what today is; everything else is handed `now`.
    """

    provider = PROVIDER

    def __init__(
        self,
        name: str,
        key: SecretStr,
        base_url: str = BASE_URL,
        key_env: str = "OPENAI_ADMIN_KEY",
        memory: MutableMapping[str, str] | None = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        kept = {} if memory is None else memory
        self._notes = Notes(kept)
        self._groupings = Groupings(self._notes)
        self._client = OpenAIClient(
            key, base_url, name=name, key_env=key_env, memory=kept, timeout=timeout, attempts=attempts, sleep=sleep
        )
        self._clock = clock
        self._cache: Cache = {}
        self._told: set[tuple[str, str]] = set()
        self._limits: dict[tuple[str, Width], int] = {}

    def reports(self) -> tuple[Report, ...]:
        """The bill and every usage report."""
        return tuple(Report(row.report, row.kind) for row in ENDPOINTS)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def entities(self) -> Iterator[Entity]:
        """Projects (archived ones too), keys with owners, users and service accounts. Raises SourceError."""
        return entities(self._client, self.name)

    def check(self) -> list[str]:
        """What is wrong with the key or the address, with its fix; one request for today's costs."""
        today = self._clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            next(self._client.costs(start_time=today, end_time=today + timedelta(days=1), limit=1), None)
        except SourceError as error:
            return [str(error)]
        return []

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """The buckets that `span` touches and that have begun by `now`, in order. Costs are by the day, always.

        A window that was walked to its end without a bucket for some day or hour says that it was empty.
        """
        asked = endpoint(report.name)
        width: Width = "1h" if grain == "hour" and asked.kind == "usage" else "1d"
        seconds = _SECONDS[width]
        at = int(span.start.timestamp()) // seconds * seconds
        last = min(edge_after(span.end, seconds), edge_after(now, seconds))
        while at < last:
            try:
                end, walk = self._open(asked, at, last, width, now)
                yield from filled(asked.report, range(at, end, seconds), self._parsed(asked, walk, seconds, now))
            except BodyTooLarge:
                known = self._limits.get((asked.report, width), _WINDOW[width])
                self._limits[asked.report, width] = max(1, known // 4)  # smaller pages from the next pull on
                raise
            at = end

    def _open(
        self, asked: Endpoint, at: int, last: int, width: Width, now: datetime
    ) -> tuple[int, Iterator[RawBucket]]:
        """The end of the window that begins at `at`, and its walk in the finest grouping that the server accepts."""
        end = self._window_end(asked, at, last, width, now)
        if self._notes.recall(f"{asked.report}.missing", now) is not None:
            return end, iter(())
        ladder = self._groupings.ladder(asked, at, now)
        for grouping in ladder:
            try:
                walk = self._begin(asked, at, end, width, grouping)
            except ApiRefusal as refusal:
                if self._is_missing(asked, refusal, now):
                    return end, iter(())
                if self._groupings.learn_floor(refusal, asked, at, grouping, now):
                    return self._open(asked, at, last, width, now)
                if not grouping or not about_grouping(refusal):
                    raise
            else:
                self._groupings.worked(asked, at, grouping, ladder[0], now)
                self._notes.mark(f"{asked.report}.offered")
                return end, walk
        raise AssertionError("the ladder ends with no grouping, which returns or raises")

    def _window_end(self, asked: Endpoint, at: int, last: int, width: Width, now: datetime) -> int:
        end = min(at + _WINDOW[width] * _SECONDS[width], last)
        floor = self._groupings.floor(asked, now)
        if floor is None:
            return end
        floor = -(-floor // _SECONDS[width]) * _SECONDS[width]
        return floor if at < floor < end else end

    def _begin(
        self, asked: Endpoint, at: int, end: int, width: Width, grouping: tuple[str, ...]
    ) -> Iterator[RawBucket]:
        """A walk whose first request was accepted."""
        limit = min((end - at) // _SECONDS[width], self._limits.get((asked.report, width), _WINDOW[width]))
        if asked is COSTS:
            walk = self._client.costs(start_time=at, end_time=end, group_by=grouping, limit=limit)
        else:
            walk = self._client.usage(
                asked.report, start_time=at, end_time=end, bucket_width=width, group_by=grouping, limit=limit
            )
        first = next(walk, None)
        return walk if first is None else chain([first], walk)

    def _is_missing(self, asked: Endpoint, refusal: ApiRefusal, now: datetime) -> bool:
        """Whether this server has no such report. One that it had before is not missing but broken."""
        if refusal.status != 404 or asked.since_the_start or self._notes.marked(f"{asked.report}.offered"):
            return False
        self._notes.keep(f"{asked.report}.missing", "404", now)
        log.warning("openai_report_not_offered", source=self.name, report=asked.report)
        return True

    def _parsed(
        self, asked: Endpoint, walk: Iterator[RawBucket], seconds: int, now: datetime
    ) -> Iterator[tuple[int, Bucket]]:
        for raw in walk:
            end = raw.start_time + seconds
            if raw.end_time < min(end, now.timestamp() - _SKEW):
                raise SourceError(f"{self.name} {asked.report}: bucket {raw.start_time} is not whole; it is read again")
            parsed = parse(asked, self.name, raw, end, self._cache)
            for kind in parsed.unknown:
                self._tell_unknown(asked.report, kind)
            yield raw.start_time, parsed.bucket

    def _tell_unknown(self, report: str, kind: str) -> None:
        if (report, kind) not in self._told and len(self._told) < 100:
            self._told.add((report, kind))
            log.warning("openai_unknown_result_left_out", source=self.name, report=report, object=kind)
