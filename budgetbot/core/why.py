"""The causes of a change as JSON values: a row for each that matters, and one for the rest."""

from __future__ import annotations

from budgetbot.core.change import Cause, Change, top
from budgetbot.core.model import Json
from budgetbot.core.money import plain


def why(change: Change) -> list[Json]:
    """Rows that sum to the whole change. `measured`: false where no use is known and cost alone was counted."""
    causes, rest = top(change)
    rows: list[Json] = [_row(cause) for cause in causes]
    return [*rows, {"other": True, "amount": plain(rest)}] if rest else rows


def _row(cause: Cause) -> dict[str, Json]:
    row: dict[str, Json] = {
        "kind": cause.kind,
        "dimension": cause.dimension,
        "by": {cause.dimension: cause.name},
        "ids": {cause.dimension: cause.id},
        "amount": plain(cause.amount),
        "owner": cause.owner,
    }
    return row if cause.measured else {**row, "measured": False}
