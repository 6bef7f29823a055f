"""The budgets as somebody looks at them: each with its course, and whether all that it counts is theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from budgetbot.core.directory import Directory
from budgetbot.core.history import History
from budgetbot.core.match import Match, Subject
from budgetbot.core.model import Json, Series
from budgetbot.policy.budgets import budget_row, budget_statuses
from budgetbot.policy.policy import Policy
from budgetbot.policy.step import State, context
from budgetbot.policy.trend import Spent, trend
from budgetbot.rules.limit import Limit
from budgetbot.rules.status import BudgetStatus


@dataclass(frozen=True, slots=True)
class Tile:
    """`row`: of the JSON `budgets`, with its `trend` where there is one. `theirs`: all that it counts is of one owner
    or a team of theirs."""

    row: Mapping[str, Json]
    theirs: bool


@dataclass(frozen=True, slots=True)
class Owned:
    """What belongs to an owner: what the label `owner` says, and the teams of it."""

    owner: str
    teams: frozenset[str]

    def has(self, subject: Subject) -> bool:
        """Whether it is theirs."""
        if not self.owner:
            return False
        return _same(subject.get("owner", ()), self.owner) or not self.teams.isdisjoint(subject.get("team", ()))

    def means(self, match: Match) -> bool:
        """Whether a match asks for nothing but what is theirs, whatever there is."""
        fields = dict(match.fields)
        asked = [fields[name].wanted for name in ("owner", "team") if name in fields and fields[name].wanted]
        return any(all(self.has({"owner": (one,), "team": (one,)}) for one in values) for values in asked)


def owned(policy: Policy, directory: Directory, series: Iterable[Series], owner: str) -> Owned:
    """What is theirs by the labels of the policy; `owner` as the label says it, in any case."""
    own = Owned(owner.strip().casefold(), frozenset())
    declared = [dict(rule.labels) for rule in policy.labels]
    teams = [
        labels["team"] for labels in declared if "team" in labels and own.has({"owner": (labels.get("owner", ""),)})
    ]
    subjects = [directory.subject(one) for one in series]
    teams += [team for subject in subjects if own.has(subject) for team in subject.get("team", ())]
    return Owned(own.owner, frozenset(teams))


def board(policy: Policy, history: History, state: State, now: datetime, owner: str) -> list[Tile]:
    """Every budget and scope in the order of budget_rows; nothing is theirs where `owner` is empty."""
    own = owned(policy, history.directory, history.series, owner)
    return [
        tile
        for rule, statuses in budget_statuses(policy, history, state, now)
        if statuses
        for tile in _tiles(policy, rule, statuses, history, state, now, own)
    ]


def _tiles(
    policy: Policy,
    rule: Limit,
    statuses: Sequence[BudgetStatus],
    history: History,
    state: State,
    now: datetime,
    own: Owned,
) -> Iterable[Tile]:
    seen = context(policy, rule, history, state, now)
    known = rule.known(seen) or history
    group = known.group(rule.match, rule.each)
    spent = Spent(group, rule.unit(seen), seen.fx)
    for status in statuses:
        row = budget_row(rule, status, history, state.alerts, now)
        course = trend(rule, status.period.span, spent, seen.zone, now, status.index)
        members = group.members(status.index) if status.index >= 0 else []
        subjects = [known.directory.subject(known.series[i]) for i in members]
        theirs = all(map(own.has, subjects)) if subjects else own.means(rule.match)
        yield Tile({**row, "trend": course} if course else row, theirs)


def _same(values: Iterable[str], owner: str) -> bool:
    return any(value.casefold() == owner for value in values)
