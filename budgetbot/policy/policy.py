"""A policy as the program uses it: read, checked, merged, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from budgetbot.core.escalate import Escalation
from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.grant import Grant, Planned
from budgetbot.core.match import LabelRule, Match
from budgetbot.core.pricing import Price
from budgetbot.core.silence import Silence
from budgetbot.core.window import Window
from budgetbot.rules import Rule

OWNER = "owner"
"""The receiver that means whoever owns what an alert is about."""
Covers: TypeAlias = Literal["since_last", "yesterday", "last_week", "last_month"]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where nothing else is said."""

    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One configured account of a provider. `key_env` names the environment variable that holds its key."""

    name: str
    type: str
    key_env: str | None = None
    counts: bool | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who can be told; `options` are what its kind of receiver needs."""

    name: str
    kind: str
    options: BaseModel


@dataclass(frozen=True, slots=True)
class Route:
    """Where alerts that match go: to receivers (`owner` among them) or up an escalation, never both.

    The first match wins unless it `continues`. Outside its `active` windows a route is not there; inside its `muted`
    ones it takes the alert and waits. `where` is "file:line".
    """

    match: Match
    to: tuple[str, ...] = ()
    continues: bool = False
    where: str = ""
    escalation: str | None = None
    active: tuple[Window, ...] = ()
    muted: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """A report by the clock. `timezone` None means the default one; `each` sends one for every value."""

    name: str
    schedule: str
    timezone: ZoneInfo | None
    to: tuple[str, ...]
    group_by: tuple[str, ...] = ("project",)
    top: int = 10
    covers: Covers = "since_last"
    currency: str | None = None
    match: Match = field(default_factory=Match)
    each: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drill:
    """A fire drill by the clock. `within`: how soon its receivers must confirm it."""

    name: str
    schedule: str
    to: tuple[str, ...]
    timezone: ZoneInfo | None = None
    within: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what in chat: Slack users (U...), groups (S...), or "everyone".

    Above `second_person_above` (nano-units of the default currency) a raise needs a second person. None: no limit.
    """

    acknowledge: tuple[str, ...] = ("everyone",)
    raise_limit: tuple[str, ...] = ()
    second_person_above: int | None = None
    spend_by_user: tuple[str, ...] = ("everyone",)


@dataclass(frozen=True, slots=True)
class Policy:
    """All that was declared. `where` leads from a rule's name to "file:line"; `hash` changes with the content only.

    `places` does the same for all else: from "section:name", or its number where it has none ("silences:0").
    """

    defaults: Defaults = field(default_factory=Defaults)
    rules: tuple[Rule, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[LabelRule, ...] = ()
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    digests: tuple[Digest, ...] = ()
    drills: tuple[Drill, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    prices: tuple[Price, ...] = ()
    fx: Fx = NO_FX
    grants: tuple[Grant, ...] = ()
    planned: tuple[Planned, ...] = ()
    silences: tuple[Silence, ...] = ()
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)
    access: Access = field(default_factory=Access)
    places: Mapping[str, str] = field(default_factory=dict)
    hash: str = ""

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises KeyError."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)
