"""What a policy file may say: one model for the entries of each section. Strict; described for editors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema, create_model, model_validator

from budgetbot.core.match import Match
from budgetbot.policy.drills import DrillEntry
from budgetbot.policy.entry_fields import CronField, CurrencyField, EnvNameField, LabelsField
from budgetbot.policy.granted import GrantEntry, PlannedEntry, SilenceEntry
from budgetbot.policy.on_call import AccessEntry, EscalationEntry, HolidaysEntry, TimeWindowEntry
from budgetbot.policy.policy import Covers
from budgetbot.policy.prices import PriceEntry
from budgetbot.policy.rates import FxEntry
from budgetbot.rules import RULES
from budgetbot.rules.fields import MatchField, Strict, ZoneField
from budgetbot.rules.rule import NameField


@dataclass(frozen=True, slots=True)
class Registries:
    """What the shelves offer: kinds of receivers with their options, types of sources."""

    notifiers: Mapping[str, type[BaseModel]]
    sources: Collection[str]


class DefaultsEntry(Strict):
    """What holds where nothing else is said; once in all files."""

    timezone: ZoneField = Field(default_factory=lambda: ZoneInfo("UTC"))
    """Whose days and months budgets follow. Bills are UTC days."""
    currency: CurrencyField = "USD"
    """The currency of amounts that name none."""


class SourceEntry(Strict):
    """One more account of a provider; an environment variable alone makes the one named like its provider."""

    name: NameField
    """How this account is called in match, each and messages."""
    type: str
    """Which provider it is an account of."""
    key_env: EnvNameField | None = None
    """The environment variable that holds its key."""
    counts: bool | None = None
    """false keeps it out of totals, such as a gateway beside the provider's own bill."""


class LabelEntry(Strict):
    """Ownership by rule: what matches gets these labels; the last matching entry wins, label by label."""

    match: MatchField = Field(default_factory=Match)
    """Which spend: dimensions and labels with patterns; absent = everything."""
    set: LabelsField
    """The labels and their text, such as {team: research}."""


class ReceiverEntry(Strict):
    """Somebody who can be told: a name, and one kind with its options."""

    name: NameField
    """How routes, digests and notify call this receiver."""

    @model_validator(mode="after")
    def _one_kind(self) -> ReceiverEntry:
        kinds = sorted(set(type(self).model_fields) - {"name"})
        chosen = self.model_fields_set - {"name"}
        if len(chosen) != 1:
            wrong = "two kinds in one" if chosen else "no kind"
            raise ValueError(f"a receiver with {wrong}; write a name and one of {', '.join(kinds)}")
        return self


class RouteEntry(Strict):
    """Where alerts go, in order: the first match wins unless `continue: true`; the last one must match all."""

    match: MatchField = Field(default_factory=Match)
    """Which alerts: severity, kind, rule, dimensions and labels with patterns; absent = all."""
    to: list[str] = Field(default_factory=list)
    """The receivers; `owner` means whoever owns the spend."""
    escalation: str | None = None
    """Instead of `to`: the escalation that the alert climbs until somebody acknowledges."""
    active: list[str] = Field(default_factory=list)
    """Time windows: the route is there in these alone."""
    muted: list[str] = Field(default_factory=list)
    """Time windows: what the route takes in these waits for their end."""
    continues: bool = Field(default=False, alias="continue")
    """Whether the routes below are looked at as well."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> RouteEntry:
        if self.to and self.escalation is not None:
            raise ValueError("a route has `to` or `escalation`, not both; write two routes, the first with continue")
        if not self.to and self.escalation is None:
            raise ValueError("a route that leads to nobody; write to: [NAME] or escalation: NAME")
        return self


class DigestEntry(Strict):
    """A report by the clock."""

    name: NameField
    """Its name; unique."""
    schedule: CronField
    """When: minute hour day month weekday, by cron's numbers (0 and 7 = Sunday) or names."""
    timezone: ZoneField | None = None
    """Whose clock; the default time zone where absent."""
    to: list[str] = Field(min_length=1)
    """The receivers."""
    group_by: list[str] = Field(default=["project"], min_length=1)
    """Dimensions or labels by which spend is listed."""
    top: int = Field(default=10, ge=1, le=100)
    """How many rows; what is beyond is one row."""
    covers: Covers = "since_last"
    """Which days: since_last (so Monday holds the week-end), yesterday, last_week or last_month."""
    currency: CurrencyField | None = None
    """In which currency; the default one where absent."""
    match: MatchField = Field(default_factory=Match)
    """Which spend: dimensions and labels with patterns; absent = everything."""
    each: list[str] = Field(default_factory=list)
    """Dimensions or labels: one digest for each of their values."""


def sections(registries: Registries) -> dict[str, type[BaseModel]]:
    """Section to the model of one of its entries."""
    return {
        "sources": _source_model(tuple(sorted(registries.sources))),
        "labels": LabelEntry,
        **RULES,
        "receivers": _receiver_model(tuple(registries.notifiers.items())),
        "time_windows": TimeWindowEntry,
        "routes": RouteEntry,
        "escalations": EscalationEntry,
        "digests": DigestEntry,
        "drills": DrillEntry,
        "grants": GrantEntry,
        "planned": PlannedEntry,
        "silences": SilenceEntry,
        "prices": PriceEntry,
        "fx": FxEntry,
        "holidays": HolidaysEntry,
    }


ONCE: dict[str, type[BaseModel]] = {"defaults": DefaultsEntry, "access": AccessEntry}
"""Sections that are a mapping and stand once in all files."""


def file_model(registries: Registries) -> type[BaseModel]:
    """One whole file, as its JSON schema describes it."""
    fields: dict[str, Any] = {
        "version": (Literal[1], Field(default=1, description="The version of this grammar.")),
    }
    for section, model in ONCE.items():
        fields[section] = (model, Field(default=None, description=_first_line(model)))
    for section, model in sections(registries).items():
        fields[section] = (list[model], Field(default=None, description=_first_line(model)))  # type: ignore[valid-type]
    return create_model("PolicyFile", __base__=Strict, __doc__="Policies of budgetbot.", **fields)


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


@cache
def _source_model(types: tuple[str, ...]) -> type[BaseModel]:
    def known(value: str) -> str:
        if value not in types:
            raise ValueError(f"{value[:60]!r} is not a type of source; write one of {', '.join(types)}")
        return value

    field: Any = Annotated[str, AfterValidator(known), WithJsonSchema({"type": "string", "enum": list(types)})]
    described = Field(description=SourceEntry.model_fields["type"].description)
    return create_model("Source", __base__=SourceEntry, __doc__=SourceEntry.__doc__, type=(field, described))


@cache
def _receiver_model(kinds: tuple[tuple[str, type[BaseModel]], ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        kind: (options, Field(default=None, description=_first_line(options))) for kind, options in kinds
    }
    return create_model("Receiver", __base__=ReceiverEntry, __doc__=ReceiverEntry.__doc__, **fields)
