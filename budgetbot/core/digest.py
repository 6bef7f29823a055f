"""What a digest says: one stretch of days, the period so far, budgets, movers, open alerts, freshness. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.group import Group
from budgetbot.core.history import History
from budgetbot.core.instant import iso, iso_or_none
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Alert, Json, Watermark
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Calendar, Span, local_midnight, month_start
from budgetbot.core.restatement import Change, restated_rows, restatements
from budgetbot.core.shown import left_out, left_out_json, shown_in
from budgetbot.core.summary import alert_summary

_CHART_DAYS = 14
_MOVERS = 3


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """One digest to be written: which days it covers, for whom it groups. `budgets` are the JSON rows of 7.4."""

    name: str
    label: str
    first: date
    until: date
    zone: ZoneInfo
    currency: str
    match: Match = EVERYTHING
    group_by: tuple[str, ...] = ("project",)
    top: int = 10

    @property
    def covers(self) -> Span:
        """The days that are told, UTC."""
        return Span(local_midnight(self.first, self.zone), local_midnight(self.until, self.zone))

    @property
    def before(self) -> Span:
        """As many days just before."""
        days = (self.until - self.first).days
        return Span(local_midnight(self.first - timedelta(days=days), self.zone), self.covers.start)

    @property
    def month(self) -> Span:
        """The month of the last day told, up to the end of what is told."""
        last = self.until - timedelta(days=1)
        return Span(local_midnight(month_start(last), self.zone), self.covers.end)

    @property
    def needs(self) -> Span:
        """The history that the digest looks at."""
        chart = local_midnight(self.until - timedelta(days=_CHART_DAYS), self.zone)
        return Span(min(self.before.start, self.month.start, chart), self.covers.end)


def days_covered(covers: str, slot: date, last: date | None) -> tuple[str, date, date]:
    """Label, first day and the day after the last, for a digest that is due on `slot` (local date).

    `last` is the date of the digest before; "since_last" then holds every day from it on, so Monday's the week-end.
    """
    if covers == "last_week":
        monday = slot - timedelta(days=slot.weekday())
        return f"week {monday - timedelta(days=7):%G-W%V}", monday - timedelta(days=7), monday
    if covers == "last_month":
        first = month_start(slot, -1)
        return f"{first:%B %Y}", first, month_start(slot)
    yesterday = slot - timedelta(days=1)
    first = last if covers == "since_last" and last is not None and last < slot else yesterday
    label = f"{yesterday:%a %d %b %Y}" if first == yesterday else f"{first:%a %d %b} to {yesterday:%a %d %b %Y}"
    return label, first, slot


def digest(
    plan: DigestPlan,
    history: History,
    budgets: Sequence[Mapping[str, Json]],
    alerts: Sequence[Alert],
    now: datetime,
    changes: Sequence[Change] = (),
    fx: Fx = NO_FX,
) -> dict[str, Json]:
    """The digest as JSON values; money as plain decimal strings. Always something: silence would look like a fault.

    `changes`: of closed days, since the digest before. Where the rates do not reach it is in the original currency;
    `wanted` then holds the other one, and `unconverted` what is in no sum.
    """
    group, all_of_it = history.group(plan.match, plan.group_by), history.group(plan.match)
    currency = shown_in(all_of_it, [plan.needs], plan.currency, fx)
    told, before, month = (
        [total.spent for total in group.converted(span, currency, fx).totals]
        for span in (plan.covers, plan.before, plan.month)
    )
    left = left_out(all_of_it, plan.covers, currency, fx)
    complete, settled = history.complete_to(), history.settled_to(now)
    rows, other = _rows(group, told, month, plan.top)
    restated = restatements(changes, lambda series: plan.match.meets(history.directory.subject(series)))
    return {
        "name": plan.name,
        "date": plan.until.isoformat(),
        "covers": {"start": iso(plan.covers.start), "end": iso(plan.covers.end), "label": plan.label},
        "currency": currency,
        **({"wanted": plan.currency} if currency != plan.currency else {}),
        **({"unconverted": left_out_json(left)} if left else {}),
        "total": plain(sum(told)),
        "previous_total": plain(sum(before)),
        "change": plain(sum(told) - sum(before)),
        "period": {
            "label": f"{plan.until - timedelta(days=1):%B} to date",
            "start": iso(plan.month.start),
            "end": iso(plan.month.end),
            "total": plain(sum(month)),
        },
        "rows": rows,
        "other": other,
        "movers": _movers(group, told, before),
        "budgets": [dict(budget) for budget in budgets],
        "alerts": [
            {
                "id": alert.id,
                "summary": alert_summary(alert),
                "severity": alert.severity.value,
                "fired_at": iso_or_none(alert.fired_at),
            }
            for alert in alerts
            if alert.state == "firing" and not alert.inhibited
        ],
        "restated": restated_rows(restated),
        "freshness": _freshness(history),
        "chart": _chart(plan, all_of_it, currency, fx),
        "complete_to": iso_or_none(complete),
        "settled_to": iso_or_none(settled),
    }


def _rows(group: Group, told: list[Nano], month: list[Nano], top: int) -> tuple[list[Json], Json]:
    order = sorted(range(len(told)), key=lambda i: (-told[i], -month[i], group.scopes[i].key))
    order = [i for i in order if told[i] or month[i]]
    whole = sum(told)
    rows: list[Json] = [
        {
            "by": dict(group.scopes[i].names),
            "amount": plain(told[i]),
            "period_amount": plain(month[i]),
            "share": told[i] / whole if whole else None,
        }
        for i in order[:top]
    ]
    rest = order[top:]
    if not rest:
        return rows, None
    amounts = {"amount": plain(sum(told[i] for i in rest)), "period_amount": plain(sum(month[i] for i in rest))}
    return rows, {**amounts, "count": len(rest)}


def _movers(group: Group, told: list[Nano], before: list[Nano]) -> list[Json]:
    order = sorted(range(len(told)), key=lambda i: (-abs(told[i] - before[i]), group.scopes[i].key))
    return [
        {
            "by": dict(group.scopes[i].names),
            "amount": plain(told[i]),
            "before": plain(before[i]),
            "change": plain(told[i] - before[i]),
        }
        for i in order[:_MOVERS]
        if told[i] != before[i]
    ]


def _freshness(history: History) -> list[Json]:
    worst: dict[str, Watermark] = {}
    for mark in sorted(history.watermarks, key=lambda m: (m.source, m.pulled_at or m.since)):
        worst.setdefault(mark.source, mark)
    return [
        {
            "source": mark.source,
            "report": mark.report,
            "complete_to": iso_or_none(mark.complete_to),
            "pulled_at": iso_or_none(mark.pulled_at),
            "error": mark.error,
        }
        for mark in worst.values()
    ]


def _chart(plan: DigestPlan, group: Group, currency: str, fx: Fx) -> list[Json]:
    days = [plan.until - timedelta(days=back) for back in range(_CHART_DAYS, 0, -1)]
    unit = Calendar("day")
    bars: list[Json] = []
    for day in days:
        span = unit.at(local_midnight(day, plan.zone) + timedelta(hours=12), plan.zone)
        total = sum(total.spent for total in group.converted(span.span, currency, fx).totals)
        bars.append({"label": f"{day:%m-%d}", "amount": plain(total)})
    return bars
