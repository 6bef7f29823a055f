"""One turn, the whole way of the data: pull -> store -> estimate -> evaluate -> decide -> record -> deliver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from budgetbot.core.decide import Decision
from budgetbot.core.directory import Directory
from budgetbot.core.history import History, Letters, Loaded, Unpriced
from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification
from budgetbot.core.period import Span
from budgetbot.core.pricing import PriceOf
from budgetbot.core.summary import is_undelivered
from budgetbot.delivery import Delivered, deliver
from budgetbot.errors import LeaseLost
from budgetbot.estimating import estimate, unpriced
from budgetbot.logs import fault
from budgetbot.notifiers import Notifier
from budgetbot.policy import digests, drills
from budgetbot.policy.elsewhere import addressed
from budgetbot.policy.lent import lent
from budgetbot.policy.pagers import with_ends
from budgetbot.policy.policy import Digest, Policy
from budgetbot.policy.prospect import span_of, with_prospects
from budgetbot.policy.step import Seen, State, climb, needed, step, usage_needed
from budgetbot.policy.used import used
from budgetbot.prices import price_book
from budgetbot.process import own_name
from budgetbot.pulling import Progress, Stopped, pull
from budgetbot.rules.rule import GRACE
from budgetbot.rules.undelivered import fails
from budgetbot.sources import Source
from budgetbot.store import KeptSpend, Store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What a cycle works with; `app` builds it. `mistakes`: those of newer policy files, which are not in force."""

    store: Store
    policy: Policy
    sources: Sequence[Source]
    notifiers: Mapping[str, Notifier]
    prices: PriceOf = field(default_factory=price_book)
    uncounted: frozenset[str] = frozenset()
    mistakes: tuple[str, ...] = ()

    @property
    def source_names(self) -> frozenset[str]:
        """The sources that are configured: one that was taken out is not quiet, it is gone."""
        return frozenset(source.name for source in self.sources)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn did. `errors`: a line for each source or receiver that failed; the rest was completed."""

    decided: int = 0
    sent: int = 0
    errors: tuple[str, ...] = ()


def turn(
    parts: Parts,
    clock: Callable[[], datetime],
    patience: timedelta = timedelta(0),
    progress: Progress | None = None,
) -> Turn:
    """One full cycle. Safe to be killed anywhere: the next turn finds what is missing and goes on."""
    now = clock()
    failed = pull_all(parts, now, progress)
    decided = evaluate(parts, now)
    delivered = send(parts, clock, patience)
    return Turn(decided, delivered.sent, (*failed, *delivered.errors))


def pull_all(parts: Parts, now: datetime, progress: Progress | None = None) -> list[str]:
    """Read every source; one that fails does not hinder the others."""
    errors: list[str] = []
    for source in parts.sources:
        try:
            errors += pull(source, parts.store.ledger, now, progress, needed(parts.policy, now).start)
            estimate(source, parts.store.days, parts.prices, now, repr(parts.policy.prices))
        except (Stopped, LeaseLost):
            raise
        except Exception as error:  # a fault of ours must not silence the others
            errors.append(f"{source.name}: {fault(error)}")
    if not errors:
        parts.store.jobs.done("pull", now)
    return errors


def evaluate(parts: Parts, now: datetime) -> int:
    """Evaluate, decide, and record states and notifications in one transaction. How many notifications are new."""
    parts = with_allowances(parts)
    store, policy = parts.store, parts.policy
    alerts = store.alerts.known(now - GRACE)
    state = State(alerts, store.alerts.told([alert.id for alert in alerts]), store.alerts.rules())
    known = whole(parts, needed(policy, now), now)
    outcome = step(policy, known, state, now)
    decision = told_more(parts, outcome.decision, state, now)
    written, marks = due_digests(parts, replace(state, alerts=current(alerts, decision)), now)
    drilled, drill_marks = drills.written(policy, state.seen, now)
    new = store.alerts.record(
        alerts=decision.alerts,
        dropped=decision.dropped,
        notifications=[*with_ends(policy, decision.notifications, state.told), *written, *drilled],
        seen={**outcome.seen, **marks, **drill_marks},
        policy_hash=policy.hash,
        now=now,
    )
    store.jobs.done("evaluate", now, [list(one) for one in used(policy, known, state, now)])
    if written:
        store.jobs.done("digest", now)
    _log_undelivered(decision, now)
    return new


def told_more(parts: Parts, decision: Decision, state: State, now: datetime) -> Decision:
    """With what people want to know of what is told now; that it cannot be found out keeps nobody from being told."""
    try:
        span = span_of(parts.policy, decision, now)
        if span is None:
            return decision
        known, ledger = whole(parts, span, now, forecast=True), parts.store.ledger
        uses = partial(ledger.used, leave_out=parts.uncounted)
        return with_prospects(parts.policy, decision, known, state.told, now, uses)
    except Exception as error:
        _log.error("alerts are told without their prospects", error=fault(error))
        return decision


def with_allowances(parts: Parts) -> Parts:
    """The same with what people allowed in chat; what decides and what shows budgets goes by it."""
    return replace(parts, policy=lent(parts.policy, parts.store.allowances.all()))


def _log_undelivered(decision: Decision, now: datetime) -> None:
    """Whoever else can be told of it: the log is read even where nobody can."""
    for alert in decision.alerts:
        if is_undelivered(alert) and alert.fired_at == now:
            evidence = {name: value for name, value in alert.evidence.items() if value is not None}
            _log.error("a receiver does not confirm", **evidence)


def escalate(parts: Parts, now: datetime) -> int:
    """Take the steps of escalations that are due, between two evaluations. How many notifications are new."""
    decision = climb(parts.policy, parts.store.alerts.climbing(), now)
    if not (decision.alerts or decision.notifications):
        return 0
    return parts.store.alerts.record(decision.alerts, decision.notifications, now)


def current(alerts: Sequence[Alert], decision: Decision) -> list[Alert]:
    """The alerts as they are after a decision."""
    known = {alert.id: alert for alert in alerts} | {alert.id: alert for alert in decision.alerts}
    return [alert for alert in known.values() if alert.id not in decision.dropped]


def digest_is_due(parts: Parts, now: datetime) -> bool:
    """Whether the time of some digest has come."""
    state = State(seen=parts.store.alerts.rules())
    return any(digests.due(spec, parts.policy, state, now) for spec in parts.policy.digests)


def drill_is_due(parts: Parts, now: datetime) -> bool:
    """Whether the time of some drill has come."""
    return bool(parts.policy.drills) and drills.any_due(parts.policy, parts.store.alerts.rules(), now)


def due_digests(parts: Parts, state: State, now: datetime) -> tuple[list[Notification], Seen]:
    """The digests whose time has come, and from when on each is waited for next."""
    written: list[Notification] = []
    marks: dict[str, tuple[str, datetime]] = {}
    for spec in parts.policy.digests:
        name = digests.seen_name(spec)
        slot = digests.due(spec, parts.policy, state, now)
        marks[name] = ("", slot.astimezone(UTC) if slot else state.seen.get(name, ("", now))[1])
        if slot is not None:
            written += write_digest(parts, spec, slot, state, now)
    return written, marks


def write_digest(parts: Parts, spec: Digest, slot: datetime, state: State, now: datetime) -> list[Notification]:
    """One digest for all its receivers."""
    wide, rules = digests.plan(spec, parts.policy, slot).needs, needed(parts.policy, now, forecast=True)
    span = Span(min(wide.start, rules.start), max(wide.end, rules.end))
    known = digests.restated_span(spec, parts.policy, slot, state)
    changes = [c for c in parts.store.ledger.changes(known.start, known.end) if c.series.source not in parts.uncounted]
    spend = whole(parts, span, now, forecast=True)
    return digests.notifications(spec, parts.policy, slot, spend, state, now, changes)


def history(parts: Parts, span: Span, directory: Directory | None = None, kept: KeptSpend | None = None) -> History:
    """Spend as known now, with today's names and the policy's labels; how fresh is said of what is configured.

    `directory`, `kept`: where they are at hand.
    """
    ledger = parts.store.ledger
    directory = directory or Directory(ledger.entities(), parts.policy.labels)
    found = ledger.history(span, directory, parts.uncounted, kept)
    if parts.sources:
        found.watermarks = tuple(mark for mark in found.watermarks if mark.source in parts.source_names)
    return found


def whole(parts: Parts, span: Span, now: datetime, *, forecast: bool = False) -> History:
    """The same with all else that rules look at: use that they count, models without a price, the policy's files,
    receivers that fail.

    `forecast`: use as far back as forecasts of all usage budgets look.
    """
    known = history(parts, span)
    ledger, days = parts.store.ledger, parts.store.days
    for metric, stretch in usage_needed(parts.policy, now, forecast=forecast).items():
        used = ledger.usage_history(stretch, metric, known.directory, parts.uncounted)
        used.watermarks = known.watermarks
        known.usage[metric] = used
    counted = sorted(parts.source_names - parts.uncounted)
    known.unpriced = tuple(Unpriced(name, model) for name in counted for model in unpriced(days, name))
    known.loaded = Loaded(parts.policy.hash, parts.mistakes)
    known.letters = undelivered(parts, now)
    known.prices = parts.prices
    return known


def undelivered(parts: Parts, now: datetime) -> tuple[Letters, ...]:
    """What each receiver of the policy does not get; of one that was taken out nobody need hear."""
    receivers = addressed(parts.policy)
    sent = drills.latest(parts.policy, parts.store.alerts.rules()) if parts.policy.drills else {}
    found = [one for one in parts.store.attempts.letters(now, sent) if one.receiver.partition(":")[0] in receivers]
    return (*found, *(Letters(name) for name in sorted(receivers - {one.receiver for one in found})))


def failing(parts: Parts, now: datetime) -> frozenset[str]:
    """The receivers of the policy that somebody should hear of, in two small queries."""
    return frozenset(one.receiver for one in undelivered(parts, now) if fails(one, now))


def send(
    parts: Parts,
    clock: Callable[[], datetime],
    patience: timedelta = timedelta(0),
    *,
    leads: bool = True,
    go_on: Callable[[], bool] = lambda: True,
) -> Delivered:
    """Deliver what is due, also beside others that do."""
    delivered = deliver(parts.store.outbox, parts.notifiers, own_name(), clock, patience, leads=leads, go_on=go_on)
    if not delivered.errors:
        parts.store.jobs.done("deliver", clock())
    return delivered
