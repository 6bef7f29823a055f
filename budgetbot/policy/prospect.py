"""What an alert tells beyond what was compared: what changed, who is told; of limits their course, pace and end. Pure.

Only for what is told now: rules need none of it to decide, and backtests do without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cached_property
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from budgetbot.core.decide import Decision
from budgetbot.core.history import History
from budgetbot.core.instant import iso
from budgetbot.core.model import Alert, Json
from budgetbot.core.money import NANO
from budgetbot.core.notification import FIRES, Notification, Told
from budgetbot.core.period import Span
from budgetbot.core.summary import compared
from budgetbot.policy.beside import earliest, explained
from budgetbot.policy.causes import Causes, Used
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context, needed
from budgetbot.policy.trend import HOUR, Spent, trend
from budgetbot.rules.limit import Limit

_PACE = 3  # hours that are looked at for what an hour costs now
_USUAL = 28  # days before, at the same hours
_FAR = 3  # times the usual, from which on the present pace is told as what goes on
_SOON = 24 * 366  # hours
_KNOWN = 90  # percent of the spend that must be known by the hour
_OURS = frozenset({"trend", "pace", "change", "told"})
_DAY = timedelta(days=1)
_MORNING = time(9)


def span_of(policy: Policy, decision: Decision, now: datetime) -> Span | None:
    """The history that it takes; None where nothing speaks of spend or use."""
    speaking = _speaking(decision.notifications)
    limits, zone = _limits(policy, speaking), policy.defaults.timezone
    rules = ((explained(policy, alert), alert) for alert in speaking)
    starts = [earliest(rule, alert, zone, now) for rule, alert in rules if rule is not None]
    found = [start for start in starts if start is not None]
    if not (limits or found):
        return None
    whole = needed(policy, now, forecast=bool(limits))
    return Span(min(whole.start, now - (_USUAL + 2) * _DAY, *found), max(whole.end, now))


def with_prospects(
    policy: Policy, decision: Decision, history: History, told: Sequence[Told], now: datetime, used: Used | None = None
) -> Decision:
    """The decision; what is told in it and fires in it has more evidence: trend, pace, forecast, change, told.

    `used`: what was used in a span, by series.
    """
    speaking = _speaking(decision.notifications)
    limits, causes = _limits(policy, speaking), Causes(policy, history, used, now)
    views = {name: _View(policy, rule, history, now) for name, rule in limits.items()}
    found: dict[str, Mapping[str, Json]] = {}
    for alert in speaking:
        view, change = views.get(alert.rule), causes.of(alert)
        found[alert.id] = {**(view.prospects(alert) if view else {}), **({"change": change} if change else {})}
    names = _names(decision.notifications, told)
    more = {id: {**facts, "told": names.get(id, [])} for id, facts in found.items()}
    return replace(
        decision,
        alerts=tuple(_with(alert, more) if alert.fired_at == now else alert for alert in decision.alerts),
        notifications=tuple(
            replace(one, alert=_with(one.alert, more)) if one.alert and one.reason in FIRES else one
            for one in decision.notifications
        ),
    )


def _speaking(notifications: Sequence[Notification]) -> list[Alert]:
    """The alerts that are told now, each once."""
    told = (one.alert for one in notifications if one.alert is not None and one.reason in FIRES)
    return list({alert.id: alert for alert in told}.values())


def _limits(policy: Policy, speaking: Sequence[Alert]) -> dict[str, Limit]:
    named = {alert.rule for alert in speaking}
    return {rule.name: rule for rule in policy.rules if isinstance(rule, Limit) and rule.name in named}


def _with(alert: Alert, more: Mapping[str, Mapping[str, Json]]) -> Alert:
    """What was told of it before goes: the evidence of what is unusual goes on with the one that the alert had."""
    if alert.id not in more:
        return alert
    known = {name: value for name, value in alert.evidence.items() if name not in _OURS}
    return replace(alert, evidence={**more[alert.id], **known})


def _names(notifications: Sequence[Notification], told: Sequence[Told]) -> dict[str, list[Json]]:
    """By alert, the receivers that have heard of it or hear of it now, in that order."""
    found: dict[str, dict[str, None]] = {}
    heard = [(row.alert_id, row.receiver, row.status) for row in told if row.reason in FIRES]
    now = [(one.alert.id, one.receiver, one.status) for one in notifications if one.alert and one.reason in FIRES]
    for id, receiver, status in (*heard, *now):
        if status not in {"inhibited", "dead"}:
            found.setdefault(id, {})[receiver] = None
    return {id: list(names) for id, names in found.items()}


class _View:
    """One limit, of which several alerts may be told at once: what is found out for one scope is found for all."""

    def __init__(self, policy: Policy, rule: Limit, history: History, now: datetime) -> None:
        self._rule = rule
        self._now = now
        self._seen = context(policy, rule, history, State(), now)
        self._known = rule.known(self._seen)
        group = (self._known or history).group(rule.match, rule.each)
        self._places = {scope.key: i for i, scope in enumerate(group.scopes)}
        self._spent = Spent(group, rule.unit(self._seen), self._seen.fx)

    def prospects(self, alert: Alert) -> dict[str, Json]:
        """Trend, pace and forecast, those that are known."""
        rule, now, zone = self._rule, self._now, self._seen.zone
        if self._known is None or alert.start is None or alert.end is None or alert.late or alert.kind == "policy":
            return {}
        place = self._places.get(alert.scope.key, -1)
        pace = _pace(self._known, self._spent, place, zone, now)
        told = "forecast" in alert.evidence
        found = {
            "trend": trend(rule, Span(alert.start, alert.end), self._spent, zone, now, place),
            "pace": pace.told(rule, now, alert) if pace else None,
            "forecast": None if told else self._forecasts.get((alert.scope.key, alert.period)),
        }
        return {name: facts for name, facts in found.items() if facts is not None}

    @cached_property
    def _forecasts(self) -> dict[tuple[str, str], dict[str, Json]]:
        """How the current period of each scope ends."""
        return {
            (status.scope.key, status.period.key): status.expected.told(status.effective, self._rule.figure)
            for status in self._rule.statuses(self._seen, self._now)
            if status.expected is not None
        }


class _Pace(NamedTuple):
    """What an hour costs now, and usually does at this time; `by`: tomorrow morning."""

    per_hour: int
    usual: int | None
    by: datetime

    def told(self, rule: Limit, now: datetime, alert: Alert) -> dict[str, Json]:
        """As evidence holds it."""
        found: dict[str, Json] = {
            "per_hour": rule.figure(self.per_hour),
            "usual_per_hour": None if self.usual is None else rule.figure(self.usual),
            "by": iso(self.by),
            "cost_by": rule.figure(self.per_hour * int((self.by - now).total_seconds()) // 3600),
        }
        full = self._full(now, alert)
        return {**found, "full_at": iso(full)} if full else found

    def _full(self, now: datetime, alert: Alert) -> datetime | None:
        """When the amount is used up at a pace that is far from the usual, which no forecast believes in so soon."""
        numbers = compared(alert.evidence)
        if numbers is None or self.usual is None or self.per_hour < self.usual * _FAR or alert.end is None:
            return None
        left = numbers.effective - numbers.spent
        per_hour = self.per_hour * (NANO if numbers.unit.counts else 1)
        full = now + timedelta(seconds=left * 3600 // per_hour) if 0 < left < per_hour * _SOON else None
        return full if full and full < alert.end else None


def _pace(known: History, spent: Spent, place: int, zone: ZoneInfo, now: datetime) -> _Pace | None:
    """From the last hours that are known; None where they are not, or nothing was spent in them."""
    complete = min(known.complete_to() or now, now).replace(minute=0, second=0, microsecond=0)
    latest = spent.hourly(complete - _PACE * HOUR, _PACE, place)
    if latest is None or not any(latest) or now - complete > _PACE * HOUR:
        return None
    per_hour = sum(latest) // _PACE
    before = [spent.hourly(complete - _PACE * HOUR - i * _DAY, _PACE, place) for i in range(1, _USUAL + 1)]
    sums = [sum(one) // _PACE for one in before if one is not None]
    while sums and sums[-1] == 0:
        sums.pop()  # before it began to spend
    by = datetime.combine(now.astimezone(zone).date() + _DAY, _MORNING, zone)
    return _Pace(per_hour, int(median(sums)) if len(sums) >= 3 else None, by)
