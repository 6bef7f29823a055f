"""What people allow in chat for a time: raises, with a second person where the policy wants one, and planned spend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from budgetbot.chat.acting.access import same_person, why_not
from budgetbot.chat.acting.alert_desk import AlertDesk, Word, opaque
from budgetbot.chat.acting.grant_lines import yaml_lines
from budgetbot.chat.acting.raising import Size, about, allowance_id, needs_second, plannable, raisable, size_of
from budgetbot.chat.acting.usual import answered
from budgetbot.chat.who import Who
from budgetbot.core.allowance import Allowance
from budgetbot.core.model import Alert
from budgetbot.core.text import utc
from budgetbot.core.unusual import KINDS
from budgetbot.errors import UsageError
from budgetbot.rules import Rule
from budgetbot.rules.limit import Limit

_NO_BUDGET = "This alert is not about a budget that the policy has, so there is nothing to raise."
_NO_SPEND = "This alert is not about spend of a rule that the policy has, so there is nothing to plan."


class Lending:
    """Like the desk's, every deed is kept before it returns, and done twice is done once. All raise UsageError."""

    def __init__(self, desk: AlertDesk) -> None:
        self._desk = desk
        self._kept = desk.store.allowances

    def budget(self, alert: Alert) -> Limit:
        """What a raise would raise."""
        rule = raisable(self._desk.policy(), alert)
        if rule is None:
            raise UsageError(_NO_BUDGET)
        return rule

    def rule(self, alert: Alert) -> Rule:
        """Whose spend would be planned."""
        rule = plannable(self._desk.policy(), alert)
        if rule is None:
            raise UsageError(_NO_SPEND)
        return rule

    def running(self, rule: str) -> list[Allowance]:
        """Those of a rule that hold, or wait for a second person."""
        now = self._desk.clock()
        found = [one for one in self._kept.all() if one.rule == rule and one.standing != "refused"]
        return [one for one in found if one.ended_at is None and now < one.until]

    def lift(self, id: str, size: Size, until: datetime, reason: str, who: Who) -> Word:
        """Raise the budget of an alert for a time, or ask a second person to agree to that."""
        self._desk.permit("raise", who)
        alert = self._desk.open_alert(id)
        self.budget(alert)
        with self._desk.one_at_a_time:
            known, now = self._kept.all(), self._desk.clock()
            one = self._new("grant", alert, size, until, reason, who, known, now)
            if needs_second(self._desk.policy(), who, alert.rule, size, known, now):
                one = replace(one, standing="asked")
            return self._ask(one, known, now)

    def plan(self, id: str, size: Size, until: datetime, reason: str, who: Who) -> Word:
        """From now on until then, so much of what the alert is about is planned; who says so looks after the alert."""
        self._desk.permit("acknowledge", who)
        alert = self._desk.open_alert(id)
        self.rule(alert)
        with self._desk.one_at_a_time:
            known, now = self._kept.all(), self._desk.clock()
            self._desk.store.alerts.acknowledge(alert.id, who.by, now)
            return self._ask(self._new("planned", alert, size, until, reason, who, known, now), known, now)

    def usual(self, id: str, who: Who) -> Word:
        """Not an anomaly: what was spent since it began teaches nothing about what is usual, and the alert is over."""
        self._desk.permit("acknowledge", who)
        alert = self._desk.open_alert(id)
        self.rule(alert)
        if alert.kind not in KINDS:
            raise UsageError("This alert compares spend with a limit, not with what is usual.")
        with self._desk.one_at_a_time:
            known, now = self._kept.all(), self._desk.clock()
            one = answered(alert, self._desk.policy().defaults.currency, who.by, now)
            word = self._ask(one, known, now)
            self._desk.store.alerts.resolve(alert.id, who.by, now)
            return Word("It is over, and left out of what is usual.", word.changed)

    def _new(
        self,
        kind: Literal["grant", "planned"],
        alert: Alert,
        size: Size,
        until: datetime,
        reason: str,
        who: Who,
        known: Sequence[Allowance],
        now: datetime,
    ) -> Allowance:
        """Of the alert's own scope; from the whole second on, as a policy writes it."""
        id, since = allowance_id(kind, alert.id, who, size, until, known), now.replace(microsecond=0)
        what = id, kind, alert.rule, alert.scope, *size[:2], since, until, reason, who.by, now
        return Allowance(*what, alert_id=alert.id)

    def _ask(self, one: Allowance, known: Sequence[Allowance], now: datetime) -> Word:
        kept = self._kept.ask(one, now)
        again = kept != one or one.id in {other.id for other in known}
        return Word(_said(kept, already=again), not again, _lines(kept))

    def decide(self, id: str, who: Who, *, grant: bool) -> Word:
        """What a second person says to a raise."""
        self._desk.permit("raise", who)
        one = self._known(id)
        if one.standing != "asked":
            return Word(_decided(one, who), lines=_lines(one))
        if same_person(one.asked_by, who):
            raise UsageError("You asked for it yourself; a second person has to decide on it.")
        if one.ended_at is not None:
            raise UsageError("It has been withdrawn.")
        if grant and all(rule.name != one.rule for rule in self._desk.policy().rules):
            raise UsageError(f"The policy has no budget {one.rule} any more.")
        after = self._kept.decide(one.id, who.by, self._desk.clock(), grant=grant)
        return Word(_said(after) if grant else "You have refused it.", True, _lines(after))

    def end(self, id: str, who: Who) -> Word:
        """Over before its time, or withdrawn before anybody decided: by who asked or decided, or may raise."""
        one, now = self._known(id), self._desk.clock()
        theirs = list(dict.fromkeys(by for by in (one.asked_by, one.decided_by) if by))
        mine = any(same_person(by, who) for by in theirs)
        if not mine and why_not(self._desk.policy(), "raise", who, self._desk.members):
            raise UsageError(f"Only {', '.join(theirs)} and those who may raise budgets can end this.")
        if one.standing == "refused":
            return Word(_decided(one, who))
        if one.end <= now or one.ended_at is not None:
            return Word(f"It is over already: since {utc(one.end)}.")
        self._kept.end(one.id, who.by, now)
        return Word("It is over now." if one.standing == "granted" else "It is withdrawn.", changed=True)

    def _known(self, id: str) -> Allowance:
        try:
            return self._kept.get(opaque(id))
        except UsageError:
            raise UsageError("This is not known here any more.") from None


def _said(one: Allowance, *, already: bool = False) -> str:
    of, much, until = about(one), size_of(one).show(), utc(one.end)
    again = " already" if already else ""
    if one.kind == "planned":
        return f"Up to {much} of {of} is planned{again}, until {until}. Levels of what was spent are told as ever."
    if one.standing == "asked":
        return f"{much} more for {of} until {until} is asked for{again}; a second person has to approve it."
    return f"{of} is raised{again} by {much} until {until}."


def _decided(one: Allowance, who: Who) -> str:
    by = one.by
    return f"{'You have' if same_person(by, who) else f'{by} has'} decided on it already: {one.standing}."


def _lines(one: Allowance) -> str:
    return yaml_lines(one) if one.standing == "granted" else ""
