"""When the passing of time alone may move an alert that is open, or have it told again."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from budgetbot.core.decide import Decision
from budgetbot.core.lifecycle import thread
from budgetbot.core.model import Alert, interval
from budgetbot.policy.recorder import Recorder
from budgetbot.rules import Rule

Place: TypeAlias = tuple[str, str]
"""A rule, and the key of one of its scopes."""


class Timers:
    """The open alerts by place, and the moment at which each place has to be looked at next: never too late."""

    def __init__(self, rules: Iterable[Rule], recorder: Recorder) -> None:
        self._rules: Mapping[str, Rule] = {rule.name: rule for rule in rules}
        self._recorder = recorder
        self._open: dict[Place, dict[str, Alert]] = defaultdict(dict)
        self._next: dict[Place, datetime] = {}
        self._queue: list[tuple[datetime, Place]] = []
        self._leaders: dict[Place, set[tuple[Place, str]]] = defaultdict(set)
        self._followers: dict[Place, set[tuple[Place, str]]] = defaultdict(set)

    def open(self, place: Place) -> Iterable[Alert]:
        """The alerts of a place that are pending or firing."""
        return self._open.get(place, {}).values()

    def places(self) -> list[Place]:
        """All places with an open alert."""
        return [place for place, alerts in self._open.items() if alerts]

    def take(self, decision: Decision) -> None:
        """Note what was decided."""
        for alert in decision.alerts:
            alerts = self._open[_place(alert)]
            if alert.state == "resolved":
                alerts.pop(alert.id, None)
            else:
                alerts[alert.id] = alert
        for alerts in self._open.values() if decision.dropped else ():
            for id in decision.dropped:
                alerts.pop(id, None)
        for row in decision.notifications:
            leader = self._recorder.alerts.get(row.leader or "")
            if row.alert is not None and leader is not None:
                self._leaders[_place(row.alert)].add((_place(leader), leader.id))
                self._followers[_place(leader)].add((_place(row.alert), leader.id))

    def together(self, places: Iterable[Place]) -> set[Place]:
        """These, and whose alerts were told in a message of theirs, as those may have to be told anew; and, for all of
        them, who spoke for them, as nobody is told anew while the one that did still fires."""
        found = set(places)
        found |= self._linked(self._followers, found)
        return found | self._linked(self._leaders, found)

    def _linked(self, links: Mapping[Place, set[tuple[Place, str]]], places: Iterable[Place]) -> set[Place]:
        alerts = self._recorder.alerts
        known = (link for place in places for link in links.get(place, ()))
        return {place for place, leader in known if alerts[leader].state != "resolved"}

    def due(self, now: datetime) -> Iterator[Place]:
        """The places whose time has come; each has to be set again."""
        while self._queue and self._queue[0][0] <= now:
            moment, place = heapq.heappop(self._queue)
            if self._next.get(place) == moment:
                del self._next[place]
                yield place

    def set(self, places: Iterable[Place]) -> None:
        """Find out anew when these places are due."""
        for place in places:
            moment = min((m for alert in self.open(place) for m in self._moments(alert)), default=None)
            if moment is None:
                self._next.pop(place, None)
            elif self._next.get(place) != moment:
                self._next[place] = moment
                heapq.heappush(self._queue, (moment, place))

    def _moments(self, alert: Alert) -> Iterator[datetime]:
        rule = self._rules[alert.rule]
        if alert.end is not None:
            yield alert.end
        if alert.state == "pending":
            yield alert.active_since + rule.hold
            return
        yield from (climb.next_at for climb in alert.climbs if climb.next_at is not None)
        every = interval(rule.repeat, alert.severity)
        if every is not None:
            yield from self._repeats(alert, every)

    def _repeats(self, alert: Alert, every: timedelta) -> Iterator[datetime]:
        """So long after each receiver's last word on the incident; what holds a repeat up is not looked at here."""
        last: dict[str, datetime] = {}
        for other in self.open(_place(alert)):
            for row in self._recorder.heard(other) if thread(other) == thread(alert) else ():
                if row.status != "inhibited":
                    last[row.receiver] = max(row.created_at, last.get(row.receiver, row.created_at))
        yield from (moment + every for moment in last.values())


def _place(alert: Alert) -> Place:
    return alert.rule, alert.scope.key
