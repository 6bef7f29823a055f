"""Checks that what is declared can do what it says: levels, currencies, routes that are reached, links that open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import get_args

from budgetbot.core.match import Patterns
from budgetbot.core.model import Kind, Severity
from budgetbot.policy.draft import Draft, Entry
from budgetbot.policy.granted import SilenceEntry
from budgetbot.policy.mistakes import Mistake, unknown
from budgetbot.policy.on_call import EscalationEntry
from budgetbot.policy.policy import OWNER
from budgetbot.policy.schema import DefaultsEntry, RouteEntry
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.limit import Limit

_VALUES: dict[str, tuple[str, ...]] = {"severity": tuple(Severity), "kind": get_args(Kind)}
_REACH = "every alert must reach somebody"


def defaults_of(draft: Draft) -> DefaultsEntry:
    """What holds where nothing else is said."""
    return next((e.model for e in draft.of("defaults") if isinstance(e.model, DefaultsEntry)), DefaultsEntry())


def check_rules(draft: Draft) -> Iterator[Mistake]:
    """What a rule's own model cannot see or does not look at."""
    defaults = defaults_of(draft)
    for entry in draft.rules:
        if isinstance(entry.model, Rule):
            yield from _any_rule(entry, entry.model)
        if isinstance(entry.model, Budget):
            yield from _currencies(entry, entry.model, defaults.currency)
        if isinstance(entry.model, Limit):
            yield from _overrides(entry, entry.model)


def _any_rule(entry: Entry, rule: Rule) -> Iterator[Mistake]:
    if rule.runbook is not None and not rule.runbook.startswith(("https://", "http://")):
        yield entry.mistake(("runbook",), "not an address; write one that begins with https://")
    repeats = rule.repeat.items() if isinstance(rule.repeat, Mapping) else [(None, rule.repeat)]
    for severity, every in repeats:
        if every is not None and every < timedelta(minutes=1):
            way = ("repeat", severity.value) if severity else ("repeat",)
            yield entry.mistake(way, "repeats without a pause; write a minute or more, such as 4h")
    if isinstance(rule, Freshness) and rule.stale_after < timedelta(minutes=1):
        yield entry.mistake(("stale_after",), "no pull is that fresh; write a minute or more, such as 6h")


def _currencies(entry: Entry, budget: Budget, default: str) -> Iterator[Mistake]:
    currency = budget.amount.currency or default
    for i, threshold in enumerate(budget.thresholds):
        if threshold.at and threshold.at.currency not in (None, currency):
            words = f"{threshold.at.text} is not in the budget's currency, {currency}; write a share such as 80%"
            yield entry.mistake(("thresholds", i, "at"), words)


def _overrides(entry: Entry, limit: Limit) -> Iterator[Mistake]:
    for i, (match, amount) in enumerate(limit.sizes()[1]):
        for name in sorted(match.names - set(limit.each)):
            words = f"an override chooses among the values of each; add {name} to each, or leave it out"
            yield entry.mistake(("overrides", i, "match", name), words, at_key=True)
        if same := limit.same_line(amount):
            yield entry.mistake(("overrides", i, "amount"), f"with this amount {same}; write another amount")


def check_routes(draft: Draft) -> Iterator[Mistake]:
    """The last route matches all, and every route can be reached."""
    routes = draft.of("routes")
    for entry in [*routes, *draft.of("silences")]:
        yield from _values(entry)
    caught: Entry | None = None
    for entry in routes:
        if caught:
            yield entry.mistake((), f"never reached, as {caught.where} takes everything; move this route above it")
        elif isinstance(entry.model, RouteEntry) and _takes_all(entry.model, draft):
            caught = entry
    if routes and not caught and routes[-1].model is not None and "routes" not in draft.unsure:
        last = "the last route must match everything, always, and not continue; add {to: [NAME]} at the end"
        yield routes[-1].mistake((), f"{last}, for {_REACH}")


def _takes_all(route: RouteEntry, draft: Draft) -> bool:
    """Whether nothing gets past it: an owner may not be known, and a window ends."""
    found = next((e.model for e in draft.of("escalations") if e.name == route.escalation), None)
    to = [name for step in found.steps for name in step.to] if isinstance(found, EscalationEntry) else route.to
    somebody = (route.escalation is not None and found is None) or any(name != OWNER for name in to)
    return somebody and not (route.match.fields or route.continues or route.active)


def _values(entry: Entry) -> Iterator[Mistake]:
    fields = dict(entry.model.match.fields) if isinstance(entry.model, RouteEntry | SilenceEntry) else {}
    for name, known in _VALUES.items():
        wanted = fields.get(name, Patterns()).wanted
        for pattern in wanted:
            if not any(Patterns((pattern,)).meet((value,)) for value in known):
                words = unknown(name, pattern, known, f"write one of {', '.join(known)}")
                yield entry.mistake(("match", name), words)


def check_reach(draft: Draft, built_in: bool) -> Iterator[Mistake]:
    """Where there are rules, somebody is told."""
    rules = draft.rules
    if draft.of("routes") or {"routes", "receivers"} & draft.unsure or not (rules or built_in):
        return
    receiver = min(draft.names("receivers"), default=None)
    screen = "" if receiver else "receivers: [{name: screen, console: {}}] and "
    words = f"missing, and {_REACH}; add {screen}routes: [{{to: [{receiver or 'screen'}]}}]"
    yield (rules[0].tree if rules else draft.trees[0]).mistake(("routes",), words)
