"""For how long an alert may be quiet: the lengths that are offered, and when each is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo

from budgetbot.core.model import Alert

LONGEST = timedelta(days=366)
_MINUTE = timedelta(minutes=1)
_HOURS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4)}


def lengths(alert: Alert, now: datetime) -> Mapping[str, str]:
    """Those that make sense for the alert, by their values, in words."""
    period = {"period": "Until its period ends"} if alert.end is not None and alert.end > now else {}
    fixed = {"1h": "1 hour", "4h": "4 hours", "tomorrow": "Until tomorrow, 09:00"}
    return {**fixed, **period, "custom": "Until another moment"}


def over_at(length: str, alert: Alert, now: datetime, zone: tzinfo) -> datetime | None:
    """When it is over, in whole minutes; None for what has no moment of its own.

    `zone`: whose tomorrow it is.
    """
    if length in _HOURS:
        return whole_minute(now + _HOURS[length])
    if length == "tomorrow":
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(9), tzinfo=zone).astimezone(UTC)
    if length == "period" and alert.end is not None and alert.end > now:
        return alert.end
    return None


def whole_minute(moment: datetime) -> datetime:
    """The minute that begins at or after it: the same choice twice within a minute is one."""
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + _MINUTE
