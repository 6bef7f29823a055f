"""When a digest is due: cron by the wall clock of a time zone, each slot once, clock changes included."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

CATCH_UP = timedelta(hours=24)  # older than this, a digest that was missed is left out


def slots_before(schedule: str, zone: ZoneInfo, moment: datetime, count: int) -> list[datetime]:
    """The latest `count` slots up to and including `moment`, newest first, as local times of `zone`."""
    after = moment.astimezone(zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
    slots = CronSim(schedule, after, reverse=True)
    return [next(slots) for _ in range(count)]


def due_slot(schedule: str, zone: ZoneInfo, since: datetime, now: datetime) -> datetime | None:
    """The newest slot that is due: after `since`, not in the future, not too long ago."""
    slot = slots_before(schedule, zone, now, 1)[0]
    return slot if since < slot <= now and now - slot < CATCH_UP else None
