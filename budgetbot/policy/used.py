"""How full each budget is, for a metric: the fullest scopes only, of figures that an evaluation has at hand anyway."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from heapq import nlargest
from typing import NamedTuple

from budgetbot.core.history import History
from budgetbot.core.model import Scope
from budgetbot.core.text import clean
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.rules.limit import Limit
from budgetbot.rules.look import Look
from budgetbot.rules.turn import Turn, turns

MOST = 50  # scopes of one budget: a metric of every key would cost its reader more than it tells


class Used(NamedTuple):
    """One budget and scope in the current period; `ratio`: 1 = all of it. `scope`: "project=research", or ""."""

    budget: str
    scope: str
    ratio: float


def used(policy: Policy, history: History, state: State, now: datetime) -> list[Used]:
    """Every budget, the fullest scope first."""
    found: list[Used] = []
    for rule in policy.rules:
        if isinstance(rule, Limit):
            seen = context(policy, rule, history, state, now)
            known = rule.known(seen)
            if known is not None:
                look = Look(rule, seen, known, now)
                found += [one for turn in turns(look) if not turn.late for one in _fullest(look, turn)]
    return found


def _fullest(look: Look, turn: Turn) -> list[Used]:
    spent = [*turn.spent, *[0] * (len(look.scopes) - len(turn.spent))]
    first = nlargest(MOST, look.everybody, key=lambda i: spent[i] / (look.amount(i) or 1))
    names = {i: _named(look.scopes[i]) for i in first}
    twice = {name for name, times in Counter(names.values()).items() if times > 1}
    rows: list[Used] = []
    for i in first:
        whole = look.effective(turn, i).whole
        if whole:
            name = _identified(look.scopes[i]) if names[i] in twice else names[i]
            rows.append(Used(look.limit.name, name, spent[i] / whole))
    return rows


def _named(scope: Scope) -> str:
    """By names, as people know it."""
    return _text(scope.names)


def _identified(scope: Scope) -> str:
    """By ids, for those that share their names."""
    return _text(scope.ids)


def _text(values: dict[str, str | None]) -> str:
    return ", ".join(f"{name}={'unattributed' if v is None else clean(v)}" for name, v in values.items())
