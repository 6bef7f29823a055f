"""What one limit sees at one moment: its scopes, and of how much each may spend in a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from budgetbot.core.history import History
from budgetbot.core.model import Scope
from budgetbot.core.period import Period
from budgetbot.core.total import Total
from budgetbot.rules.effective import Effective, Rollover, carried
from budgetbot.rules.expected import Expected, foreseen
from budgetbot.rules.rule import Context
from budgetbot.rules.status import BudgetStatus
from budgetbot.rules.turn import Turn

if TYPE_CHECKING:
    from budgetbot.rules.limit import Limit

_NEVER = 2**63


class Look:
    """One evaluation's view. Scopes whose spend went away come after those of the group, while an alert is open."""

    def __init__(
        self, limit: Limit, context: Context, history: History, now: datetime, *, forecast: bool = False
    ) -> None:
        self.limit = limit
        self.context = context
        self.history = history
        self.now = now
        self.forecast = forecast
        self.unit = limit.unit(context)
        self._size, self._overrides = limit.sizes()
        self.group = history.group(limit.match, limit.each)
        here = self.group.scopes or (() if limit.each else (Scope(),))
        self.scopes: tuple[Scope, ...] = (*here, *self._gone())
        self._lines: dict[tuple[int, bool], int] = {}
        self._expected: Mapping[int, Expected] | None = None
        self._amounts = [self._amount(i) for i in self.everybody] if self._overrides else None

    def _gone(self) -> Iterator[Scope]:
        told = {a.scope.key: a.scope for a in self.context.open if self.limit.each and a.kind != "policy"}
        if told:
            here = {scope.key for scope in self.group.scopes}
            yield from (scope for key, scope in told.items() if key not in here)

    def _amount(self, index: int) -> int:
        subject = self._subject(index)
        return next((other for match, other in reversed(self._overrides) if match.meets(subject)), self._size)

    def _subject(self, index: int) -> dict[str, tuple[str, ...]]:
        """What overrides and grants may match: the scope itself, and what all of it has in common."""
        own = {
            part.dimension: tuple(dict.fromkeys(v for v in (part.id, part.name) if v is not None))
            for part in self.scopes[index].parts
        }
        common = self.group.subject(index) if self._matched - own.keys() and index < len(self.group.scopes) else {}
        return {**common, **own}

    @cached_property
    def _matched(self) -> frozenset[str]:
        matches = [match for match, _ in self._overrides] + [grant.match for grant in self.context.grants]
        return frozenset().union(*(match.names for match in matches))

    def amount(self, index: int) -> int:
        """The plain amount of a scope."""
        return self._amounts[index] if self._amounts else self._size

    def effective(self, turn: Turn, index: int) -> Effective:
        """What the amount of a scope comes to."""
        amount = self.amount(index)
        subject = self._subject(index) if turn.granted else {}
        raises = tuple(one.add(index) for one in turn.granted if one.grant.match.meets(subject))
        rollover = self.limit.rollover
        if rollover is None:
            return Effective(amount, raises=raises)
        rest = self._rest(turn, index, amount, rollover)
        return Effective(amount, rest, turn.provisional, raises)

    def _rest(self, turn: Turn, index: int, amount: int, rollover: Rollover) -> int:
        spent = self._spent(turn.before, index)
        if turn.before is None or (self.limit.each and not spent):
            return 0
        return carried(rollover.max, amount, spent)

    @staticmethod
    def _spent(spent: Sequence[int] | None, index: int) -> int:
        return spent[index] if spent is not None and index < len(spent) else 0

    @property
    def everybody(self) -> range:
        """The numbers of all scopes."""
        return range(len(self.scopes))

    def news(self, turn: Turn) -> list[int]:
        """The numbers of the scopes that may have reached a level, or have an alert that waits for word.

        What is added to an amount lifts its lines and never lowers them, so that the plain amount is enough to look at.
        """
        reached = {i for i, spent in enumerate(turn.spent) if spent >= self._least(self.amount(i))}
        reached |= {
            i
            for i, one in self.expected(turn).items()
            if one.forecast.high >= self._least(self.amount(i), forecast=True)
        }
        keys = {key for key, _ in self._waiting(turn.period, late=turn.late)}
        waiting = {i for i, scope in enumerate(self.scopes) if scope.key in keys} if keys else set()
        return sorted(reached | waiting)

    def expected(self, turn: Turn) -> Mapping[int, Expected]:
        """How the current period will end, for the scopes of which enough is known, where that was asked for."""
        if turn.late or not self.forecast:
            return {}
        if self._expected is None:
            self._expected = foreseen(self, turn)
        return self._expected

    def watched(self, status: BudgetStatus) -> frozenset[tuple[str, str]]:
        """Scope key and level of the alerts that wait for word of a period; of a closed one, those still open in it."""
        return self._waiting(status.period, late=status.late)

    def _waiting(self, period: Period, *, late: bool) -> frozenset[tuple[str, str]]:
        if not late:
            return self.context.watched
        return frozenset((a.scope.key, a.level) for a in self.context.open if a.period == period.key)

    def _least(self, amount: int, *, forecast: bool = False) -> int:
        """The lowest line of the levels of what is spent, or of what is forecast."""
        known = self._lines.get((amount, forecast))
        if known is None:
            levels = [threshold for threshold in self.limit.thresholds if (threshold.forecast is not None) == forecast]
            known = self._lines[amount, forecast] = min((one.line(amount) for one in levels), default=_NEVER)
        return known

    def statuses(self, turn: Turn, indexes: Sequence[int]) -> Iterator[BudgetStatus]:
        """Some of the scopes in one period, in full."""
        if not indexes:
            return
        totals, left = self.group.converted(turn.period.span, self.unit, self.context.fx)
        expected = self.expected(turn)
        for index in indexes:
            here = index < len(totals)
            amounts = self.effective(turn, index)
            lines = sorted(((t, t.line(amounts.whole)) for t in self.limit.thresholds), key=lambda pair: pair[1])
            yield BudgetStatus(
                name=self.limit.name,
                scope=self.scopes[index],
                period=turn.period,
                currency=self.unit,
                amounts=amounts,
                total=totals[index] if here else Total(),
                lines=tuple(lines),
                late=turn.late,
                index=index if here else -1,
                expected=expected.get(index),
                unconverted=left[index] if here else {},
                fx=self.context.fx,
            )
