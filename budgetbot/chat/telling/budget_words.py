"""Budgets in words: which ones are meant, in what order, and how each stands. Pure; over rows of the JSON `budgets`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase

from budgetbot.chat.asking.not_understood import HelpAsked, NotUnderstood
from budgetbot.chat.asking.words import normal, shown
from budgetbot.core.foretold import foretold, moment
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, exact, nano, percent
from budgetbot.core.text import clean
from budgetbot.core.unit import unit_of

Row = Mapping[str, Json]
_DAY = timedelta(days=1)
_STATES = ("ok", "pending", "firing")
_FULL, _EMPTY = "▓", "░"


def chosen(rows: Sequence[Row], words: str) -> list[Row]:
    """The rows that are meant: by the name of the budget, or of what it is about; globs too; all where nothing is said.

    Raises NotUnderstood, with the nearest names; HelpAsked.
    """
    said = normal(words).strip("\"'").casefold()
    if said in {"help", "--help", "?"}:
        raise HelpAsked
    if not said:
        return list(rows)
    for fits in (_equal, _part, _glob):
        if found := [row for row in rows if any(fits(said, name) for name in _names(row))]:
            return found
    known = sorted({name for row in rows for name in _names(row)})
    near = get_close_matches(said, known, 3, 0.5)
    hint = f"; did you mean {' or '.join(shown(one) for one in near)}?" if near else "; `/budget` alone lists all"
    raise NotUnderstood(f"no budget is called {shown(words)}{hint}")


def _names(row: Row) -> list[str]:
    scope = row["scope"] if isinstance(row["scope"], dict) else {}
    return [normal(str(one)).casefold() for one in (row["name"], *scope.values()) if one]


def _equal(said: str, name: str) -> bool:
    return said == name


def _part(said: str, name: str) -> bool:
    return len(said) > 2 and re.search(rf"(?<!\w){re.escape(said)}", name) is not None


def _glob(said: str, name: str) -> bool:
    return any(c in said for c in "*?") and fnmatchcase(name, said.replace("[", "[[]"))


def by_risk(rows: Sequence[Row]) -> list[Row]:
    """The worst first: what fires, then the likelihood to run over, then how full it is."""
    return sorted(rows, key=lambda row: (-_STATES.index(str(row["state"])), -_likelihood(row), -_fraction(row)))


def _likelihood(row: Row) -> float:
    told = row["forecast"]
    chance = told.get("p_overrun") if isinstance(told, dict) else None
    return float(chance) if isinstance(chance, int | float) else 0.0


def _fraction(row: Row) -> float:
    found = row["fraction"]
    return float(found) if isinstance(found, int | float) else 0.0


def budget_name(row: Row) -> str:
    """The budget, and which of its scopes."""
    scope = row["scope"] if isinstance(row["scope"], dict) else {}
    parts = [clean(str(value), 60) or "(blank)" if value is not None else "(unattributed)" for value in scope.values()]
    return clean(str(row["name"]), 60) + (f": {' / '.join(parts)}" if parts else "")


def standing(row: Row) -> str:
    """ "$4,210.10 of $5,000 (84 %), firing: 80%" """
    unit, spent, whole = unit_of(row), _nano(row["spent"]), _nano(row["effective_amount"])
    levels = row["levels"] if isinstance(row["levels"], list) else []
    firing = [clean(str(one["level"]), 40) for one in levels if isinstance(one, dict) and one["state"] == "firing"]
    state = f", firing: {', '.join(firing)}" if firing else ""
    return f"{unit.ratio(spent, whole)} ({percent(spent, whole)}){state}"


def course(row: Row, now: datetime) -> str:
    """How it goes on: forecast, when it is used up, what is left and for how long; "" where nothing is known."""
    unit, told = unit_of(row), foretold(row)
    said = [f"forecast {told.band(unit)}"] if told else []
    if told and told.used_up and _nano(row["spent"]) < _nano(row["effective_amount"]):
        said.append(f"used up {told.used_up}")
    left, end = _nano(row["effective_amount"]) - _nano(row["spent"]), _end(row)
    if left < 0:
        said.append(f"{unit.show(-left)} over")
    elif end is not None and end > now:
        days = -(-(end - now) // _DAY)
        each = f", {unit.show(left // days)} a day for {days} days" if days > 1 else ""
        said.append(f"{unit.show(left)} left{each}")
    return "; ".join(said)


def gauge(row: Row, width: int = 10) -> str:
    """How full it is, as a bar; never quite full before it is."""
    spent, whole = _nano(row["spent"]), _nano(row["effective_amount"])
    filled = width if whole <= 0 or spent >= whole else max(0, spent) * width // whole
    return _FULL * filled + _EMPTY * (width - filled)


def grants(row: Row) -> list[str]:
    """What its amount was raised by, each in a line."""
    unit, told = unit_of(row), row.get("grants")
    lines = []
    for one in told if isinstance(told, list) else []:
        if isinstance(one, dict):
            until = f" until {str(one['until'])[:10]}" if not one.get("covered") else ", over; what it covered stays"
            by, why = clean(str(one["approved_by"]), 60), clean(str(one["reason"]), 120)
            lines.append(f"raised by {unit.show(_nano(one['add']))}{until} ({by}: {why})")
    return lines


def _nano(amount: Json) -> Nano:
    return nano(exact(amount))


def _end(row: Row) -> datetime | None:
    period = row["period"]
    return moment(period.get("end")) if isinstance(period, dict) else None
