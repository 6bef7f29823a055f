"""Freshness: a source that has gone quiet is itself an alert."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from budgetbot.core.instant import iso_or_none, length_text
from budgetbot.core.match import Match
from budgetbot.core.model import Finding, Part, Scope, Severity, Watermark
from budgetbot.core.period import Span
from budgetbot.rules.fields import DurationField, patterns
from budgetbot.rules.rule import Context, Rule, digest


class Freshness(Rule):
    """How old the last complete pull of a source may be."""

    kind: ClassVar[Literal["freshness"]] = "freshness"

    source: str = "*"
    """Which sources, by name; globs too."""
    stale_after: DurationField
    """How long the last complete pull may be ago."""
    severity: Severity = Field(default=Severity.WARNING)
    """How bad a quiet source is."""

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with the sources that are meant."""
        return digest(self.source)

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """No history: watermarks tell."""
        return Span(now, now)

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for each source, judged by its report that is furthest behind."""
        match = Match((("source", patterns(self.source)),))
        by_source: dict[str, list[Watermark]] = defaultdict(list)
        for mark in context.history.watermarks:
            if match.meets({"source": (mark.source,)}):
                by_source[mark.source].append(mark)
        return [self._finding(source, marks, now) for source, marks in sorted(by_source.items())]

    def _finding(self, source: str, marks: list[Watermark], now: datetime) -> Finding:
        worst = min(marks, key=lambda mark: mark.pulled_at or mark.since)
        age = now - (worst.pulled_at or worst.since)
        return Finding(
            rule=self.name,
            kind=self.kind,
            severity=self.severity,
            scope=Scope((Part("source", source),)),
            level=length_text(self.stale_after),
            rank=0,
            line=self.stale_after // timedelta(microseconds=1),
            subject={"source": (source,)},
            active=age >= self.stale_after,
            clear=age < self.stale_after,
            evidence={
                "source": source,
                "report": worst.report,
                "complete_to": iso_or_none(worst.complete_to),
                "pulled_at": iso_or_none(worst.pulled_at),
                "stale_after": length_text(self.stale_after),
                "error": worst.error,
            },
        )
