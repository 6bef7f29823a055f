"""What was spent in any stretch of time, from what is known by the hour: within an hour it is taken as even."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from budgetbot.core.fx import Fx
from budgetbot.core.group import Group
from budgetbot.core.money import Nano
from budgetbot.core.period import Span

_HOUR = timedelta(hours=1)
_MICRO = timedelta(microseconds=1)


class BurnSpend:
    """Spend of the scopes of a group; of the hour that fills, what is there belongs to the part that is over."""

    def __init__(self, group: Group, currency: str, fx: Fx, known: datetime) -> None:
        self.group = group
        self.known = known
        self._currency = currency
        self._fx = fx

    def inside(self, span: Span) -> list[Nano]:
        """By the number of the scope. Spend that is known by the day alone is not in it."""
        first = _hour(span.start)
        hours = [first + i * _HOUR for i in range(-((first - span.end) // _HOUR) + 1)]
        amounts = self.group.by_bucket(hours, self._currency, self._fx).T.tolist()
        spent = [0] * len(self.group.scopes)
        for start, column in zip(hours, amounts, strict=False):
            part, whole = _common(start, self._end(start), span), (self._end(start) - start) // _MICRO
            if part and whole:
                spent = [sum_ + amount * part // whole for sum_, amount in zip(spent, column, strict=True)]
        return spent

    def _end(self, hour: datetime) -> datetime:
        """Up to where an hour is known."""
        return min(hour + _HOUR, self.known) if hour < self.known else hour + _HOUR

    def is_apportioned(self, span: Span) -> bool:
        """Whether a part of an hour counts in it, so that what happened within that hour is not known."""
        return any(edge != _hour(edge) and edge != self.known for edge in (span.start, span.end))


def whole_hours(span: Span) -> Span:
    """The hours that share time with a stretch of it."""
    end = _hour(span.end)
    return Span(_hour(span.start), end if end == span.end else end + _HOUR)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _common(start: datetime, end: datetime, span: Span) -> int:
    return max(0, (min(end, span.end) - max(start, span.start)) // _MICRO)
