"""What people allow in chat, for a time: a raise of one budget, or spend that is planned. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from budgetbot.core.grant import Grant, Planned
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Scope
from budgetbot.core.subject import narrowed

Standing: TypeAlias = Literal["asked", "granted", "refused"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """A grant or a planned window that was not written in a policy, [since, until) UTC; kept for ever.

    `kind` "grant": `rule` is the budget that `amount` is added to, in nano-units or whole counts, in the one scope
    `of` (empty: all). "planned": `rule` is the rule whose alert it answers, `amount` how much is planned, in
    nano-units of `currency`. "asked" waits for a second person (`decided_by`); only "granted" changes anything.
    """

    id: str
    kind: Literal["grant", "planned"]
    rule: str
    of: Scope
    amount: int
    currency: str
    since: datetime
    until: datetime
    reason: str
    asked_by: str
    asked_at: datetime
    standing: Standing = "granted"
    alert_id: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def end(self) -> datetime:
        """When it is over: as agreed, or where somebody ended it before."""
        return self.until if self.ended_at is None else min(self.until, max(self.ended_at, self.since))

    @property
    def by(self) -> str:
        """Who answers for it: who decided, else who asked."""
        return self.decided_by or self.asked_by

    def grant(self) -> Grant:
        """As a policy would write it."""
        return Grant(self.rule, self.amount, self.since, self.end, self.by, self.reason, narrowed(EVERYTHING, self.of))

    def planned(self, match: Match) -> Planned:
        """As a policy would write it; `match` is what its rule counts."""
        own = narrowed(match, self.of)
        return Planned(f"chat {self.id}", own, self.since, self.end, self.amount, self.currency, self.reason)


def in_force(allowances: Iterable[Allowance], kind: Literal["grant", "planned"]) -> list[Allowance]:
    """Those of a kind that were granted, and last for any time at all."""
    return [one for one in allowances if one.kind == kind and one.standing == "granted" and one.since < one.end]
