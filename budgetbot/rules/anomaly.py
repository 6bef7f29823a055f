"""Anomalies: spend that is not as usual, series by series, and those who spend for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from budgetbot.core.match import EVERYTHING
from budgetbot.core.model import Finding, Kind, Severity
from budgetbot.core.period import Span
from budgetbot.rules.aside import Asked
from budgetbot.rules.fields import AmountField, MatchField
from budgetbot.rules.grid import Width, looks_back
from budgetbot.rules.newcomer import first_seen, newcomers
from budgetbot.rules.rule import Context, Rule, digest
from budgetbot.rules.unusual import Watching
from budgetbot.rules.unusual_finding import unusual
from budgetbot.rules.wrong import Way, Wrong

_AHEAD = timedelta(hours=1)


class Anomaly(Rule):
    """Spend that is not as usual: of all that `match` means, or of each value of `each`."""

    kind: ClassVar[Literal["anomaly"]] = "anomaly"

    match: MatchField = EVERYTHING
    """Which spend: dimensions and labels with patterns; absent = everything."""
    each: list[str] = Field(default_factory=list)
    """Dimensions or labels: each of their values is compared with its own past."""
    sort: Literal["new"] | None = Field(default=None, alias="kind")
    """new: tells of values of `each` that spend for the first time, and of nothing else."""
    bucket: Width = "day"
    """What is compared: hour or day; day where absent."""
    sensitivity: Literal["low", "medium", "high"] = "medium"
    """How many false alarms are tolerated: low is one series in twenty a year, medium one in five, high each one."""
    min_impact: AmountField
    """Money beyond the usual before it is worth a message, such as 25."""
    severity: Severity = Severity.WARNING
    """How bad it is."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Anomaly:
        if self.sort is None:
            return self
        said = [name for name in ("bucket", "sensitivity") if name in self.model_fields_set]
        words = "who is new is told by what a week comes to; remove"
        wrong: list[tuple[Way, str]] = [((name,), f"{words} {name}") for name in said]
        if wrong:
            raise Wrong(wrong)
        if not self.each:
            raise ValueError("nobody can be new among everything together; add each: [api_key] or other dimensions")
        return self

    @property
    def told_kind(self) -> Kind:
        """The kind of its alerts."""
        return "new" if self.sort else "anomaly"

    def identity(self, zone: ZoneInfo) -> str:
        """Changes with match, each, bucket and time zone."""
        return digest(self.match, self.each, self.sort, self.bucket, zone.key, self.min_impact.currency)

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """As far back as the usual is learnt from."""
        start = first_seen(now, zone) if self.sort else looks_back(self.bucket, now - _AHEAD, zone)
        return Span(start, now + _AHEAD)

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for each scope that is unusual, or that has an alert."""
        return list(self._findings(context, now))

    def _findings(self, context: Context, now: datetime) -> Iterator[Finding]:
        asked = Asked(self.name, self.told_kind, self.severity.value, self.match, tuple(self.each))
        inside = replace(context, currency=self.min_impact.currency or context.currency)
        if self.sort:
            return newcomers(asked, self.min_impact.nano, inside, now)
        return unusual(Watching(asked, self.bucket, self.sensitivity, self.min_impact.nano), inside, now)
