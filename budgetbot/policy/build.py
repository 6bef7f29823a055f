"""From entries that make sense together to a policy."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from budgetbot.core.fx import Fx
from budgetbot.core.match import LabelRule
from budgetbot.policy.draft import Draft, Entry
from budgetbot.policy.policy import Defaults, Digest, Policy, Receiver, Route, SourceSpec
from budgetbot.policy.prices import PriceEntry
from budgetbot.policy.rates import FxEntry
from budgetbot.policy.schema import DefaultsEntry, DigestEntry, LabelEntry, ReceiverEntry, RouteEntry, SourceEntry
from budgetbot.rules import Rule
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.unpriced import NAME as UNPRICED
from budgetbot.rules.unpriced import UnpricedUsage

BUILT_IN = "built in"
_IN_ORDER = ("labels", "routes", "prices")


def build_policy(draft: Draft, built_in: bool) -> Policy:
    """The policy of a draft without mistakes; `built_in` adds the rule for quiet sources.

    The one for use without a price is always there, unless the policy has a rule of that name.
    """
    rules = {entry.model.name: entry.model for entry in draft.rules if isinstance(entry.model, Rule)}
    where = {entry.name or "": entry.where for entry in draft.rules}
    if built_in:
        quiet = _quiet_source(set(rules))
        rules[quiet.name], where[quiet.name] = quiet, BUILT_IN
    if UNPRICED not in rules:
        rules[UNPRICED], where[UNPRICED] = UnpricedUsage(name=UNPRICED), BUILT_IN
    receivers = [_receiver(entry.model) for entry in draft.entries if isinstance(entry.model, ReceiverEntry)]
    return Policy(
        defaults=_defaults(draft),
        rules=tuple(rules.values()),
        where=where,
        labels=tuple(_labels(entry.model) for entry in draft.entries if isinstance(entry.model, LabelEntry)),
        receivers={receiver.name: receiver for receiver in receivers},
        routes=tuple(_route(entry, entry.model) for entry in draft.entries if isinstance(entry.model, RouteEntry)),
        digests=tuple(_digest(entry.model) for entry in draft.entries if isinstance(entry.model, DigestEntry)),
        sources=tuple(_source(entry.model) for entry in draft.entries if isinstance(entry.model, SourceEntry)),
        prices=tuple(entry.model.price() for entry in draft.entries if isinstance(entry.model, PriceEntry)),
        fx=Fx(entry.model.rate_of_pair() for entry in draft.entries if isinstance(entry.model, FxEntry)),
        hash=_content_hash(draft),
    )


def _quiet_source(taken: set[str]) -> Freshness:
    names = ("quiet-source", "quiet-source-default", *(f"quiet-source-{i}" for i in range(len(taken) + 1)))
    name = next(name for name in names if name not in taken)
    return Freshness(name=name, stale_after=timedelta(hours=6))


def _defaults(draft: Draft) -> Defaults:
    found = [entry.model for entry in draft.entries if isinstance(entry.model, DefaultsEntry)]
    return Defaults(found[0].timezone, found[0].currency) if found else Defaults()


def _labels(entry: LabelEntry) -> LabelRule:
    return LabelRule(entry.match, tuple(entry.set.items()))


def _receiver(entry: ReceiverEntry) -> Receiver:
    (kind,) = entry.model_fields_set - {"name"}
    return Receiver(entry.name, kind, getattr(entry, kind))


def _route(entry: Entry, route: RouteEntry) -> Route:
    return Route(route.match, tuple(dict.fromkeys(route.to)), route.continues, entry.where)


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


def _source(entry: SourceEntry) -> SourceSpec:
    return SourceSpec(entry.name, entry.type, entry.key_env, entry.counts)


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
