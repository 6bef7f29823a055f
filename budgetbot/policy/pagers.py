"""Receivers that wake people: they hold an incident of each alert, and hear of its end whoever speaks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from pydantic import BaseModel

from budgetbot.core.notification import ENDS, Notification, Told
from budgetbot.policy.policy import Policy


def pages(options: BaseModel | type[BaseModel]) -> bool:
    """Whether a kind of receiver wakes people: it takes no digests and nothing late."""
    return bool(getattr(options, "pages", False))


def pagers(policy: Policy) -> frozenset[str]:
    """The receivers that wake people, by name."""
    return frozenset(name for name, receiver in policy.receivers.items() if pages(receiver.options))


def with_ends(policy: Policy, notifications: Iterable[Notification], told: Iterable[Told] = ()) -> list[Notification]:
    """For people one end speaks for all that end with it; an incident at a pager stays open until it hears its own.

    There is none of an alert that only the message of another one told of, by what was `told` before. Ends come last:
    where the others of a message are told anew because the alert that spoke is over, their incident opens before its
    closes. (Either may still be held up by its own thread.)
    """
    waking, spoken_for = pagers(policy), _spoken_for(told)
    kept: list[Notification] = []
    ends: list[Notification] = []
    for one in notifications:
        if one.reason not in ENDS or one.receiver not in waking:
            kept.append(one)
        elif one.alert is not None and (one.alert.id, one.receiver) in spoken_for:
            ends.append(replace(one, status="noop", leader=None))
        else:
            ends.append(replace(one, status="pending", leader=None))
    return kept + ends


def _spoken_for(told: Iterable[Told]) -> set[tuple[str, str]]:
    """Alerts and receivers that heard of them from the messages of others alone."""
    heard: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for row in told:
        if row.reason not in ENDS and row.status not in {"inhibited", "noop"}:
            heard[row.alert_id, row.receiver].add(row.status == "grouped")
    return {who for who, grouped in heard.items() if grouped == {True}}
