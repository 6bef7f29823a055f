"""Escalation: whom to tell next while nobody acknowledges. Steps are kept as they were when the alert fired. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell how long after the alert fired."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """Steps in rising order of their times."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Climb:
    """One alert on its way up one escalation: the steps as they were when it began."""

    escalation: Escalation
    began: datetime

    def due(self, step: Step) -> datetime:
        """When the step is taken if nobody acknowledges."""
        return self.began + step.after
