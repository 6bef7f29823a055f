"""What happens where nobody acts: what an hour takes now, against the usual, and what that comes to by the morning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from budgetbot.core.foretold import amount
from budgetbot.core.model import Alert, Json
from budgetbot.core.notification import ENDS, Notification
from budgetbot.core.unit import Unit, unit_of


def unattended_words(notification: Notification, alert: Alert) -> str | None:
    """ "$41.20 an hour now, usually $6.10; $690 more by tomorrow 09:00 UTC"; None where that is not known, or over."""
    pace = alert.evidence.get("pace")
    if not isinstance(pace, Mapping) or notification.reason in ENDS or alert.state == "resolved":
        return None
    unit = unit_of(alert.evidence)
    now = amount(pace.get("per_hour"))
    if now is None:
        return None
    usual, more = amount(pace.get("usual_per_hour")), amount(pace.get("cost_by"))
    said = f"{unit.show(now)} an hour now"
    if usual is not None:
        said += f", usually {unit.show(usual) if usual else 'nothing'}"
    return said + _by_then(pace.get("by"), more, unit, notification.created_at)


def _by_then(by: Json, more: int | None, unit: Unit, now: datetime) -> str:
    try:
        until = datetime.fromisoformat(str(by))
    except ValueError:
        return ""
    if more is None or until.tzinfo is None:
        return ""
    return f"; {unit.limit(more)} more by {_moment(until, now)}"


def _moment(until: datetime, now: datetime) -> str:
    """In the time zone that it was written in."""
    days = (until.date() - now.astimezone(until.tzinfo).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"{until.day} {until:%b}")
    ahead = until.utcoffset() or timedelta(0)
    sign, size = ("-", -ahead) if ahead < timedelta(0) else ("+", ahead)
    hours, minutes = divmod(int(size.total_seconds()) // 60, 60)
    zone = f"{sign}{hours}{f':{minutes:02}' if minutes else ''}" if ahead else ""
    return f"{day} {until:%H:%M} UTC{zone}"
