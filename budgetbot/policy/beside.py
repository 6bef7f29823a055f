"""What an alert's spend is compared with to tell why it changed: the spans, and which spend. Pure.

A budget's period so far beside as much of the period before (of hours and days: of the week before); what is unusual
beside the same hours of the weeks before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from budgetbot.core.compared import Spans
from budgetbot.core.foretold import moment
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.model import Alert
from budgetbot.core.period import Between, Calendar, Period, Rolling, Span, local_midnight, previous
from budgetbot.core.unit import unit_of
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import limit_of
from budgetbot.rules.anomaly import Anomaly
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.burn_spend import whole_hours
from budgetbot.rules.excess import WEEKS, beside_weeks
from budgetbot.rules.limit import Limit

Explained = Limit | Anomaly | BurnRate
_DAY, _WEEK, _SECOND = timedelta(days=1), timedelta(weeks=1), timedelta(seconds=1)


def explained(policy: Policy, alert: Alert) -> Explained | None:
    """The rule whose spend an alert tells of; None where that is no spend, or nothing it could be compared with."""
    rule = next((one for one in policy.rules if one.name == alert.rule), None)
    if not isinstance(rule, Explained) or alert.late or alert.kind in {"new", "policy"}:
        return None
    return None if unit_of(alert.evidence).counts else rule


def looked_at(policy: Policy, rule: Explained) -> tuple[Match, list[str]]:
    """Which spend a rule is about, and what has a scope of its own."""
    limit = limit_of(policy, rule)
    about = limit if isinstance(limit, Limit) else rule
    return about.match, about.each


def earliest(rule: Explained, alert: Alert, zone: ZoneInfo, now: datetime) -> datetime | None:
    """From when on spend is looked at."""
    if isinstance(rule, Limit):
        period = _period(rule, alert, zone, now)
        return _before(rule, period, zone) if period else None
    stretch = _stretch(rule, alert)
    return stretch[0].start - WEEKS * _WEEK if stretch else None


def beside(rule: Explained, alert: Alert, history: History, zone: ZoneInfo, now: datetime) -> Spans | None:
    """The spans, without what was used in them; None where what was before is not known."""
    if not isinstance(rule, Limit):
        stretch = _stretch(rule, alert)
        found = beside_weeks(history, *stretch) if stretch else None
        return found if found and found.before else None
    period = _period(rule, alert, zone, now)
    first = _before(rule, period, zone) if period else None
    if period is None or first is None:
        return None
    until = min(now, period.end)  # what came since the last whole hour is in what the alert says was spent
    return _so_far(Span(period.start, until), first, history) if until > period.start else None


def _so_far(span: Span, first: datetime, history: History) -> Spans | None:
    """Whole days, where there are any: of long ago nothing else may be known."""
    after = whole_hours(span)
    by_hour = span.length < _DAY
    begins = history.hours_begin() if by_hour else history.begins()
    if begins is None or first < begins:
        return None
    if by_hour:
        part = Fraction(span.length // _SECOND, after.length // _SECOND)
        return Spans((Span(first, first + after.length),), after, part=part)
    return Spans((Span(first, first + round(span.length / _DAY) * _DAY),), after)


def _period(rule: Limit, alert: Alert, zone: ZoneInfo, now: datetime) -> Span | None:
    """Of an alert that has none, where the window stands now."""
    if alert.start is not None and alert.end is not None:
        return Span(alert.start, alert.end)
    found = rule.period.at(now, zone)
    return found.span if found else None


def _before(rule: Limit, period: Span, zone: ZoneInfo) -> datetime | None:
    """Where what a period is compared with begins."""
    if isinstance(rule.period, Between):
        return None
    if isinstance(rule.period, Rolling):
        return period.start - rule.period.length
    if isinstance(rule.period, Calendar) and rule.period.unit in {"hour", "day"}:
        local = period.start.astimezone(zone)
        return local_midnight(local.date() - 7 * _DAY, zone) if rule.period.unit == "day" else period.start - _WEEK
    before = previous(rule.period, Period("", period), zone)
    return before.span.start if before else None


def _stretch(rule: Anomaly | BurnRate, alert: Alert) -> tuple[Span, datetime] | None:
    """The hours or days that are unusual, and up to when they are known."""
    told = alert.evidence
    if isinstance(rule, BurnRate):
        known = moment(told.get("known_to"))
        return (whole_hours(Span(known - max(one.over for one in rule.windows), known)), known) if known else None
    bucket, since = told.get("bucket"), moment(told.get("since"))
    end = moment(bucket.get("end")) if isinstance(bucket, dict) else None
    if since is None or end is None or since >= end:
        return None
    return Span(since, end), moment(told.get("seen_to")) or end
