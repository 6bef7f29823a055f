"""Arthur GenAI Engine: the tokens that its rules used of language models, by day. It knows no money."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity, Series, UsageRow
from budgetbot.core.period import Span
from budgetbot.errors import SourceError
from budgetbot.sources import Grain, Report
from budgetbot.sources.arthur_client import ArthurClient, Scope, TokenUsage
from budgetbot.sources.windows import edge_after

PROVIDER = "arthur"
TOKENS = Report("tokens", "usage", "day")
_FINEST: tuple[Scope, ...] = ("rule_type", "task")
_DAY = timedelta(days=1)


class ArthurSource:
    """One engine. A task is a project, a rule's type the line item.

    Kept are the tokens that the rules' own questions to language models cost: prompt as input, completion as output.
    The engine's `inference` count is left out: it counts the tokens of one inference once for every rule that looked
    at it, so that its sum is more than there was. The engine answers with totals of a stretch of time, so every UTC
    day is a request. `clock` tells `check` what today is; nothing needs to be remembered in `memory`.
    """

    provider = PROVIDER

    def __init__(
        self,
        name: str,
        key: SecretStr,
        base_url: str,
        key_env: str = "ARTHUR_API_KEY",
        memory: MutableMapping[str, str] | None = None,
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._client = ArthurClient(
            key, base_url, name=name, key_env=key_env, timeout=timeout, attempts=attempts, sleep=sleep
        )
        self._clock = clock

    def reports(self) -> tuple[Report, ...]:
        """Tokens by the day."""
        return (TOKENS,)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def entities(self) -> Iterator[Entity]:
        """None: the engine's usage is by id."""
        return iter(())

    def check(self) -> list[str]:
        """What is wrong with key or address, with its fix; one request for the last hour."""
        now = self._clock()
        try:
            self._client.token_usage(now - timedelta(hours=1), now)
        except SourceError as error:
            return [str(error)]
        return []

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """The days that `span` touches and that have begun by `now`, in order; `grain` changes nothing."""
        if report.name != TOKENS.name:
            raise ValueError(f"Arthur has no report {report.name!r}; it has {TOKENS.name}")
        seconds = int(_DAY.total_seconds())
        first = int(span.start.timestamp()) // seconds * seconds
        last = min(edge_after(span.end, seconds), edge_after(now, seconds))
        for at in range(first, last, seconds):
            start = datetime.fromtimestamp(at, UTC)
            rows = self._client.token_usage(start, start + _DAY, _FINEST)
            yield Bucket(TOKENS.name, start, start + _DAY, usage=tuple(usage_row(self.name, row) for row in rows))


def usage_row(source: str, row: TokenUsage) -> UsageRow:
    """One group of the engine's answer as the ledger keeps it."""
    series = Series(PROVIDER, source, project=row.task_id, line_item=row.rule_type)
    return UsageRow(series, {"input_tokens": row.eval_prompt, "output_tokens": row.eval_completion})
