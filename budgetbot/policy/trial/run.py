"""One test from its start to its last expectation: the real step, evaluated again and again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from budgetbot.core.model import Alert
from budgetbot.core.money import nano
from budgetbot.core.notification import Notification
from budgetbot.policy.trial.deeds import EventEntry
from budgetbot.policy.trial.diff import Diff, Failure
from budgetbot.policy.trial.expected import AlertEntry, ExpectEntry, NotificationEntry
from budgetbot.policy.trial.happen import by_hand
from budgetbot.policy.trial.hint import alert_hint, message_hint
from budgetbot.policy.trial.shown import (
    alert_text,
    expected_alert_text,
    expected_message_text,
    message_text,
    scope_names,
    scope_text,
    unlike_alert,
    unlike_message,
)  # fmt: skip
from budgetbot.policy.trial.trial import Trial
from budgetbot.policy.trial.world import World
from budgetbot.rules.usage_budget import UsageBudget

_Act: TypeAlias = Callable[[], None]


def run(trial: Trial) -> list[Failure]:
    """Every expectation that is not met, in order; none where the test passes."""
    return _Run(trial).failures()


class _Run:
    """At one time rules are evaluated first, then people act, then it is looked at."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._world = World(trial)
        self._failures: list[Failure] = []
        self._heard = 0

    def failures(self) -> list[Failure]:
        for _, _, act in sorted(self._acts(), key=lambda one: one[:2]):
            act()
        return self._failures

    def _acts(self) -> list[tuple[datetime, int, _Act]]:
        trial = self._trial
        acts: list[tuple[datetime, int, _Act]] = [
            (now, 0, lambda now=now: self._world.evaluate(now))  # type: ignore[misc]
            for now in trial.evaluations()
        ]
        for i, event in enumerate(trial.entry.events):
            acts.append((trial.moment(event.at), 1, lambda i=i, event=event: self._act(i, event)))  # type: ignore[misc]
        for i, look in enumerate(trial.entry.expect):
            acts.append((trial.moment(look.when), 2, lambda i=i, look=look: self._look(i, look)))  # type: ignore[misc]
        return acts

    def _act(self, i: int, event: EventEntry) -> None:
        wrong = by_hand(self._world.recorder, event, self._trial.moment(event.at))
        if wrong:
            self._fail(("events", i), f"at {self._trial.shown(self._trial.moment(event.at))}: {wrong}")

    def _look(self, i: int, look: ExpectEntry) -> None:
        now = self._trial.moment(look.when)
        if look.alerts is not None:
            self._alerts(("expect", i, "alerts"), look.alerts, now)
        if look.spent is not None:
            for name, figure in look.spent.items():
                self._spent(("expect", i, "spent", name), name, figure, now)
        if look.notifications is not None:
            self._messages(("expect", i, "notifications"), look.notifications, now)

    def _alerts(self, way: tuple[str | int, ...], wanted: list[AlertEntry], now: datetime) -> None:
        known = self._world.recorder.alerts.values()
        opened = [a for a in known if a.state != "resolved" and self._trial.is_about(a.rule)]
        diff: Diff[AlertEntry, Alert] = Diff(
            unlike=lambda one, alert: unlike_alert(one, alert, now),
            expected_text=expected_alert_text,
            given_text=lambda alert: alert_text(alert, now),
            hint=lambda one: alert_hint(self._world, one, now),
        )
        lines = diff.lines(wanted, sorted(opened, key=lambda a: (a.rule, a.scope.key, a.rank)))
        if lines:
            self._fail(way, f"open alerts at {self._trial.shown(now)} are not as expected", lines)

    def _messages(self, way: tuple[str | int, ...], wanted: list[NotificationEntry], now: datetime) -> None:
        sent = self._world.sent()
        given, self._heard = sent[self._heard :], len(sent)
        trial = self._trial
        diff: Diff[NotificationEntry, Notification] = Diff(
            unlike=lambda one, told: unlike_message(one, trial.moment(one.at), told, trial.shown),
            expected_text=lambda one: expected_message_text(one, trial.shown(trial.moment(one.at))),
            given_text=lambda told: message_text(told, trial.shown),
            hint=lambda one: message_hint(self._world, one, trial.moment(one.at)),
        )
        lines = diff.lines(wanted, given)
        if lines:
            self._fail(way, f"messages until {trial.shown(now)} are not as expected", lines)

    def _spent(
        self, way: tuple[str | int, ...], name: str, figure: Decimal | dict[str, Decimal], now: datetime
    ) -> None:
        budget = self._world.budget(name)
        assert budget is not None  # noqa: S101
        statuses = self._world.statuses(budget)
        for scope, wanted in figure.items() if isinstance(figure, dict) else [("", figure)]:
            meant = [one for one in statuses if scope in scope_names(one.scope)]
            amount = wanted if isinstance(budget, UsageBudget) else nano(wanted)
            if [one.total.spent for one in meant] != [amount] and (meant or amount):
                got = [f"+ {budget.figure(s.total.spent)}{scope_text(s.scope.names)}" for s in (meant or statuses)]
                lines = (f"- {wanted}{f' {{{scope}}}' if scope else ''}", *(got or ["+ nothing"]))
                self._fail(way, f"what {name} counts at {self._trial.shown(now)} is not as expected", lines)

    def _fail(self, way: tuple[str | int, ...], headline: str, lines: tuple[str, ...] = ()) -> None:
        self._failures.append(Failure(self._trial.place(*way), headline, lines))
