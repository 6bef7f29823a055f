"""Use without a price: it counts at the dearest sibling's, and somebody should say what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from budgetbot.core.history import Unpriced
from budgetbot.core.model import Finding, Part, Scope, Severity
from budgetbot.core.summary import UNPRICED
from budgetbot.rules.built_in import BuiltIn
from budgetbot.rules.rule import Context

NAME = "unpriced-usage"


class UnpricedUsage(BuiltIn):
    """Models that were used of late and that neither the policy nor the price table has a price for."""

    kind: ClassVar[Literal["policy"]] = "policy"
    title: ClassVar[str] = NAME
    watches: ClassVar[str] = "any model without a price (warning)"

    def evaluate(self, context: Context, now: datetime) -> list[Finding]:
        """A finding for each model of each source, and for those that had an alert and are fine now."""
        scopes = {scope.key: scope for scope in map(_scope, context.history.unpriced)}
        over = {alert.scope.key: alert.scope for alert in context.open if alert.scope.key not in scopes}
        return [
            *(self._finding(scope, active=True, clear=False) for scope in scopes.values()),
            *(self._finding(s, active=False, clear=not context.stale & set(s.ids.values())) for s in over.values()),
        ]

    def _finding(self, scope: Scope, *, active: bool, clear: bool) -> Finding:
        ids = {name: id or "" for name, id in scope.ids.items()}
        return Finding(
            rule=self.name,
            kind=self.kind,
            severity=Severity.WARNING,
            scope=scope,
            level=UNPRICED,
            rank=0,
            line=0,
            active=active,
            clear=clear,
            subject={name: (id,) for name, id in ids.items()},
            evidence={**ids, "counted_at": "the dearest sibling's price"},
        )


def _scope(one: Unpriced) -> Scope:
    return Scope((Part("source", one.source), Part("model", one.model)))
