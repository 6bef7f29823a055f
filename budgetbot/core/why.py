"""The causes of a change as JSON values: a row for each that matters, and one for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetbot.core.change import MOST, Cause, Change, top
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano, plain


def why(change: Change, most: int = MOST) -> list[Json]:
    """Rows that sum to the whole change. `measured`: false where no use is known and cost alone was counted."""
    causes, rest = top(change, most)
    return [*(_row(cause) for cause in causes), *_rest(rest)]


def fewer(rows: Sequence[Mapping[str, Json]], most: int | None) -> list[Mapping[str, Json]]:
    """Of such rows the largest (None: all), in their order, and one for all others."""
    causes = [row for row in rows if not row.get("other")]
    kept = sorted(range(len(causes)), key=lambda i: -abs(_amount(causes[i])))[:most]
    rest = sum(map(_amount, rows)) - sum(_amount(causes[i]) for i in kept)
    return [*(causes[i] for i in sorted(kept)), *_rest(rest)]


def _rest(amount: Nano) -> list[dict[str, Json]]:
    return [{"other": True, "amount": plain(amount)}] if amount else []


def _amount(row: Mapping[str, Json]) -> Nano:
    return nano(exact(row["amount"]))


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
