"""The nouns: what a provider tells (cost lines, usage), what a rule finds, what people are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from budgetbot.core.escalate import Climb
from budgetbot.core.money import Nano

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Dimension: TypeAlias = str

DIMENSIONS: tuple[Dimension, ...] = (
    "provider", "source", "project", "api_key", "user", "model", "line_item", "service_tier", "batch",
)  # fmt: skip
NAMED: frozenset[Dimension] = frozenset({"project", "api_key", "user"})  # ids of one source, with names of their own

METRICS: tuple[str, ...] = (
    "requests", "input_tokens", "output_tokens", "input_cached_tokens", "input_cache_write_tokens",
    "input_cache_write_1h_tokens",
    "input_audio_tokens", "input_cached_audio_tokens", "output_audio_tokens", "input_image_tokens",
    "input_cached_image_tokens", "output_image_tokens", "images", "seconds", "characters", "bytes", "sessions", "calls",
)  # fmt: skip


class Series(NamedTuple):
    """One combination of dimensions. Ids as the provider writes them; None for what a row does not say."""

    provider: str
    source: str
    project: str | None = None
    api_key: str | None = None
    user: str | None = None
    model: str | None = None
    line_item: str | None = None
    service_tier: str | None = None
    batch: str | None = None


class CostLine(NamedTuple):
    """What the provider bills for one series in one bucket: an exact amount of a currency (upper-case ISO code)."""

    series: Series
    amount: Decimal
    currency: str


class UsageRow(NamedTuple):
    """What one series used in one bucket: METRICS by name (tokens, images, seconds ...); absent = not reported."""

    series: Series
    metrics: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One whole bucket of one report, [start, end) UTC: it replaces whatever was known of it before."""

    report: str
    start: datetime
    end: datetime
    costs: tuple[CostLine, ...] = ()
    usage: tuple[UsageRow, ...] = ()


class Entity(NamedTuple):
    """A project, key or user as the provider names it. `kind` is its dimension; deleted ones are kept."""

    source: str
    kind: Dimension
    id: str
    name: str | None
    status: str | None = None
    owner: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one report of one source is known, and how the last tries went.

    `complete_to`: everything before it was read in a complete walk. `pulled_at`: when that walk ended. `since`: when
    the report was first tried. `error`: why the latest try failed, None after a success.
    """

    source: str
    report: str
    since: datetime
    complete_to: datetime | None = None
    pulled_at: datetime | None = None
    error: str | None = None
    failures: int = 0


class Severity(StrEnum):
    """How bad, in rising order."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, rising."""
        return list(Severity).index(self)


Kind: TypeAlias = Literal[
    "budget", "usage_budget", "forecast", "anomaly", "new", "burn_rate", "freshness", "delivery", "policy"
]
State: TypeAlias = Literal["pending", "firing", "resolved"]
Resolution: TypeAlias = Literal["corrected", "period_ended", "limit_changed", "rule_changed", "rule_removed", "manual"]


class Part(NamedTuple):
    """One dimension of a scope: its id (None: unattributed), the source that id belongs to, and its name today."""

    dimension: Dimension
    id: str | None
    source: str | None = None
    name: str | None = None


def _escaped(id: str) -> str:
    """Ids are foreign text: none may look like the end of itself and another part."""
    return id.replace("%", "%25").replace("&", "%26")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one alert or budget is about: the values of `each`; empty for a rule that is about all it matches."""

    parts: tuple[Part, ...] = ()

    @property
    def key(self) -> str:
        """Identity by source and id, never by name: a rename changes nothing."""
        return "&".join(
            f"{p.dimension}={p.source or ''}/{'' if p.id is None else '=' + _escaped(p.id)}" for p in self.parts
        )

    @property
    def names(self) -> dict[str, str | None]:
        """Dimension to display name (the id where there is none); None for the unattributed part."""
        return {p.dimension: p.name if p.name is not None else p.id for p in self.parts}

    @property
    def ids(self) -> dict[str, str | None]:
        """Dimension to the provider's id; None for the unattributed part."""
        return {p.dimension: p.id for p in self.parts}


class Driver(NamedTuple):
    """One part of an amount: which value of which dimension, how much, who owns it."""

    dimension: Dimension
    id: str | None
    name: str | None
    amount: Nano
    owner: str | None = None


Repeat: TypeAlias = timedelta | Mapping[Severity, timedelta]
"""After how long an alert is told again while it fires: always, or by severity; those that are absent never are."""


def interval(repeat: Repeat | None, severity: Severity) -> timedelta | None:
    """After how long one of this severity is told again; None = never."""
    return repeat.get(severity) if isinstance(repeat, Mapping) else repeat


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What every rule has, whatever its kind: who is told besides the routes, how, and where it is written.

    `identity` changes when the rule starts anew (match, each, period, zone); `where` is "file:line".
    """

    name: str
    kind: Kind
    identity: str
    hold: timedelta = timedelta(0)
    repeat: Repeat | None = None
    notify: tuple[str, ...] = ()
    runbook: str | None = None
    description: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one level of one scope at one moment, with the numbers it compared.

    `active`: the level is reached. `clear`: it is surely not (below the hysteresis band, on fresh data). Neither:
    nothing changes. `rank` orders the levels of one rule and scope; `line` is the compared line in nano-units.
    `period` is None for what has no period (freshness); its `ends` False for rolling windows. `late`: the period is
    closed, so it is told once and never paged. `subject`: what all that it counts has in common, for routes.
    `twice`: it fires once it has held at two evaluations, the second on newer data.
    """

    rule: str
    kind: Kind
    severity: Severity
    scope: Scope
    level: str
    rank: int
    line: int
    active: bool
    clear: bool
    start: datetime | None = None
    end: datetime | None = None
    period: str | None = None
    ends: bool = True
    late: bool = False
    evidence: Mapping[str, Json] = field(default_factory=dict)
    drivers: tuple[Driver, ...] = ()
    subject: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    twice: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """One level of one rule, scope and period, and what became of it. Kept for ever, with its evidence.

    Identity is (rule, scope.key, period, level, episode); `id` is derived from it. `already`: the level was passed
    before the rule knew it. `labels` holds what all that it counts has in common: dimensions by name, and labels.
    Acknowledged, snoozed, silenced and inhibited are facts beside its state; `climbs` are its ways up escalations.
    """

    id: str
    rule: str
    kind: Kind
    severity: Severity
    scope: Scope
    level: str
    rank: int
    line: int
    period: str
    episode: int
    state: State
    active_since: datetime
    start: datetime | None = None
    end: datetime | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    reason: Resolution | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_until: datetime | None = None
    snoozed_until: datetime | None = None
    silenced: bool = False
    inhibited: bool = False
    late: bool = False
    already: bool = False
    policy_hash: str = ""
    evidence: Mapping[str, Json] = field(default_factory=dict)
    drivers: tuple[Driver, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    climbs: tuple[Climb, ...] = ()

    def acknowledged(self, now: datetime) -> bool:
        """Whether somebody looks after it; an acknowledgement may have an end."""
        return self.acknowledged_at is not None and (self.acknowledged_until is None or now < self.acknowledged_until)

    def snoozed(self, now: datetime) -> bool:
        """Whether somebody wants to hear nothing of it for now."""
        return self.snoozed_until is not None and now < self.snoozed_until
