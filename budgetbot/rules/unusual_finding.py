"""The findings of an anomaly rule: of each scope that is unusual, and of each that has an alert, with the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from budgetbot.core.group import Group
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.model import Alert, Driver, Finding, Json, Scope, Severity
from budgetbot.core.money import plain
from budgetbot.core.period import Span
from budgetbot.rules.episode import Episode, Numbers
from budgetbot.rules.excess import Money, excess_drivers
from budgetbot.rules.grid import Grid, grid
from budgetbot.rules.rule import Context
from budgetbot.rules.sight import sight
from budgetbot.rules.unusual import Judged, Watching, judged


def unusual(rule: Watching, context: Context, now: datetime) -> Iterator[Finding]:
    """One for each scope that is unusual, and one for each alert that waits for word."""
    group = context.history.group(rule.asked.match, rule.asked.each)
    known = grid(rule.asked, context, group, sight(context.history, context.stale, now), rule.width)
    waiting: dict[str, set[str]] = defaultdict(set)
    for key, level in context.watched:
        waiting[key].add(level)
    wanted = frozenset(i for i, scope in enumerate(group.scopes) if scope.key in waiting)
    desk = _Desk(rule, context, group, known, judged(rule, context, known, wanted) if known else Judged({}, {}), now)
    for i in sorted(wanted | desk.judged.episodes.keys()):
        episode = desk.judged.episodes.get(i)
        levels = waiting.pop(group.scopes[i].key, None) or {episode.channel if episode else ""}
        yield from (desk.finding(i, group.scopes[i], level) for level in sorted(levels))
    gone = {alert.scope.key: alert.scope for alert in (*context.open, *context.by_hand)}
    for key, levels in sorted(waiting.items()):
        yield from (desk.finding(-1, gone[key], level) for level in sorted(levels))


class _Desk:
    """Where the findings of one evaluation are written."""

    def __init__(
        self, rule: Watching, context: Context, group: Group, known: Grid | None, judged: Judged, now: datetime
    ) -> None:
        self.rule = rule
        self.context = context
        self.group = group
        self.known = known
        self.judged = judged
        self.now = now
        alerts = (*context.by_hand, *context.open)
        self._alerts: dict[tuple[str, str], Alert] = {(a.scope.key, a.level): a for a in alerts}

    def finding(self, index: int, scope: Scope, level: str) -> Finding:
        """Of one scope; its number is -1 where its spend went away."""
        episode, alert = self.judged.episodes.get(index), self._alerts.get((scope.key, level))
        return Finding(
            rule=self.rule.asked.rule,
            kind="anomaly",
            severity=Severity(self.rule.asked.severity),
            scope=scope,
            level=level,
            rank=0,
            line=alert.line if alert else abs(episode.excess) if episode else 0,
            active=episode is not None,
            clear=episode is None and self._is_seen(index),
            ends=False,
            evidence=self._evidence(index, scope, alert, episode),
            drivers=self._drivers(index, episode) if episode else (),
            subject=self.group.subject(index) if index >= 0 else {},
        )

    def _is_seen(self, index: int) -> bool:
        """Whether enough is known to say that it is over."""
        if index < 0:
            return self.known is not None and not self.context.stale
        return self.known is not None and index not in self.known.mute

    def _drivers(self, index: int, episode: Episode) -> tuple[Driver, ...]:
        assert self.known is not None  # noqa: S101
        span = Span(self.known.edges[episode.first], self.known.edges[episode.last + 1])
        money = Money(self.context.currency, self.context.fx)
        return excess_drivers(self.group, index, span, self.known.known, money, self.rule.asked.each)

    def _evidence(self, index: int, scope: Scope, alert: Alert | None, episode: Episode | None) -> dict[str, Json]:
        """Of what goes on; else what the alert said, with the last bucket beside what is usual for it."""
        found: dict[str, Json] = dict(alert.evidence) if alert else {}
        latest = self.judged.latest.get(index) if self._is_seen(index) else None
        numbers = episode.numbers if episode else latest
        if numbers is not None and self.known is not None:
            found |= self._numbers(index, numbers, self.known)
        if episode is not None and self.known is not None:
            found |= {
                "excess": plain(episode.excess),
                "channel": episode.channel,
                "since": iso(self.known.edges[episode.first]),
            }
        history = self.context.history
        return {
            **found,
            **_owner(self.group, scope),
            "currency": self.context.currency,
            "complete_to": iso_or_none(history.complete_to()),
            "settled_to": iso_or_none(history.settled_to(self.now)),
        }

    @staticmethod
    def _numbers(index: int, numbers: Numbers, known: Grid) -> dict[str, Json]:
        start, end = known.edges[numbers.bucket], known.edges[numbers.bucket + 1]
        found: dict[str, Json] = {
            "observed": plain(int(known.usual[numbers.bucket, index])),
            "expected": plain(numbers.expected),
            "low": plain(numbers.low),
            "high": plain(numbers.high),
            "bucket": {"start": iso(start), "end": iso(end)},
        }
        return {**found, "seen_to": iso(known.known) if known.known < end else None}


def _owner(group: Group, scope: Scope) -> dict[str, Json]:
    """Whose it is, where the provider says."""
    directory = group.history.directory
    owners = [directory.owner(p.source, p.dimension, p.id) for p in scope.parts if p.source is not None]
    found = [owner for owner in owners if owner is not None]
    return {"owner": found[-1]} if found else {}
