"""What changes around the rules, moment by moment: sources that go quiet, silences, hours of the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from budgetbot.core.history import Facts, History
from budgetbot.core.model import Watermark
from budgetbot.policy.movement import Movement
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import Context

_Says = tuple[bool, bool]
_ANY = Freshness(name="any", stale_after=timedelta(hours=1))
_NOTHING: _Says = (False, True)  # not active, and surely over


@dataclass
class Surroundings:
    """`turns`: the moments, by number, at which alerts that are open may have to be told anew, or may be over.
    `freshness`: when each of the rules that look at sources alone has something new to say."""

    turns: set[int] = field(default_factory=set)
    freshness: dict[str, Movement] = field(default_factory=dict)


def surroundings(
    policy: Policy, marks: Callable[[datetime], Sequence[Watermark]], moments: Sequence[datetime]
) -> Surroundings:
    """All of it, for moments in a row."""
    rules = [rule for rule in policy.rules if isinstance(rule, Freshness)]
    found = Surroundings(freshness={rule.name: Movement() for rule in rules})
    if not (moments and marks(moments[0])) and not policy.silences and not policy.windows:
        return found  # no report was ever read
    said: dict[str, dict[str, _Says]] = {rule.name: {} for rule in rules}
    before: object = None
    for number, now in enumerate(moments):
        asked = _context(policy, marks(now), now)
        around = _around(policy, asked, now)
        if around != before:
            found.turns.add(number)
        before = around
        for rule in rules:
            says = {one.scope.key: (one.active, one.clear) for one in rule.evaluate(asked, now)}
            for scope in says.keys() | said[rule.name].keys():
                if says.get(scope, _NOTHING) != said[rule.name].get(scope, _NOTHING):
                    found.freshness[rule.name].crossed[number].add(scope)
            said[rule.name] = says
    return found


def _context(policy: Policy, marks: Sequence[Watermark], now: datetime) -> Context:
    """What a rule may look at that has no use for spend."""
    return context(policy, _ANY, History((), (), Facts(), marks), State(), now)


def _around(policy: Policy, asked: Context, now: datetime) -> object:
    """Whether what is over can be seen to be over, what is silenced, and which hours of the week it is."""
    silences = tuple(one.since <= now < one.until for one in policy.silences)
    return bool(asked.stale), silences, tuple(window.holds(now) for window in policy.windows.values())
