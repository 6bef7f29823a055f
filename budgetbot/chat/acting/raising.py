"""What a raise or a planned window made in chat comes to: which budget, how much of what, who has to agree. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from budgetbot.chat.acting.access import same_person
from budgetbot.chat.who import Who
from budgetbot.core.allowance import Allowance
from budgetbot.core.instant import iso
from budgetbot.core.match import Match
from budgetbot.core.model import Alert
from budgetbot.core.money import NANO, product
from budgetbot.core.text import clean
from budgetbot.core.unit import Unit
from budgetbot.core.unusual import KINDS
from budgetbot.core.usage import COUNTED
from budgetbot.policy.policy import Policy
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.fields import Amount, AmountField
from budgetbot.rules.limit import Limit
from budgetbot.rules.usage_budget import CountField, UsageBudget

_MONEY: TypeAdapter[Amount] = TypeAdapter(AmountField)
_COUNT: TypeAdapter[int] = TypeAdapter(CountField)
_OF_LIMITS = frozenset({"budget", "usage_budget", "forecast"})
_OF_SPEND = _OF_LIMITS | KINDS


class Size(NamedTuple):
    """An amount as allowances keep it: nano-units of a currency, or whole counts of a metric, named in `currency`."""

    amount: int
    currency: str
    counts: bool = False

    def show(self) -> str:
        """ "$840.12", "8,400 images" """
        return Unit(self.currency, self.counts).show(self.amount * NANO if self.counts else self.amount)


def size_of(allowance: Allowance) -> Size:
    """How much one is of what."""
    return Size(allowance.amount, allowance.currency, allowance.currency in COUNTED)


def about(allowance: Allowance) -> str:
    """The rule, and of which of its scopes: "per-key (ci-nightly)"."""
    names = [clean(name or "unattributed", 60) for name in allowance.of.names.values()]
    return f"{clean(allowance.rule, 100)} ({', '.join(names)})" if names else clean(allowance.rule, 100)


def raisable(policy: Policy, alert: Alert) -> Limit | None:
    """The budget that a raise for the alert would raise; None where it is not about one that there is."""
    rule = _named(policy, alert.rule)
    return rule if isinstance(rule, Limit) and alert.kind in _OF_LIMITS else None


def plannable(policy: Policy, alert: Alert) -> Rule | None:
    """The rule whose spend can be planned; None where the alert is not about spend."""
    rule = _named(policy, alert.rule)
    return rule if isinstance(getattr(rule, "match", None), Match) and alert.kind in _OF_SPEND else None


def unit(policy: Policy, rule: Rule) -> Unit:
    """What a raise of the rule is measured in."""
    if isinstance(rule, UsageBudget):
        return Unit(rule.metric, counts=True)
    return money_unit(policy, rule)


def money_unit(policy: Policy, rule: Rule) -> Unit:
    """What planned spend of the rule is measured in: money, also where it counts something else."""
    own = rule.amount.currency if isinstance(rule, Budget) else None
    return Unit(own or policy.defaults.currency)


def read(text: str, of: Unit) -> Size:
    """The amount as written. Raises ValueError with what to write."""
    try:
        if of.counts:
            return Size(_COUNT.validate_python(text), of.name, counts=True)
        money = _MONEY.validate_python(text)
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None
    if (money.currency or of.name) != of.name:
        raise ValueError(f"this is counted in {of.name}; write the amount in that, such as 500 {of.name}")
    return Size(money.nano, of.name)


def needs_second(policy: Policy, who: Who, rule: str, size: Size, known: Iterable[Allowance], now: datetime) -> bool:
    """Whether somebody else has to agree. What the same person raised alone counts too: parts of a sum are the sum.

    What cannot be compared with the policy's amount, for want of a rate or because it is counted, needs one as well.
    """
    most = policy.access.second_person_above
    if most is None:
        return False
    alone = (
        Size(one.amount, one.currency)
        for one in known
        if one.kind == "grant" and one.rule == rule and one.standing == "granted" and one.decided_by is None
        if one.end > now and same_person(one.asked_by, who)
    )
    total = 0
    for part in (size, *alone):
        rate = None if size.counts else policy.fx.rate(part.currency, policy.defaults.currency, now.date())
        if rate is None:
            return True
        total += product(part.amount, rate)
    return total > most


def allowance_id(kind: str, alert: str, who: Who, size: Size, until: datetime, known: Iterable[Allowance]) -> str:
    """Twelve hex digits: who submits the same twice submits it once, unless the first was refused or has ended."""
    over = {one.id for one in known if one.standing == "refused" or one.ended_at is not None}
    turn, id = 0, ""
    while not id or id in over:
        identity = "\x1f".join((kind, alert, who.id, str(size.amount), size.currency, iso(until), str(turn)))
        id, turn = hashlib.sha256(identity.encode()).hexdigest()[:12], turn + 1
    return id


def _named(policy: Policy, name: str) -> Rule | None:
    return next((rule for rule in policy.rules if rule.name == name), None)
