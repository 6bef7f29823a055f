"""One message for what belongs together: many scopes of one rule, and rules that one driver trips at once. Pure.

Only what is told to the same receiver by the same decision is bundled: what comes later is news of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.summary import spent_of
from budgetbot.core.unusual import KINDS

MANY = 3  # so many scopes of one rule are one message; fewer say more each on its own
MOST = 50  # so many alerts stand in one message, the others are counted
_HALF = 2
_OF_SPEND = frozenset({"budget", "usage_budget", "forecast"}) | KINDS
_NAMES_WHO = frozenset({"anomaly", "new"})  # of these the one that says the most of whose it is, speaks
_MOST_PARTS = 100
_KINDS = {
    Reason.FIRST: "fired", Reason.WORSE: "fired", Reason.REPEAT: "repeat", Reason.ESCALATED: "escalated",
    Reason.RESOLVED: "over", Reason.EXPIRED: "over",
}  # fmt: skip


def bundled(notifications: Sequence[Notification]) -> list[Notification]:
    """The same notifications in their order; of those that belong together one speaks, the others are "grouped"."""
    heaps: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, one in enumerate(notifications):
        if one.status == "pending" and one.alert is not None and one.reason in _KINDS:
            heaps[one.receiver, _what(one)].append(i)
    spoken = list(notifications)
    for (_, what), places in heaps.items():
        for bundle in _bundles([notifications[i] for i in places], by_driver=what == "fired"):
            _speak(spoken, [places[i] for i in bundle])
    return spoken


def _what(one: Notification) -> str:
    """What may be said together: an escalation by its step, for each step is told once; what settled late, which wakes
    nobody, by itself.
    """
    kind = _KINDS[one.reason]
    if one.alert is not None and one.alert.late:
        return f"late {kind}"
    return one.key.split(":")[1] if kind == "escalated" else kind


def _bundles(heap: Sequence[Notification], *, by_driver: bool) -> Iterator[list[int]]:
    """The places of those that belong together, two or more."""
    root = list(range(len(heap)))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    rules: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, one in enumerate(heap):
        if one.alert is not None:
            rules[one.alert.rule, one.alert.period].append(i)
    for alike in rules.values():
        if len(alike) >= MANY:
            for i in alike[1:]:
                root[find(i)] = find(alike[0])
    if by_driver:
        for alike in _driven(heap).values():
            for i in alike[1:]:
                root[find(i)] = find(alike[0])
    found: dict[int, list[int]] = defaultdict(list)
    for i in range(len(heap)):
        found[find(i)].append(i)
    yield from (places for places in found.values() if len(places) > 1)


def _driven(heap: Sequence[Notification]) -> dict[str, list[int]]:
    """Key to the alerts of several rules that it drives."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(heap):
        for key in causes(one.alert) if one.alert else ():
            places[key].append(i)
    return {key: alike for key, alike in places.items() if len({_rule(heap[i]) for i in alike}) > 1}


def _rule(one: Notification) -> str:
    return one.alert.rule if one.alert else ""


def causes(alert: Alert) -> frozenset[str]:
    """The keys behind it: the one that it is about, or the one that makes up more than half of what it takes."""
    if alert.kind not in _OF_SPEND:
        return frozenset()
    own = frozenset(part.id for part in alert.scope.parts if part.dimension == "api_key" and part.id is not None)
    dearest = next((driver for driver in alert.drivers if driver.dimension == "api_key"), None)
    if own or dearest is None or dearest.id is None or dearest.amount * _HALF <= alert.line:
        return own
    return frozenset({dearest.id})


def _speak(spoken: list[Notification], places: Sequence[int]) -> None:
    """Let the worst of them speak; of equally bad ones the one that says most."""
    order = sorted(places, key=lambda i: _weight(spoken[i].alert))
    first, *others = order
    leader = spoken[first]
    assert leader.alert is not None  # noqa: S101
    alerts = [alert for i in others if (alert := spoken[i].alert) is not None]
    levels = tuple(dict.fromkeys(level for i in order for level in spoken[i].others))
    more = max(0, len(alerts) - MOST)
    spoken[first] = replace(leader, together=_named(alerts), more=more, others=levels)
    for i in others:
        spoken[i] = replace(spoken[i], status="grouped", leader=leader.alert.id)


def _named(alerts: list[Alert]) -> tuple[Alert, ...]:
    """The worst and dearest; one of the lowest level is among them, so that what they all have reached can be said."""
    alerts.sort(key=lambda alert: (-alert.severity.rank, -spent_of(alert)))
    if len(alerts) <= MOST:
        return tuple(alerts)
    return *alerts[: MOST - 1], min(alerts[MOST - 1 :], key=lambda alert: alert.rank)


def _weight(alert: Alert | None) -> tuple[int, int, int, str]:
    assert alert is not None  # noqa: S101
    parts = len(alert.scope.parts)
    wide = _MOST_PARTS - parts if alert.kind in _NAMES_WHO else parts
    return -alert.severity.rank, wide, -alert.line, alert.id
