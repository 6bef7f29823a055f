"""Receivers that wake people: they hold an incident of each alert, and hear of its end whoever speaks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import BaseModel

from budgetbot.core.model import Notification, Reason
from budgetbot.policy.policy import Policy

_OVER = frozenset({Reason.RESOLVED, Reason.EXPIRED})


def pages(options: BaseModel | type[BaseModel]) -> bool:
    """Whether a kind of receiver wakes people: it takes no digests and nothing late."""
    return bool(getattr(options, "pages", False))


def pagers(policy: Policy) -> frozenset[str]:
    """The receivers that wake people, by name."""
    return frozenset(name for name, receiver in policy.receivers.items() if pages(receiver.options))


def with_ends(policy: Policy, notifications: Iterable[Notification]) -> list[Notification]:
    """For people one end speaks for all that end with it; an incident at a pager stays open until it hears its own."""
    waking = pagers(policy)
    return [
        replace(one, status="pending")
        if one.status == "inhibited" and one.reason in _OVER and one.receiver in waking
        else one
        for one in notifications
    ]
