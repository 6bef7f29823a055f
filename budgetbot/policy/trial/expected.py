"""What a test expects: alerts, messages and figures at times."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from budgetbot.core.model import Kind, Severity
from budgetbot.policy.trial.fields import FigureField, ScopeField, When, WhenField
from budgetbot.rules.fields import Strict

Heard: TypeAlias = Literal["first", "worse", "repeat", "escalated", "resolved", "expired"]


class AlertEntry(Strict):
    """An alert that is expected to be open; what is not written is not compared."""

    rule: str
    """The rule, by name."""
    level: str | None = None
    """The level as the policy writes it."""
    state: Literal["pending", "firing"] = "firing"
    """pending, or firing where absent."""
    scope: ScopeField = Field(default_factory=dict)
    """Of a rule with each: the scope, such as {api_key: ci-nightly}; ids or names, none for the unattributed part."""
    severity: Severity | None = None
    """How bad it is."""
    kind: Kind | None = None
    """Which kind of rule it is of."""
    episode: int | None = Field(default=None, ge=1)
    """1 for the first time in its period, 2 where it came back, ..."""
    acknowledged: str | None = None
    """By whom, true for anybody, false for nobody."""
    snoozed: bool | None = None
    """Whether somebody wants to hear nothing of it for a while."""
    silenced: bool | None = None
    """Whether a silence holds its messages back."""
    inhibited: bool | None = None
    """Whether a higher level speaks for it."""


class NotificationEntry(Strict):
    """A message that is expected; what is not written is not compared."""

    at: WhenField
    """When it is sent: a time at which rules are evaluated."""
    to: str
    """The receiver, by name; owner:ADDRESS for an owner."""
    rule: str
    """The rule, by name."""
    level: str | None = None
    """The level as the policy writes it."""
    reason: Heard
    """first, worse (a higher level), repeat, escalated, resolved or expired (its period ended)."""
    scope: ScopeField = Field(default_factory=dict)
    """Of a rule with each: the scope, such as {api_key: ci-nightly}; ids or names."""
    severity: Severity | None = None
    """How bad the alert is."""
    episode: int | None = Field(default=None, ge=1)
    """1 for the first time in its period, 2 where it came back, ..."""


class ExpectEntry(Strict):
    """What is expected: at a time all open alerts or what budgets count, or until a time all messages."""

    at: WhenField | None = None
    """When the alerts or figures are looked at, after all that happens at that time."""
    until: WhenField | None = None
    """Until when (included) messages are listed, from the last such check or the start on."""
    alerts: list[AlertEntry] | None = None
    """All alerts that are open then; [] = none."""
    notifications: list[NotificationEntry] | None = None
    """All messages, by their times; [] = none. Those of one time in any order."""
    spent: dict[str, FigureField] | None = None
    """What budgets count in their current period: {research-monthly: 4120.50}; of a budget with each by scope:
    {ci-key-daily: {ci-nightly: 12.50}}, "web / gpt-4o" where each has two dimensions."""

    @property
    def when(self) -> When:
        """Its at or until."""
        when = self.at or self.until
        assert when is not None  # noqa: S101
        return when

    @model_validator(mode="after")
    def _at_or_until(self) -> ExpectEntry:
        looks = self.alerts is not None or self.spent is not None
        listens = self.notifications is not None
        if (self.at is not None, self.until is not None) != (looks, listens) or looks == listens:
            raise ValueError("write at with alerts or spent, or until with notifications")
        return self
