"""From entries that make sense together to a policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from budgetbot.core.fx import Fx
from budgetbot.core.match import LabelRule
from budgetbot.core.window import Window
from budgetbot.policy.draft import Draft, Entry
from budgetbot.policy.drills import DrillEntry
from budgetbot.policy.granted import GrantEntry, PlannedEntry, SilenceEntry
from budgetbot.policy.on_call import AccessEntry, EscalationEntry, HolidaysEntry, TimeWindowEntry
from budgetbot.policy.policy import Access, Defaults, Digest, Policy, Receiver, Route, SourceSpec
from budgetbot.policy.prices import PriceEntry
from budgetbot.policy.rates import FxEntry
from budgetbot.policy.schema import DefaultsEntry, DigestEntry, LabelEntry, ReceiverEntry, RouteEntry, SourceEntry
from budgetbot.rules import Rule
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.reload import PolicyReload
from budgetbot.rules.undelivered import Undelivered
from budgetbot.rules.unpriced import UnpricedUsage

BUILT_IN = "built in"
_ALWAYS: tuple[type[BuiltIn], ...] = (UnpricedUsage, PolicyReload, Undelivered)
_IN_ORDER = ("labels", "routes", "prices")
_Model = TypeVar("_Model", bound=BaseModel)


def build_policy(draft: Draft, built_in: bool) -> Policy:
    """The policy of a draft without mistakes; `built_in` adds the rule for quiet sources.

    Those for use without a price, for files that are wrong and for receivers that fail are always there, unless a rule
    has their name.
    """
    rules = {entry.model.name: entry.model for entry in draft.rules if isinstance(entry.model, Rule)}
    where = {entry.name or "": entry.where for entry in draft.rules}
    if built_in:
        quiet = _quiet_source(set(rules))
        rules[quiet.name], where[quiet.name] = quiet, BUILT_IN
    for kind in _ALWAYS:
        if kind.title not in rules:
            rules[kind.title], where[kind.title] = kind(name=kind.title), BUILT_IN
    defaults = _defaults(draft)
    zone, counted = defaults.timezone, draft.names("usage_budgets")
    receivers = [_receiver(entry) for entry in _models(draft, ReceiverEntry)]
    windows = {entry.name: entry.window(zone) for entry in _models(draft, TimeWindowEntry)}
    return Policy(
        defaults=defaults,
        rules=tuple(rules.values()),
        where=where,
        labels=tuple(LabelRule(entry.match, tuple(entry.set.items())) for entry in _models(draft, LabelEntry)),
        receivers={receiver.name: receiver for receiver in receivers},
        routes=tuple(_route(entry, windows) for entry in draft.of("routes")),
        digests=tuple(_digest(entry) for entry in _models(draft, DigestEntry)),
        drills=tuple(entry.drill() for entry in _models(draft, DrillEntry)),
        sources=tuple(SourceSpec(e.name, e.type, e.key_env, e.counts) for e in _models(draft, SourceEntry)),
        prices=tuple(entry.price() for entry in _models(draft, PriceEntry)),
        fx=Fx(entry.rate_of_pair() for entry in _models(draft, FxEntry)),
        grants=tuple(entry.grant(zone, counts=entry.budget in counted) for entry in _models(draft, GrantEntry)),
        planned=tuple(entry.planned(zone, defaults.currency) for entry in _models(draft, PlannedEntry)),
        silences=tuple(entry.silence(zone) for entry in _models(draft, SilenceEntry)),
        escalations={entry.name: entry.escalation() for entry in _models(draft, EscalationEntry)},
        windows=windows,
        holidays={entry.name: entry.dates for entry in _models(draft, HolidaysEntry)},
        access=next((entry.access() for entry in _models(draft, AccessEntry)), Access()),
        hash=_content_hash(draft),
    )


def _models(draft: Draft, kind: type[_Model]) -> Iterator[_Model]:
    """The entries of one kind, in order."""
    return (entry.model for entry in draft.entries if isinstance(entry.model, kind))


def _quiet_source(taken: set[str]) -> Freshness:
    names = ("quiet-source", "quiet-source-default", *(f"quiet-source-{i}" for i in range(len(taken) + 1)))
    name = next(name for name in names if name not in taken)
    return Freshness(name=name, stale_after=timedelta(hours=6))


def _defaults(draft: Draft) -> Defaults:
    return next((Defaults(entry.timezone, entry.currency) for entry in _models(draft, DefaultsEntry)), Defaults())


def _receiver(entry: ReceiverEntry) -> Receiver:
    (kind,) = entry.model_fields_set - {"name"}
    return Receiver(entry.name, kind, getattr(entry, kind))


def _route(entry: Entry, windows: dict[str, Window]) -> Route:
    route = entry.model
    assert isinstance(route, RouteEntry)  # noqa: S101
    return Route(
        match=route.match,
        to=tuple(dict.fromkeys(route.to)),
        continues=route.continues,
        where=entry.where,
        escalation=route.escalation,
        active=tuple(windows[name] for name in dict.fromkeys(route.active)),
        muted=tuple(windows[name] for name in dict.fromkeys(route.muted)),
    )


def _digest(entry: DigestEntry) -> Digest:
    return Digest(
        name=entry.name,
        schedule=entry.schedule,
        timezone=entry.timezone,
        to=tuple(dict.fromkeys(entry.to)),
        group_by=tuple(entry.group_by),
        top=entry.top,
        covers=entry.covers,
        currency=entry.currency,
        match=entry.match,
        each=tuple(entry.each),
    )


def _content_hash(draft: Draft) -> str:
    """The same for the same content, however it is spread over files, commented and spaced."""
    content: dict[str, list[Any]] = {}
    for entry in draft.entries:
        content.setdefault(entry.section, []).append(entry.raw)
    for section, items in content.items():
        if section not in _IN_ORDER:
            items.sort(key=_canonical)
    return hashlib.sha256(_canonical(content).encode()).hexdigest()[:12]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
