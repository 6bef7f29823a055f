"""Instants as text and as integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def micros(moment: datetime) -> int:
    """A UTC instant as whole microseconds since 1970: how times stand in columns and in the database."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


@lru_cache(maxsize=65_536)
def from_micros(count: int) -> datetime:
    """The inverse of `micros`. Remembered, like it: many rows begin at the same few moments."""
    return _EPOCH + timedelta(microseconds=count)


def iso(moment: datetime) -> str:
    """ISO 8601 UTC, with a Z: how times stand in JSON."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_or_none(moment: datetime | None) -> str | None:
    """The same for what may be unknown."""
    return iso(moment) if moment is not None else None


def length_text(length: timedelta) -> str:
    """A duration as policies write it: 6h, 30d, 90s."""
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m")):
        if length % unit == timedelta(0):
            return f"{length // unit}{name}"
    return f"{length // timedelta(seconds=1)}s"
