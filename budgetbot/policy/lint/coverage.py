"""Spend that somebody would be told of, spend that nobody would, and spend that nobody owns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from budgetbot.core.model import Scope
from budgetbot.core.money import percent, show
from budgetbot.core.text import clean
from budgetbot.policy.lint.remark import Coverage, Remark, Share
from budgetbot.policy.lint.survey import Survey
from budgetbot.policy.policy import OWNER

_COVERING = frozenset({"budget", "anomaly", "burn_rate"})
_TOP = 5
_UNOWNED = 10


def coverage(survey: Survey) -> Coverage | None:
    """How much is covered; None where the ledger is empty."""
    if not survey.seen:
        return None
    span, complete = survey.compared
    covered = _covered(survey)
    total = sum(amount for _, amount in survey.spend(survey.seen, span))
    rest = tuple(_share(scope, amount) for scope, amount in survey.spend(survey.seen - covered, span))
    return Coverage(survey.policy.defaults.currency, span, complete, total, rest)


def _covered(survey: Survey) -> frozenset[int]:
    """The series of every scope of a rule that has an alert that reaches somebody."""
    found: set[int] = set()
    for rule in survey.rules:
        if rule.kind in _COVERING:
            members = survey.members(rule)
            for alert in survey.alerts(rule):
                if alert.kind != "policy" and survey.reaches.of(alert).awake:
                    found |= members.get(alert.scope.key, frozenset())
    return frozenset(found)


def _share(scope: Scope, amount: int) -> Share:
    (part,) = scope.parts
    return Share(part.name or part.id, part.id, amount)


def _project(share: Share) -> str:
    return "spend without a project" if share.id is None else f"project {clean(share.name or share.id, 60)}"


def _more(rest: Sequence[Share]) -> str:
    return f"{len(rest)} more project{'' if len(rest) == 1 else 's'}"


def check_coverage(survey: Survey, found: Coverage) -> Iterator[Remark]:
    """The dearest projects that no rule covers."""
    when = "last month" if found.last_month else "in the last 30 days"
    for share in found.uncovered[:_TOP]:
        amount = f"{show(share.amount, found.currency)} {when} ({percent(share.amount, found.total)})"
        words = f"{amount} is covered by no rule with a working route; add a budget that counts it"
        yield Remark("not-covered", "warning", "", _project(share), words)
    if rest := found.uncovered[_TOP:]:
        amount = show(sum(share.amount for share in rest), found.currency)
        words = f"{amount} {when} is covered by no rule with a working route"
        yield Remark("not-covered", "warning", "", _more(rest), words)


def check_owners(survey: Survey) -> Iterator[Remark]:
    """The dearest projects that have no owner, neither by label nor from the provider."""
    if not survey.seen:
        return
    history = survey.history
    directory, series = history.directory, history.series
    unowned = {
        i
        for i in survey.seen
        if series[i].project is not None
        and not directory.subject(series[i]).get(OWNER)
        and not directory.owner(series[i].source, "project", series[i].project)
    }
    span, complete = survey.compared
    currency = survey.policy.defaults.currency
    found = [_share(scope, amount) for scope, amount in survey.spend(unowned, span)]
    when = "last month" if complete else "in the last 30 days"
    for share in found[:_UNOWNED]:
        words = f"has no owner and spent {show(share.amount, currency)} {when}; set the label owner for it"
        yield Remark("no-owner", "warning", "", _project(share), words)
    if rest := found[_UNOWNED:]:
        amount = show(sum(share.amount for share in rest), currency)
        words = f"without an owner spent {amount} {when}"
        yield Remark("no-owner", "warning", "", _more(rest), words)
