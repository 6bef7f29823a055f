"""What happens in a test besides spend: what people do, and what goes wrong."""

from __future__ import annotations

from pydantic import Field, model_validator

from budgetbot.policy.trial.fields import NumberField, OfField, ScopeField, WhenField
from budgetbot.rules.fields import AmountField, DurationField, MatchField, Strict
from budgetbot.rules.usage_budget import MetricField

DEEDS = ("acknowledge", "snooze", "resolve", "silence", "limit", "restate", "stale")


class AlertName(Strict):
    """One open alert."""

    rule: str
    """The rule, by name."""
    level: str | None = None
    """The level as the policy writes it; needed where several are open."""
    scope: ScopeField = Field(default_factory=dict)
    """Of a rule with each: which of its scopes, such as {api_key: ci-nightly}; ids or names."""


class Snooze(AlertName):
    """Somebody wants to hear nothing of it for a while."""

    lasts: DurationField = Field(alias="for")
    """For how long."""


class SilenceEvent(Strict):
    """Alerts that nobody wants to hear of for a while."""

    match: MatchField
    """Which alerts: severity, kind, rule, dimensions and labels with patterns."""
    lasts: DurationField = Field(alias="for")
    """For how long."""


class LimitEvent(Strict):
    """The policy is changed: another amount."""

    budget: str
    """Which budget or usage budget, by name."""
    amount: AmountField
    """Its amount from then on."""


class RestateEvent(Strict):
    """The bill of one bucket changes."""

    of: OfField = Field(default_factory=dict)
    """The series, as under spend or usage."""
    metric: MetricField | None = None
    """Of a series under usage: its metric."""
    bucket: WhenField
    """When the bucket begins."""
    value: NumberField
    """What it holds from then on."""


class StaleEvent(Strict):
    """A source cannot be read for a while; what was spent meanwhile is known when it is read again."""

    source: str = "openai"
    """Which source, by name."""
    lasts: DurationField = Field(alias="for")
    """For how long."""


class EventEntry(Strict):
    """What happens: one deed. People see what was evaluated at that time; all else counts from that evaluation on."""

    at: WhenField
    """When: so long after the start (31h, 2d 6h), or a local time such as 2026-11-20T08:00."""
    by: str = "somebody"
    """Who does it."""
    acknowledge: AlertName | None = None
    """Somebody looks after an alert: no repeats, no escalation."""
    snooze: Snooze | None = None
    """Nothing is told of an alert for a while."""
    resolve: AlertName | None = None
    """An alert is closed by hand."""
    silence: SilenceEvent | None = None
    """Nothing is told of what matches for a while."""
    limit: LimitEvent | None = None
    """A budget gets another amount."""
    restate: RestateEvent | None = None
    """The bill of one bucket changes."""
    stale: StaleEvent | None = None
    """A source is not read for a while."""

    @model_validator(mode="after")
    def _one_deed(self) -> EventEntry:
        if len(self.model_fields_set & set(DEEDS)) != 1:
            raise ValueError(f"an event is one deed; write at and one of {', '.join(DEEDS)}")
        return self
