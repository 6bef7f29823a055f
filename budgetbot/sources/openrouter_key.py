"""A key of an OpenRouter account, with its own limit and what it has used: pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from budgetbot.sources.tally import dollars
from budgetbot.sources.text import clean, identifier


class ApiKey(NamedTuple):
    """One key, as it is listed. Dollars; `limit` None: without one; `limit_reset` daily, weekly, monthly or None.

    `byok_usage` was billed by other providers, to keys of the account's own.
    """

    hash: str
    name: str | None
    disabled: bool
    limit: Decimal | None
    limit_remaining: Decimal | None
    limit_reset: str | None
    usage: Decimal
    byok_usage: Decimal
    created_at: datetime | None
    workspace_id: str | None


def api_key(item: Mapping[str, Any]) -> ApiKey:
    """The key that an object of the list describes. Raises ValueError."""
    return ApiKey(
        hash=clean(item["hash"]),
        name=text_in(item, "name"),
        disabled=item.get("disabled") is True,
        limit=_dollars(item, "limit"),
        limit_remaining=_dollars(item, "limit_remaining"),
        limit_reset=text_in(item, "limit_reset"),
        usage=_dollars(item, "usage") or Decimal(0),
        byok_usage=_dollars(item, "byok_usage") or Decimal(0),
        created_at=_moment(item.get("created_at")),
        workspace_id=text_in(item, "workspace_id"),
    )


def text_in(item: Mapping[str, Any], field: str) -> str | None:
    """The text of a field, cleaned; None where there is none."""
    value = item.get(field)
    return identifier(value) if isinstance(value, str) else None


def _dollars(item: Mapping[str, Any], field: str) -> Decimal | None:
    return None if item.get(field) is None else dollars(item[field], field)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
