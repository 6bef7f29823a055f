"""What every rule has in common, whatever it watches."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.grant import Grant, Planned
from budgetbot.core.history import History
from budgetbot.core.model import Alert, Finding, Kind, RuleInfo
from budgetbot.core.period import Span
from budgetbot.core.silence import Silence
from budgetbot.rules.fields import DurationField, Strict
from budgetbot.rules.repeat import RepeatField

GRACE = timedelta(hours=48 + 72)  # a closed period settles within two days and is watched for three more


@dataclass(frozen=True)
class Context:
    """All that a rule may look at besides `now`.

    `since`: from when the rule is known as it is (it says nothing of periods that were over by then). `open`: its
    alerts that are pending or firing. `stale`: sources whose data is too old to say that something is over. `fx`: the
    exchange rates. `grants`: those of this rule. `planned`: all windows of planned spend. `watched`: scope key and
    level of its alerts that a finding may still move: the open ones, and what was closed by hand (`by_hand`).
    `silences` and `holidays`: all of them. `limit`: the budget that a burn rate is of; then `grants` are those of it.
    """

    history: History
    zone: ZoneInfo
    currency: str
    since: datetime
    open: Sequence[Alert] = ()
    stale: frozenset[str] = field(default_factory=frozenset)
    fx: Fx = NO_FX
    grants: Sequence[Grant] = ()
    planned: Sequence[Planned] = ()
    watched: frozenset[tuple[str, str]] = frozenset()
    by_hand: Sequence[Alert] = ()
    silences: Sequence[Silence] = ()
    holidays: frozenset[date] = field(default_factory=frozenset)
    limit: Rule | None = None


def _name(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", value):
        raise ValueError(f"{value!r} is not a name; write letters, digits, dots and dashes, such as research-monthly")
    return value


NameField = Annotated[str, BeforeValidator(_name)]


class Rule(Strict):
    """The fields that every rule may have."""

    kind: ClassVar[Kind]

    name: NameField
    """Identity of the rule; unique over all kinds of rules."""
    hold: DurationField = Field(default=timedelta(0), alias="for")
    """How long the condition must hold before it fires."""
    repeat: RepeatField | None = None
    """Tell again after this long while it fires and nobody acknowledged it; by severity where it is a mapping."""
    notify: list[str] = Field(default_factory=list)
    """Receivers that are told in addition to what the routes decide."""
    runbook: str | None = None
    """Where it says what to do: an URL."""
    description: str | None = None
    """What this rule is for, in the message."""

    def identity(self, zone: ZoneInfo) -> str:
        """Changes when the rule starts anew; a changed amount or level leaves it as it is."""
        raise NotImplementedError

    def terms(self) -> str:
        """Changes with the amount and levels: closed periods are judged by none but those of their time."""
        return ""

    def span(self, now: datetime, zone: ZoneInfo, *, forecast: bool = False) -> Span:
        """The history that `evaluate` looks at; `forecast`: and what tells how a period will end, where it has one."""
        raise NotImplementedError

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """What the rule says of every level of every scope."""
        raise NotImplementedError

    def info(self, zone: ZoneInfo, where: str | None = None) -> RuleInfo:
        """The rule as the alert engine and messages see it."""
        return RuleInfo(
            name=self.name,
            kind=self.kind,
            identity=self.identity(zone),
            hold=self.hold,
            repeat=self.repeat,
            notify=tuple(self.notify),
            runbook=self.runbook,
            description=self.description,
            where=where,
        )


def digest(*parts: Any) -> str:
    """A short stable text that changes with any part."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]
