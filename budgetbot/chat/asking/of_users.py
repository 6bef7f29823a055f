"""What tells how much single people spend, which not everybody may see. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from budgetbot.chat.telling.sections import rows
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano, plain
from budgetbot.core.spend import SpendQuery

_USER = "user"


def speaks_of_users(query: SpendQuery) -> bool:
    """Whether rows are by user, or a user is meant or left out."""
    return _USER in query.by or _USER in query.match.names


def for_each_user(row: Mapping[str, Json]) -> bool:
    """Whether a row of `budgets` is of one user."""
    return isinstance(row["scope"], dict) and _USER in row["scope"]


def without_users(answer: Mapping[str, Json]) -> Mapping[str, Json]:
    """An answer of spend whose causes by user are part of the rest."""
    causes = rows(answer.get("why"))
    kept: list[Json] = [dict(row) for row in causes if row.get("dimension") != _USER and not row.get("other")]
    if len(kept) == sum(not row.get("other") for row in causes):
        return answer
    rest: Nano = sum(nano(exact(row["amount"])) for row in causes if row.get("dimension") == _USER or row.get("other"))
    if rest:
        kept.append({"other": True, "amount": plain(rest)})
    return {**answer, "why": kept}
