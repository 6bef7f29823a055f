"""What the commands share: settings, JSON on stdout, moments as people type them, logs to stderr."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta

import typer

from budgetbot.core.model import Json
from budgetbot.errors import UsageError
from budgetbot.logs import configure
from budgetbot.settings import Settings, load_settings

JSON_OPTION = typer.Option(False, "--json", help="Print JSON, in the shape of the HTTP API.")


def settings() -> Settings:
    """The settings, with logging set up by them."""
    found = load_settings()
    configure(found.budgetbot_log_level, found.budgetbot_log_format)
    return found


def print_json(value: Json) -> None:
    """JSON for scripts."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def moment(text: str | None, option: str) -> datetime | None:
    """A point in time from an option, UTC where it names no zone. Raises UsageError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a time; write it like 2026-11-20T14:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def day(text: str | None, option: str) -> date | None:
    """A date from an option. Raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a date; write it like 2026-11-20") from None


def midnight(day: date) -> datetime:
    """The UTC midnight at which a day of the bill begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def length(text: str) -> timedelta:
    """A duration such as 4h. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,5})([smhdw])", text)
    if not found or not int(found[1]):
        raise UsageError(f"{text!r} is not a duration; write a number with s, m, h, d or w, such as 4h")
    names = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    return timedelta(**{names[found[2]]: int(found[1])})
