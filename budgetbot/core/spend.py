"""What was spent: a query, and its answer from a History. Pure; the answer is JSON values, money as plain strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias

from budgetbot.core.compared import NO_USE, Spans, Use, changed
from budgetbot.core.fx import NO_FX, Course, Fx
from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Calendar, Span, Unit
from budgetbot.core.shown import left_out, left_out_json, shown_in
from budgetbot.core.total import Total, added, times
from budgetbot.core.why import why

TIMES: dict[str, tuple[Unit, timedelta]] = {
    "hour": ("hour", timedelta(hours=1)),
    "day": ("day", timedelta(days=1)),
    "week": ("week", timedelta(days=7)),
    "month": ("month", timedelta(days=28)),
}
"""What may stand in `by` besides dimensions and labels, and the longest bucket that can be told by it."""

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Names: TypeAlias = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class SpendQuery:
    """What is asked: what `match` means, within `span`, by dimensions, labels or TIMES.

    `top`: that many rows, the dearest; `over` (nano-units): rows above it; the others become one row.
    `compare`: another span and its label. `currency`: in which it is to be told, and what `over` is an amount of; None
    where nothing is said. `why`: what the change against `compare` comes from. `me`: `match` means who asks.
    `share`: all may read the answer.
    """

    span: Span
    label: str
    by: tuple[str, ...] = ("project",)
    match: Match = EVERYTHING
    top: int | None = None
    over: Nano | None = None
    compare: tuple[Span, str] | None = None
    zone: tzinfo = UTC
    currency: str | None = None
    why: bool = False
    share: bool = False
    me: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is asked about, and what that is compared with."""
        return (self.span, self.compare[0]) if self.compare else (self.span,)

    @property
    def needs(self) -> Span:
        """The history that the answer looks at: a local day west of UTC holds most of a day that begins before it."""
        return Span(min(span.start for span in self.spans) - _DAY, max(span.end for span in self.spans))

    @property
    def by_time(self) -> bool:
        """Whether rows are told in the order of time."""
        return any(name in TIMES for name in self.by)


@dataclass(frozen=True, slots=True)
class _Row:
    names: _Names
    ids: _Names
    total: Total


def answer(
    query: SpendQuery,
    history: History,
    currency: str,
    now: datetime,
    fx: Fx = NO_FX,
    used: tuple[Use, Use] = (NO_USE, NO_USE),
) -> dict[str, Json]:
    """Total and rows, in one currency; what has no rate to it stands in `unconverted`, where there is any.

    That is what the query names, or `currency`. Where the rates do not reach, it is the original one: `wanted` then is
    the other, and `over`, an amount of that, leaves nothing out. `used`: what was used in `query.compare` and in
    `query.span`, for a query that asks why.
    """
    everything = history.group(query.match)
    wanted = query.currency or currency
    currency = shown_in(everything, query.spans, wanted, fx)
    if currency != wanted:
        query = replace(query, over=None)
    group = history.group(query.match, tuple(name for name in query.by if name not in TIMES))
    rows = _rows(query, group, currency, fx)
    whole = added(everything.converted(query.span, currency, fx).totals)
    said: dict[str, Json] = {
        "currency": currency,
        **({"wanted": wanted} if currency != wanted else {}),
        "total": plain(whole.spent),
        "billed": plain(whole.billed),
        "estimated": plain(whole.estimated),
        "low": plain(whole.low),
        "high": plain(whole.high),
        "complete_to": iso_or_none(history.complete_to()),
        "settled_to": iso_or_none(history.settled_to(now)),
        "period": _period(query.span),
        "rows": _told(query, rows, whole.spent),
        "compare": _compared(query, everything, currency, whole.spent, fx),
    }
    if query.why and query.compare is not None:
        spans = Spans((query.compare[0],), query.span, *used)
        said["why"] = why(changed(everything, spans, currency, fx))
    left = left_out(everything, query.span, currency, fx)
    return {**said, "unconverted": left_out_json(left)} if left else said


