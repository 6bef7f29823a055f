"""Whether a test makes sense: names that the policy knows, times in order, series that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from budgetbot.core.model import DIMENSIONS
from budgetbot.core.money import NANO
from budgetbot.policy.entry_fields import ROUTE_FIELDS
from budgetbot.policy.mistakes import Mistake, unknown
from budgetbot.policy.policy import OWNER
from budgetbot.policy.trial.deeds import EventEntry, LimitEvent, RestateEvent
from budgetbot.policy.trial.expected import NotificationEntry
from budgetbot.policy.trial.fields import When
from budgetbot.policy.trial.schema import SeriesEntry, UsageEntry
from budgetbot.policy.trial.trial import Trial, series_of
from budgetbot.rules.budget import Budget
from budgetbot.rules.limit import Limit
from budgetbot.rules.usage_budget import UsageBudget
from budgetbot.rules.wrong import Way

MOST_EVALUATIONS = 20_000


def check(trial: Trial) -> list[Mistake]:
    """Every mistake of one test; where its times are wrong, only those."""
    rules = (_known_rule(trial, ("rules", i), name) for i, name in enumerate(trial.entry.rules))
    return [*_times(trial)] or [*chain(*rules, _series(trial), _events(trial), _expectations(trial))]


def _times(trial: Trial) -> Iterator[Mistake]:
    events: list[tuple[Way, When]] = [(("events", i, "at"), one.at) for i, one in enumerate(trial.entry.events)]
    looks: list[tuple[Way, When]] = [
        (("expect", i, "at" if one.at else "until"), one.when) for i, one in enumerate(trial.entry.expect)
    ]
    for listed in (events, looks):
        last, text = trial.start, trial.entry.start.text
        for way, when in listed:
            if trial.moment(when) < last:
                yield trial.mistake(way, f"{when.text} lies before {text} above it; write what happens in order")
            last, text = max(last, trial.moment(when)), when.text
    for way, when in events:
        if trial.moment(when) > trial.end:
            yield trial.mistake(way, f"nothing is expected at {when.text} or later; add an expectation, or remove it")
    if (trial.end - trial.start) // trial.entry.every >= MOST_EVALUATIONS:
        words = f"more than {MOST_EVALUATIONS} evaluations; write a longer every:, or end the test earlier"
        yield trial.mistake(("every",), words)


def _series(trial: Trial) -> Iterator[Mistake]:
    seen: dict[object, Way] = {}
    for way, one in trial.series():
        key = (series_of(one.of), one.metric if isinstance(one, UsageEntry) else None)
        if key in seen:
            first = trial.place(*seen[key])
            yield trial.mistake(way, f"the series stands at {first} already; write its values as one")
        seen.setdefault(key, way)
        for name in one.names:
            if name not in one.of:
                yield trial.mistake((*way, "names", name), f"of names no {name}; write its id there", at_key=True)


def _known_rule(trial: Trial, way: Way, name: str) -> Iterator[Mistake]:
    known = sorted(rule.name for rule in trial.policy.rules)
    if name not in known:
        yield trial.mistake(way, unknown("rule", name, known, f"write one of {', '.join(known[:20])}"))


def _expected_rule(trial: Trial, way: Way, name: str) -> Iterator[Mistake]:
    yield from _known_rule(trial, way, name)
    if not trial.is_about(name):
        yield trial.mistake(way, f"this test is not about `{name}`; add it to rules: above")


def _events(trial: Trial) -> Iterator[Mistake]:
    for i, event in enumerate(trial.entry.events):
        way: Way = ("events", i)
        for deed in ("acknowledge", "snooze", "resolve"):
            named = getattr(event, deed)
            if named is not None:
                yield from _known_rule(trial, (*way, deed, "rule"), named.rule)
        if event.silence is not None:
            yield from _fields(trial, (*way, "silence", "match"), event.silence.match.names)
        if event.limit is not None:
            yield from _limit(trial, (*way, "limit"), event.limit)
        if event.restate is not None:
            yield from _restate(trial, (*way, "restate"), event, event.restate)
        if event.stale is not None:
            sources = {series_of(one.of).source for _, one in trial.series()}
            if sources and event.stale.source not in sources:
                words = unknown("source", event.stale.source, sources, f"write one of {', '.join(sorted(sources))}")
                yield trial.mistake((*way, "stale", "source"), words)


def _fields(trial: Trial, way: Way, names: Collection[str]) -> Iterator[Mistake]:
    known = {*DIMENSIONS, *ROUTE_FIELDS, *(name for rule in trial.policy.labels for name, _ in rule.labels)}
    for name in sorted(set(names) - known):
        words = unknown("dimension or label", name, known, "write severity, kind, rule, a dimension or a label")
        yield trial.mistake((*way, name), words, at_key=True)
    if not names:
        yield trial.mistake(way, "silences everything; name a rule, a kind or whose alerts")


def limited(trial: Trial, name: str) -> Limit | None:
    """The budget or usage budget of that name."""
    return next((rule for rule in trial.policy.rules if rule.name == name and isinstance(rule, Limit)), None)


def _known_limit(trial: Trial, way: Way, name: str, *, at_key: bool = False) -> Iterator[Mistake]:
    if limited(trial, name) is None:
        known = sorted(rule.name for rule in trial.policy.rules if isinstance(rule, Limit))
        words = unknown("budget", name, known, f"write one of {', '.join(known[:20])}")
        yield trial.mistake(way, words, at_key=at_key)


def _limit(trial: Trial, way: Way, limit: LimitEvent) -> Iterator[Mistake]:
    yield from _known_limit(trial, (*way, "budget"), limit.budget)
    budget, amount = limited(trial, limit.budget), limit.amount
    if isinstance(budget, UsageBudget) and (amount.currency or amount.nano % NANO):
        yield trial.mistake((*way, "amount"), f"`{budget.name}` counts {budget.metric}; write a whole number")
    if isinstance(budget, Budget):
        default = trial.policy.defaults.currency
        own = budget.amount.currency or default
        if (amount.currency or own) != own:
            yield trial.mistake((*way, "amount"), f"not in the budget's currency; write {amount.nano // NANO} {own}")
    if budget is not None and (same := budget.same_line(amount.nano)):
        yield trial.mistake((*way, "amount"), f"{same}; write another amount")


def _restate(trial: Trial, way: Way, event: EventEntry, restate: RestateEvent) -> Iterator[Mistake]:
    one = _series_like(trial, restate)
    if one is None:
        where = "usage with this metric" if restate.metric else "spend"
        yield trial.mistake((*way, "of"), f"no such series; write the dimensions as one stands under {where}")
        return
    begins = trial.moment(restate.bucket)
    if begins not in trial.buckets(one):
        words = f"no bucket of the series begins at {restate.bucket.text}; they begin every {one.per} from the start"
        yield trial.mistake((*way, "bucket"), words)
    elif begins > trial.moment(event.at):
        yield trial.mistake((*way, "bucket"), "the bucket begins after it is restated; write a later at")
    if restate.metric and (restate.value < 0 or restate.value % 1):
        yield trial.mistake((*way, "value"), f"{restate.value} is no count; write a whole number")


def _series_like(trial: Trial, restate: RestateEvent) -> SeriesEntry | None:
    wanted = series_of(restate.of), restate.metric
    for _, one in trial.series():
        if (series_of(one.of), one.metric if isinstance(one, UsageEntry) else None) == wanted:
            return one
    return None


def _expectations(trial: Trial) -> Iterator[Mistake]:
    for i, one in enumerate(trial.entry.expect):
        way: Way = ("expect", i)
        for j, alert in enumerate(one.alerts or ()):
            yield from _expected_rule(trial, (*way, "alerts", j, "rule"), alert.rule)
        for name, figure in (one.spent or {}).items():
            below = (*way, "spent", name)
            yield from _known_limit(trial, below, name, at_key=True)
            budget = limited(trial, name)
            if budget is not None and bool(budget.each) != isinstance(figure, dict):
                how = "one figure each: {SCOPE: 12.50}" if budget.each else "one figure, such as 4120.50"
                yield trial.mistake(below, f"`{name}` has {'an' if budget.each else 'no'} each; write {how}")
        if one.until is not None:
            for j, message in enumerate(one.notifications or ()):
                yield from _message(trial, (*way, "notifications", j), message, trial.moment(one.until))


def _message(trial: Trial, way: Way, message: NotificationEntry, until: datetime) -> Iterator[Mistake]:
    yield from _expected_rule(trial, (*way, "rule"), message.rule)
    known = trial.policy.receivers
    if message.to not in known and not message.to.startswith(f"{OWNER}:"):
        words = unknown("receiver", message.to, known, f"write one of {', '.join(sorted(known))}")
        yield trial.mistake((*way, "to"), words)
    at = trial.moment(message.at)
    if at > until:
        yield trial.mistake((*way, "at"), f"{message.at.text} lies after the until of this check; move it to the next")
    elif at < trial.start or (at - trial.start) % trial.entry.every:
        yield trial.mistake((*way, "at"), f"rules are not evaluated at {message.at.text}; see every: and start:")
