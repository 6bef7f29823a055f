"""A receiver that does not confirm: what is meant for it is lost, and others should know."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from budgetbot.core.history import Letters
from budgetbot.core.instant import iso_or_none, length_text
from budgetbot.core.model import Finding, Json, Part, Scope, Severity
from budgetbot.core.summary import UNDELIVERED
from budgetbot.core.text import clean
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.rule import Context

NAME = "undelivered"
UNSENT_AFTER = timedelta(minutes=15)
"""How long something due may stay unconfirmed."""
_ERROR = 200


class Undelivered(BuiltIn):
    """Receivers for which something was given up since they last confirmed, or that keep messages waiting."""

    kind: ClassVar[Literal["delivery"]] = "delivery"
    title: ClassVar[str] = NAME
    watches: ClassVar[str] = f"any receiver that does not confirm within {length_text(UNSENT_AFTER)} (critical)"

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for each receiver that fails, and for those that had an alert and, still there, confirm again."""
        there = {letters.receiver for letters in context.history.letters}
        failing = {letters.receiver: letters for letters in context.history.letters if fails(letters, now)}
        had = {str(alert.scope.ids["receiver"]) for alert in (*context.open, *context.by_hand)}
        over = sorted(name for name in had - failing.keys() if name.partition(":")[0] in there)
        return [
            *(self._finding(name, _evidence(letters), active=True) for name, letters in sorted(failing.items())),
            *(self._finding(name, {"receiver": name}, active=False) for name in over),
        ]

    def _finding(self, receiver: str, evidence: dict[str, Json], *, active: bool) -> Finding:
        return Finding(
            rule=self.name,
            kind=self.kind,
            severity=Severity.CRITICAL,
            scope=Scope((Part("receiver", receiver),)),
            level=UNDELIVERED,
            rank=0,
            line=0,
            active=active,
            clear=not active,
            evidence=evidence,
        )


def fails(letters: Letters, now: datetime) -> bool:
    """Whether somebody should hear of it."""
    overdue = letters.oldest_due is not None and now - letters.oldest_due > UNSENT_AFTER
    return letters.dead > 0 or overdue or (letters.drill_due is not None and now >= letters.drill_due)


def _evidence(letters: Letters) -> dict[str, Json]:
    error = clean((letters.last_error or "").removeprefix(f"{letters.receiver}: "), _ERROR)
    return {
        "receiver": letters.receiver,
        "given_up": letters.dead,
        "since": iso_or_none(letters.since),
        "waiting": letters.waiting,
        "oldest_due": iso_or_none(letters.oldest_due),
        "drill_due": iso_or_none(letters.drill_due),
        "last_error": error or None,
    }
