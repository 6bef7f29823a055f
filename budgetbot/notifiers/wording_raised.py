"""What an amount is made of, where something was added to it: what carried over, what people granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from budgetbot.core.foretold import amount, day_and_time, moment
from budgetbot.core.model import Json
from budgetbot.core.summary import Compared
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit

_MOST = 3


def raised_words(evidence: Mapping[str, Json], numbers: Compared) -> str:
    """ "$8,000 = $5,000 + $3,000 granted until 28 Nov by lead@example.com (launch)" """
    limit = numbers.unit.limit
    parts = list(_parts(evidence, numbers.unit))
    if not parts:
        return f"{limit(numbers.amount)}, with grants and rollover {limit(numbers.effective)}"
    more = [f"{len(parts) - _MOST} more"] if len(parts) > _MOST else []
    return f"{limit(numbers.effective)} = {' + '.join([limit(numbers.amount), *parts[:_MOST], *more])}"


def _parts(evidence: Mapping[str, Json], unit: Unit) -> Iterator[str]:
    carried = amount(evidence.get("rollover"))
    if carried:
        provisional = ", provisional" if evidence.get("rollover_provisional") is True else ""
        yield f"{unit.limit(carried)} carried over{provisional}"
    grants = evidence.get("grants")
    for grant in grants if isinstance(grants, list) else []:
        added = amount(grant.get("add")) if isinstance(grant, dict) else None
        if isinstance(grant, dict) and added is not None:
            yield f"{unit.limit(added)} {_granted(grant)}"


def _granted(grant: Mapping[str, Json]) -> str:
    until = moment(grant.get("until"))
    day = day_and_time(until) if until else "its end"
    reason = clean(str(grant.get("reason") or ""), 80)
    whose = f"by {clean(str(grant.get('approved_by') or 'nobody'), 60)}{f' ({reason})' if reason else ''}"
    if grant.get("covered") is True:
        return f"spent within what was granted until {day} {whose}"
    return f"granted until {day} {whose}"
