"""Leases on a clock of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from budgetbot.lead import JOB, TTL, Lead
from budgetbot.store import Leases, Store

ELSEWHERE = "elsewhere|1|1|?|abcd"
"""A process of another machine."""


def timed(store: Store, clock: Callable[[], datetime]) -> Leases:
    """The store's, as if this were the database's clock."""
    return Leases(store._database, lambda _: clock())


def held(store: Store, clock: Callable[[], datetime], *, stands_by: bool = False) -> Lead:
    """A lead that holds the lease on this clock, and renews it only where it is asked to."""
    lead = Lead(timed(store, clock), stands_by=stands_by)
    assert lead.take()
    return lead


def taken_away(store: Store, owner: str = ELSEWHERE) -> int:
    """Somebody else becomes the holder, whoever is; the token."""
    token = store.leases.acquire(JOB, owner, TTL, lambda _: True)
    assert token is not None
    return token
