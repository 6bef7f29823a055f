"""OpenRouter: credits spent by day, model, serving provider, workspace and, where there are not too many, key."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import structlog
from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report
from budgetbot.sources.openrouter_client import BASE_URL, Credits, OpenRouterClient, Row
from budgetbot.sources.openrouter_key import ApiKey
from budgetbot.sources.openrouter_parse import PROVIDER, contradicts, parse
from budgetbot.sources.text import clean
from budgetbot.sources.windows import edge_after

log = structlog.get_logger(__name__)

ACTIVITY = Report("activity", "cost", "day")
_DAY = 86_400
_KEPT = timedelta(days=30)  # completed days that OpenRouter tells
_MOST_KEYS = 50  # one request a key and day
_TRUSTED = timedelta(hours=6)  # how long a split by key stands while the day of the account stays what it was


class _Split(NamedTuple):
    digest: str
    made_at: datetime
    bucket: Bucket


class OpenRouterSource:
    """One OpenRouter account, read with a management key. Only its last 30 completed UTC days can be asked for.

    A day is always the account's; keys are asked for one by one to split it, where not more than 50 can have a part.
    """

    provider = PROVIDER

    def __init__(
        self,
        name: str,
        key: SecretStr,
        base_url: str = BASE_URL,
        key_env: str = "OPENROUTER_API_KEY",
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self._client = OpenRouterClient(
            key, base_url, name=name, key_env=key_env, timeout=timeout, attempts=attempts, sleep=sleep
        )
        self._splits: dict[date, _Split] = {}
        self._told: set[str] = set()

    def reports(self) -> tuple[Report, ...]:
        """The daily activity: costs and usage in one."""
        return (ACTIVITY,)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def credits(self) -> Credits:
        """Dollars bought and used. Raises SourceError."""
        return self._client.credits()

    def keys(self) -> list[ApiKey]:
        """The keys of every workspace, disabled ones included. Raises SourceError."""
        return self._client.keys()

    def entities(self) -> Iterator[Entity]:
        """Workspaces as projects, then keys. Raises SourceError."""
        for workspace in self._client.workspaces():
            yield Entity(self.name, "project", workspace.id, workspace.name)
        for key in self.keys():
            status = "disabled" if key.disabled else "active"
            yield Entity(self.name, "api_key", key.hash, key.name, status, parent=key.workspace_id)

    def check(self) -> list[str]:
        """What is wrong with the key or the address, with its fix; one request."""
        try:
            wrong = self._client.wrong_key()
        except SourceError as error:
            return [str(error)]
        return [wrong] if wrong else []

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """The completed days that `span` touches, of the last 30 before `now`, in order; always by the day."""
        if report.name != ACTIVITY.name:
            raise ValueError(f"no report is named {report.name!r}")
        today = now.astimezone(UTC).date()
        day = max(span.start.astimezone(UTC).date(), today - _KEPT)
        last = min(datetime.fromtimestamp(edge_after(span.end, _DAY), UTC).date(), today)
        self._splits = {known: split for known, split in self._splits.items() if known >= today - _KEPT}
        keys: list[ApiKey] | None = None
        while day < last:
            rows = self._client.activity(day)
            digest = hashlib.sha256(repr(rows).encode(errors="replace")).hexdigest()
            known = self._splits.get(day)
            if known is None or known.digest != digest or not timedelta(0) <= now - known.made_at < _TRUSTED:
                if rows and keys is None:
                    keys = self._client.keys()
                known = self._splits[day] = _Split(digest, now, self._split(day, rows, keys or []))
            yield known.bucket
            day += timedelta(days=1)

    def _split(self, day: date, rows: Sequence[Row], keys: Sequence[ApiKey]) -> Bucket:
        asked = [key.hash for key in keys if _may_have_spent(key, day)] if rows else []
        if len(asked) > _MOST_KEYS:
            self._tell("openrouter_too_many_keys_to_split_days", keys=len(asked))
            asked = []
        by_key = {hash: self._client.activity(day, hash) for hash in asked}
        try:
            bucket = parse(ACTIVITY.name, self.name, day, rows, by_key)
        except ValueError as error:
            what = clean(str(error), 200)
            raise SourceError(
                f"{self.name}: the day {day} cannot be read: {what}; nothing of it was kept, the next pull tries again"
            ) from None
        if contradicts(bucket):
            self._tell("openrouter_keys_say_more_than_the_account", day=day.isoformat())
        return bucket

    def _tell(self, event: str, **facts: object) -> None:
        if event not in self._told:
            self._told.add(event)
            log.warning(event, source=self.name, **facts)


def _may_have_spent(key: ApiKey, day: date) -> bool:
    """Whether a key had ever a part in anything, and was there before the end of the day."""
    return bool(key.usage or key.byok_usage) and (key.created_at is None or key.created_at.date() <= day)