def _rows(query: SpendQuery, group: Group, currency: str, fx: Fx) -> list[_Row]:
    rows = []
    for (scope, moments), total in _cells(query, group, currency, fx).items():
        if not (total.billed or total.estimated):
            continue
        when = dict(zip((name for name in query.by if name in TIMES), moments, strict=True))
        names, ids = {**when, **group.scopes[scope].names}, {**when, **group.scopes[scope].ids}
        rows.append(_Row(tuple(names[name] for name in query.by), tuple(ids[name] for name in query.by), total))
    return rows


def _cells(query: SpendQuery, group: Group, currency: str, fx: Fx) -> dict[tuple[int, _Names], Total]:
    """By scope and time; the parts of one currency and rate sum to what their whole is converted to."""
    names = _bucket_names(query)
    found = group.totals_by(query.span, currency, names)
    for other in group.others(query.span, currency):
        course = fx.course(other, currency)

        def parted(start: int, end: int, course: Course = course) -> tuple[_Names, int]:
            return names(start, end), course.part((start + end) // 2)

        cells = group.totals_by(query.span, other, parted)
        for i, rate in enumerate(course.rates):
            mine = {(scope, when): total for (scope, (when, part)), total in cells.items() if part == i}
            converted = times(list(mine.values()), rate) if rate is not None else []
            for place, total in zip(mine, converted, strict=rate is not None):
                found[place] = found.get(place, Total()) + total
    return found


def _bucket_names(query: SpendQuery) -> Callable[[int, int], _Names]:
    units = [TIMES[name] for name in query.by if name in TIMES]

    def names(start: int, end: int) -> _Names:
        length = timedelta(microseconds=end - start)
        middle = _EPOCH + timedelta(microseconds=(start + end) // 2)
        # A day of the bill says nothing of its hours: that part stays unattributed.
        return tuple(Calendar(unit).at(middle, query.zone).key if length <= most else None for unit, most in units)

    return names


def _told(query: SpendQuery, rows: list[_Row], whole: Nano) -> list[Json]:
    """Dearest first, or in the order of time; what `top` and `over` leave out is the last row."""
    rows = sorted(rows, key=lambda row: (-row.total.spent, _order(row.ids)))
    kept = [row for row in rows if query.over is None or row.total.spent > query.over][: query.top]
    rest = [row.total for row in rows[len(kept) :]]
    if query.by_time:
        times = [i for i, name in enumerate(query.by) if name in TIMES]
        kept.sort(key=lambda row: _order([row.ids[i] for i in times]))
    told: list[Json] = [
        {
            "by": dict(zip(query.by, row.names, strict=True)),
            "ids": dict(zip(query.by, row.ids, strict=True)),
            **_amounts(row.total, whole),
        }
        for row in kept
    ]
    return [*told, {"other": True, **_amounts(added(rest), whole)}] if rest else told


def _order(ids: Sequence[str | None]) -> tuple[tuple[bool, str], ...]:
    return tuple((id is None, id or "") for id in ids)


def _amounts(total: Total, whole: Nano) -> dict[str, Json]:
    return {
        "amount": plain(total.spent),
        "billed": plain(total.billed),
        "estimated": plain(total.estimated),
        "share": total.spent / whole if whole else None,
    }


def _compared(query: SpendQuery, group: Group, currency: str, whole: Nano, fx: Fx) -> Json:
    if query.compare is None:
        return None
    span = query.compare[0]
    before = added(group.converted(span, currency, fx).totals).spent
    said: dict[str, Json] = {"period": _period(span), "total": plain(before), "change": plain(whole - before)}
    left = left_out(group, span, currency, fx)
    return {**said, "unconverted": left_out_json(left)} if left else said


def _period(span: Span) -> dict[str, Json]:
    return {"start": iso(span.start), "end": iso(span.end)}
