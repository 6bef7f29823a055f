"""A policy judged over the past: what it would have told whom, what it would have caught, and what was noise. Pure.

The past is run through the same step as the live cycle, hour by hour, as the ledger was known then. It begins before
`since`, so that levels which were passed by then are no news; what is told before `since` does not count. Names are
those of today, and a source of which nothing is remembered is taken for fresh.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from budgetbot.core.directory import Directory
from budgetbot.core.instant import from_micros
from budgetbot.core.model import Alert
from budgetbot.core.notification import FIRES, Reason
from budgetbot.core.past import Past
from budgetbot.core.period import Span
from budgetbot.core.replay import Replay
from budgetbot.core.replay_ledger import Ledger
from budgetbot.policy.overruns import Judged, judged
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.rehearsal import Rehearsal, Watched, remembered
from budgetbot.policy.step import needed, usage_needed
from budgetbot.rules import Rule

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fired:
    """One alert that fired.

    `receivers`: who was told of it; `spoken_for`: or of a higher level in its place. `noise`: it was for nothing; None
    where that cannot be said (yet).
    """

    alert: Alert
    at: datetime
    receivers: tuple[str, ...]
    spoken_for: bool
    noise: bool | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule: its alerts, and its periods that ended."""

    rule: Rule
    fired: tuple[Fired, ...]
    judged: Judged

    @property
    def noise(self) -> int:
        """How many warnings were for nothing."""
        return sum(one.noise is True for one in self.fired)

    @property
    def leads(self) -> list[timedelta]:
        """How early the first warning came before each overrun that was warned of."""
        return [one.lead for one in self.judged.overruns if one.lead is not None]


@dataclass(frozen=True)
class Backtest:
    """What a policy would have done in `span`. `assumed`: by currency, the share of spend of which it is not known when
    it became known. `data`: what the ledger holds of it, None where that is nothing. `told`: messages by receiver."""

    policy: Policy
    span: Span
    rules: tuple[RuleResult, ...]
    told: Mapping[str, Mapping[Reason, int]] = field(default_factory=dict)
    data: Span | None = None
    assumed: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def fired(self) -> int:
        """How many alerts fired."""
        return sum(len(rule.fired) for rule in self.rules)


def hours(span: Span) -> list[datetime]:
    """The whole hours of a span."""
    first = span.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = first if first == span.start else first + _HOUR
    return [first + i * _HOUR for i in range(max(0, -((first - span.end) // _HOUR)))]


def warm_up(policy: Policy, since: datetime) -> datetime:
    """From when on the past is run, so that all that is current at `since`, or was closed of late, is known by then."""
    return min(needed(policy, since).start, since).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def reach(policy: Policy, span: Span) -> Span:
    """The stretch of the ledger that a backtest looks at."""
    start = warm_up(policy, span.start)
    return Span(needed(policy, start).start, max(span.end, needed(policy, span.end).end))


def metrics(policy: Policy, now: datetime) -> list[str]:
    """What it counts besides money."""
    return sorted(usage_needed(policy, now))


def backtest(policy: Policy, past: Past, span: Span, watched: Watched = lambda share: None) -> Backtest:
    """Run the policy over `span`, and judge it by what is known today."""
    policy = remembered(policy)
    ledger = Ledger.of(past, Directory(past.directory.entities, policy.labels))
    moments = hours(Span(warm_up(policy, span.start), span.end))
    recorder = Rehearsal(policy, ledger, moments, watched).run() if len(past.changes.at) or past.marks else Recorder()
    final = Replay(ledger)
    final.advance()
    by_rule: dict[str, list[Alert]] = defaultdict(list)
    for alert in recorder.alerts.values():
        by_rule[alert.rule].append(alert)
    rules = tuple(_result(policy, rule, by_rule[rule.name], recorder, final, span) for rule in policy.rules)
    return Backtest(policy, span, rules, _told(recorder, span), _data(past), _assumed(past))


def _result(
    policy: Policy, rule: Rule, alerts: Sequence[Alert], recorder: Recorder, final: Replay, span: Span
) -> RuleResult:
    found = judged(policy, rule, alerts, final, span)
    fired = [
        Fired(alert, alert.fired_at, *_heard(recorder, alert), found.noise.get(alert.id))
        for alert in alerts
        if alert.fired_at is not None and alert.fired_at >= span.start
    ]
    return RuleResult(rule, tuple(sorted(fired, key=lambda one: (one.at, one.alert.rank, one.alert.id))), found)


def _heard(recorder: Recorder, alert: Alert) -> tuple[tuple[str, ...], bool]:
    rows = [row for row in recorder.heard(alert) if row.reason in FIRES]
    told = dict.fromkeys(row.receiver for row in rows if row.status != "inhibited")
    return tuple(told), bool(rows) and not told


def _told(recorder: Recorder, span: Span) -> dict[str, dict[Reason, int]]:
    count = Counter(
        (row.receiver, row.reason)
        for row in recorder.rows.values()
        if row.status == "pending" and row.created_at >= span.start
    )
    found: dict[str, dict[Reason, int]] = {}
    for (receiver, reason), number in sorted(count.items()):
        found.setdefault(receiver, {})[reason] = number
    return found


def _data(past: Past) -> Span | None:
    changes = past.changes
    if not len(changes.at):
        return None
    return Span(from_micros(int(changes.start.min())), from_micros(int(changes.end.max())))


def _assumed(past: Past) -> dict[str, float | None]:
    """By currency, as no currency is added to another."""
    changes, found = past.changes, {}
    spent = changes.billed + changes.estimated
    for index, currency in enumerate(past.currencies):
        mine = changes.currency == index
        whole = int(np.sum(spent[mine]))
        found[currency] = int(np.sum(spent[mine & changes.assumed])) / whole if whole else None
    return found
