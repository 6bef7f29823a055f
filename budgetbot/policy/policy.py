"""A policy as the program uses it: read, checked, merged, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.match import LabelRule, Match
from budgetbot.core.pricing import Price
from budgetbot.rules import Rule

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
    """Where alerts that match go; the first match wins unless it `continues`. `where` is "file:line"."""

    match: Match
    to: tuple[str, ...]
    continues: bool = False
    where: str = ""


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
class Policy:
    """All that was declared. `where` leads from a rule's name to "file:line"; `hash` changes with the content only."""

    defaults: Defaults = field(default_factory=Defaults)
    rules: tuple[Rule, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[LabelRule, ...] = ()
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    digests: tuple[Digest, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    prices: tuple[Price, ...] = ()
    fx: Fx = NO_FX
    hash: str = ""

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises KeyError."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)
