"""Why what alerts tell of costs more, or less, than it did before: each change in parts that sum to it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from budgetbot.core.compared import NO_USE, Spans, Use, cells
from budgetbot.core.drivers import change
from budgetbot.core.history import History
from budgetbot.core.instant import iso
from budgetbot.core.model import Alert, Json, Series
from budgetbot.core.money import plain
from budgetbot.core.period import Span
from budgetbot.core.unit import unit_of
from budgetbot.core.why import why
from budgetbot.policy.beside import beside, explained, looked_at
from budgetbot.policy.policy import Policy

Used: TypeAlias = Callable[[Span], Use]
"""What every series used in a span."""

_KEPT = 12  # causes; a message tells the largest of them


class Causes:
    """What the alerts of one moment come from. `used` is asked once for each span; None where it is not known."""

    def __init__(self, policy: Policy, history: History, used: Used | None, now: datetime) -> None:
        self._policy = policy
        self._history = history
        self._used = used
        self._now = now
        self._uses: dict[Span, Use] = {}

    def of(self, alert: Alert) -> dict[str, Json] | None:
        """As evidence holds it: against what, and the rows of core.why; None where it cannot be told.

        {"before": "120.00", "against": {"start": ..., "end": ..., "weeks": 4}, "why": [...]}: what came before, in the
        span or, of several, their mean, of which the first is named.
        """
        rule = explained(self._policy, alert)
        spans = beside(rule, alert, self._history, self._policy.defaults.timezone, self._now) if rule else None
        if rule is None or spans is None:
            return None
        group = self._history.group(*looked_at(self._policy, rule))
        place = next((i for i, scope in enumerate(group.scopes) if scope.key == alert.scope.key), None)
        if place is None:
            return None
        asked = spans._replace(used_before=self._together(spans.before), used_after=self._use(spans.after))
        found = cells(group, asked, unit_of(alert.evidence).name, self._policy.fx, place)
        rows = why(change(found, self._history.directory), _KEPT)
        return {"before": plain(sum(one.before for one in found)), "against": _against(spans), "why": rows}

    def _use(self, span: Span) -> Use:
        if span not in self._uses:
            self._uses[span] = self._used(span) if self._used else NO_USE
        return self._uses[span]

    def _together(self, spans: Iterable[Span]) -> Use:
        found: dict[Series, dict[str, int]] = defaultdict(dict)
        for span in spans:
            for series, metrics in self._use(span).items():
                mine = found[series]
                for name, count in metrics.items():
                    mine[name] = mine.get(name, 0) + count
        return found


def _against(spans: Spans) -> dict[str, Json]:
    first, weeks = spans.before[0], len(spans.before)
    found: dict[str, Json] = {"start": iso(first.start), "end": iso(first.end)}
    return {**found, "weeks": weeks} if weeks > 1 else found
