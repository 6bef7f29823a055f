"""The shelf of providers: one file each. `pull` does the I/O, `parse` is pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span


@dataclass(frozen=True, slots=True)
class Report:
    """One thing a source can be asked for. `grain` is the width of its buckets; `name` names it in the ledger.

    A usage report is read by the hour for the recent past and by the day for old history.
    """

    name: str
    kind: Literal["cost", "usage"]


Grain = Literal["day", "hour"]


class Source(Protocol):
    """One configured account of one provider."""

    name: str
    provider: str

    def reports(self) -> tuple[Report, ...]:
        """What can be asked for."""
        ...

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """Every whole bucket of `span` (aligned to bucket edges), in order, empty ones included.

        Raises SourceError when the walk cannot be finished; what was yielded until then is whole all the same.
        """
        ...

    def entities(self) -> Iterator[Entity]:
        """Names of projects, keys and users, archived ones included. Raises SourceError."""
        ...

    def check(self) -> list[str]:
        """What is wrong with credential or scope, each with its fix; empty where all is well (one cheap call)."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
