"""Why spend changed, in one line. Pure; names from outside are made safe to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from fractions import Fraction
from itertools import groupby

from budgetbot.core.foretold import amount, day_and_time, moment
from budgetbot.core.model import Json
from budgetbot.core.money import NANO, Nano, exact, nano, rounded, show
from budgetbot.core.text import clean
from budgetbot.core.unit import unit_of
from budgetbot.core.why import fewer

_CENT = NANO // 100
_LEAST = 20  # a change below this part of what was before needs no reason
_WORDS = {"api_key": "key", "line_item": "line item"}


def worth_why(evidence: Mapping[str, Json], most: int) -> tuple[str, tuple[str, ...]]:
    """The same; "" where hardly anything changed."""
    told = evidence.get("change")
    before = amount(told.get("before")) if isinstance(told, dict) else None
    changed = sum(nano(exact(row["amount"])) for row in _rows(told))
    return alert_why(evidence, most) if before is not None and abs(changed) * _LEAST >= before else ("", ())


def alert_why(evidence: Mapping[str, Json], most: int | None = None) -> tuple[str, tuple[str, ...]]:
    """Of an alert's evidence, at most so many causes (None: all), and what all others come to; "" where none are known.

    ("Why: +$2,310.00 against 1 Oct to 21 Oct", ("key ci-1 is new, +$80.00 (owner ana@example.com)", ...))
    """
    told = evidence.get("change")
    against = _against(told.get("against")) if isinstance(told, dict) else ""
    head, causes = why_parts(fewer(_rows(told), most), against, unit_of(evidence).name)
    return (head, tuple(causes)) if causes else ("", ())


def _rows(told: Json) -> list[Mapping[str, Json]]:
    rows = told.get("why") if isinstance(told, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _against(told: Json) -> str:
    """ "1 Oct to 21 Oct", "14 Nov 09:00 UTC to 14 Nov 12:00 UTC", "the mean of the 4 weeks before" """
    known = told if isinstance(told, dict) else {}
    start, end = moment(known.get("start")), moment(known.get("end"))
    if known.get("weeks"):
        return f"the mean of the {clean(str(known['weeks']), 4)} weeks before"
    if start is None or end is None:
        return "before"
    whole = start.time() == end.time() == time()
    first, last = day_and_time(start), day_and_time(end - timedelta(days=1) if whole else end)
    return first if first == last else f"{first} to {last}"


def why_text(rows: Sequence[Mapping[str, Json]], against: str, currency: str) -> str:
    """The rows of core.why, in cents that sum to what is printed as the whole; "" where nothing changed.

    "Why: +$120.00 against 18 Nov 2026: key ci-1 is new, +$80.00 (owner ana@example.com); key ci-2 volume +$30.00, price
    -$2.00; the rest +$12.00".
    """
    head, causes = why_parts(rows, against, currency)
    return f"{head}: {'; '.join(causes)}" if causes else head


def why_parts(rows: Sequence[Mapping[str, Json]], against: str, currency: str) -> tuple[str, list[str]]:
    """The same in parts: the change, and each of its causes."""
    amounts = [nano(exact(row["amount"])) for row in rows]
    if not any(amounts):
        return "", []
    cents = rounded([Fraction(amount, _CENT) for amount in amounts])
    if not any(cents):
        return f"Why: less than a cent changed against {against}", []
    told = [(row, _signed(part * _CENT, currency)) for row, part in zip(rows, cents, strict=True) if part]
    values = [_value(list(those)) for _, those in groupby(told, lambda one: _identity(one[0]))]
    return f"Why: {_signed(sum(cents) * _CENT, currency)} against {against}", values


def _identity(row: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(repr(row.get(name)) for name in ("other", "dimension", "ids", "by", "owner"))


def _value(told: Sequence[tuple[Mapping[str, Json], str]]) -> str:
    """All that is said of one value."""
    row = told[0][0]
    if row.get("other"):
        return f"the rest {told[0][1]}"
    owner = f" (owner {clean(str(row['owner']), 60)})" if row["owner"] else ""
    return f"{_name(row)} {', '.join(_cause(one, amount) for one, amount in told)}{owner}"


def _name(row: Mapping[str, Json]) -> str:
    """ "key ci-1", "spend without key"."""
    dimension = str(row["dimension"])
    by = row["by"] if isinstance(row["by"], dict) else {}
    name, word = by.get(dimension), clean(_WORDS.get(dimension, dimension), 40)
    return f"spend without {word}" if name is None else f"{word} {clean(str(name), 60) or '(blank)'}"


def _cause(row: Mapping[str, Json], amount: str) -> str:
    if row["kind"] in ("new", "gone"):
        return f"is {row['kind']}, {amount}"
    return f"{row['kind']} {amount}" if row.get("measured", True) else f"{amount} with no usage known"


def _signed(amount: Nano, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{show(amount, currency)}"
