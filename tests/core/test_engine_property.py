"""Random spend, waits, limits, outages, people and crashes: what must hold whatever happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Alert, Watermark
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.route import route
from budgetbot.policy.step import Outcome, step
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.rule import GRACE
from tests.standins.recorder import Crash, Recorder
from tests.standins.spend import Spend, fresh, history, series, utc

LEVELS = {50: "info", 80: "warning", 100: "critical"}
FIRED = {Reason.FIRST, Reason.WORSE, Reason.REPEAT}
OVER = {Reason.RESOLVED, Reason.EXPIRED}
ROUTES = (
    Route(Match((("severity", Patterns(("critical",))),)), ("pager",), continues=True),
    Route(Match((("severity", Patterns(("warning", "critical"))),)), ("finance",), continues=True),
    Route(Match(), ("team",)),
)
PROJECTS = st.sampled_from(["p1", "p2", None])
QUIET = Freshness.model_validate({"name": "quiet", "stale_after": "6h", "repeat": "4h"})


def budget(name: str, amount: int, period: Any, **fields: Any) -> Budget:
    thresholds = [{"at": f"{level}%", "severity": severity} for level, severity in LEVELS.items()]
    return Budget.model_validate({"name": name, "amount": amount, "period": period, "thresholds": thresholds} | fields)


class Engine(RuleBasedStateMachine):
    """Three budgets and a watched source, evaluated step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.now = utc("2026-11-20T09:00")
        self.rows: list[Spend] = []
        self.pulled_at: datetime | None = None
        self.lost = False
        self.amounts = {"month": 1000, "day": 100, "rolling": 300}
        self.each = False
        self.removed: set[str] = set()
        self.recorder = Recorder()
        self.touched = True

    @property
    def declared(self) -> tuple[Rule, ...]:
        each = ["project"] if self.each else []
        rules: list[Rule] = [
            budget("month", self.amounts["month"], "month"),
            budget("day", self.amounts["day"], "day", each=each, **{"for": "10m", "repeat": "4h"}),
            budget("rolling", self.amounts["rolling"], {"rolling": "7d"}, repeat="4h"),
            QUIET,
        ]
        return tuple(rule for rule in rules if rule.name not in self.removed)

    @property
    def policy(self) -> Policy:
        return Policy(rules=self.declared, routes=ROUTES)

    @initialize(amount=st.integers(0, 900))
    def begin(self, amount: int) -> None:
        self.rows.append(Spend(series("p1"), utc("2026-11-18"), amount * NANO))

    @rule(project=PROJECTS, dollars=st.integers(-300, 500), back=st.sampled_from([0, 0, 0, 1, 3, 20]))
    def spend(self, project: str | None, dollars: int, back: int) -> None:
        day = self.now.replace(hour=0, minute=0) - timedelta(days=back)
        self.rows.append(Spend(series(project), day, dollars * NANO))

    @rule(minutes=st.sampled_from([1, 10, 60, 300, 24 * 60, 24 * 60, 9 * 24 * 60, 33 * 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(name=st.sampled_from(["month", "day", "rolling"]), factor=st.sampled_from([50, 90, 110, 200]))
    def change_limit(self, name: str, factor: int) -> None:
        self.amounts[name] = max(10, self.amounts[name] * factor // 100)
        self.touched = True

    @rule()
    def change_rule(self) -> None:
        self.each = not self.each
        self.touched = True

    @rule(name=st.sampled_from(["month", "day", "rolling", "quiet"]))
    def remove_rule_or_put_it_back(self, name: str) -> None:
        self.removed ^= {name}
        self.touched = True

    @rule(project=PROJECTS, dollars=st.integers(-300, 500))
    def spend_and_evaluate(self, project: str | None, dollars: int) -> None:
        self.spend(project, dollars, 0)
        self.evaluate(False)

    @rule(minutes=st.sampled_from([1, 10, 60, 300, 24 * 60]))
    def wait_and_evaluate(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.evaluate(False)

    @rule(lost=st.booleans())
    def source_breaks(self, lost: bool) -> None:
        self.pulled_at, self.lost = self.now - timedelta(hours=7), lost

    @rule()
    def source_comes_back(self) -> None:
        self.pulled_at, self.lost = None, False

    @precondition(lambda self: any(a.state == "firing" for a in self.recorder.alerts.values()))
    @rule(data=st.data(), what=st.sampled_from(["acknowledge", "snooze", "resolve"]))
    def somebody_acts(self, data: st.DataObject, what: str) -> None:
        alert = data.draw(st.sampled_from([a for a in self.recorder.alerts.values() if a.state == "firing"]))
        if what == "acknowledge":
            self.recorder.change(alert, acknowledged_by="U1", acknowledged_at=self.now)
        elif what == "snooze":
            self.recorder.change(alert, snoozed_until=self.now + timedelta(hours=5))
        else:
            self.recorder.change(alert, state="resolved", reason="manual", resolved_at=self.now)
            self.wait_and_evaluate(10)  # its end is told as long as it is remembered, five days

    @rule(crash=st.booleans())
    def evaluate(self, crash: bool) -> None:
        before = dict(self.recorder.alerts)
        outcome = self.step()
        if crash:
            kept = (dict(self.recorder.alerts), dict(self.recorder.rows))
            try:
                self.recorder.record(outcome.decision, outcome.seen, crash=True)
            except Crash:
                assert (self.recorder.alerts, self.recorder.rows) == kept
            assert self.step() == outcome
        new = self.recorder.record(outcome.decision, outcome.seen)

        self.check_that_deciding_again_adds_nothing(outcome)
        self.check_that_missing_data_moved_nothing(before)
        self.check_that_nobody_hears_two_things_of_one_incident(new)
        self.check_that_closed_periods_are_closed(new)
        self.check_that_everybody_heard(before)
        self.check_that_the_month_is_right()
        self.touched = False

    def step(self) -> Outcome:
        rows = [] if self.lost else self.rows
        mark = Watermark("openai", "costs", utc("2026-01-01"), self.pulled_at, self.pulled_at)
        known = history(rows, [fresh(self.now) if self.pulled_at is None else mark])
        return step(self.policy, known, self.recorder.state(self.now - GRACE), self.now)

    def check_that_deciding_again_adds_nothing(self, outcome: Outcome) -> None:
        keys = [n.key for n in outcome.decision.notifications]
        assert len(keys) == len(set(keys))
        again = self.step()
        assert (again.decision.alerts, again.decision.dropped, again.seen) == ((), (), outcome.seen)
        assert {n.key for n in again.decision.notifications} <= set(self.recorder.rows)

    def check_that_missing_data_moved_nothing(self, before: dict[str, Alert]) -> None:
        if self.pulled_at is None or self.touched:
            return
        for id, alert in before.items():
            if alert.state != "resolved" and (alert.end is None or self.now < alert.end):
                assert self.recorder.alerts[id].state != "resolved"

    def check_that_nobody_hears_two_things_of_one_incident(self, new: list[Notification]) -> None:
        for reasons in (FIRED, OVER):
            heard = [(n.receiver, n.thread) for n in new if n.status == "pending" and n.reason in reasons]
            assert len(heard) == len(set(heard))

    def check_that_closed_periods_are_closed(self, new: list[Notification]) -> None:
        for alert in self.recorder.alerts.values():
            assert alert.state == "resolved" or alert.end is None or self.now < alert.end
        for n in new:
            assert n.alert is not None
            if n.alert.end is not None and self.now >= n.alert.end:
                assert n.reason in OVER or (n.reason is Reason.FIRST and n.alert.late and n.seq == 0)
            assert not (n.alert.late and n.reason in OVER)

    def check_that_everybody_heard(self, before: dict[str, Alert]) -> None:
        rows = self.rows_by_alert()
        for alert in self.recorder.alerts.values():
            told = rows.get(alert.id, [])
            heard = {n.receiver for n in told if n.reason in FIRED}
            sent = {n.receiver for n in told if n.reason in FIRED and n.status in ("pending", "grouped")}
            over = [n.receiver for n in told if n.reason in OVER]
            snoozed = alert.snoozed_until is not None and alert.snoozed_until > self.now
            new_and_late = alert.late and alert.id not in before
            if new_and_late or (alert.state == "firing" and not snoozed):
                assert set(route(ROUTES, {}, alert, self.now).to) <= heard
            if alert.state == "resolved" and not alert.late and alert.rule not in self.removed:
                assert set(over) == sent
            assert set(over) <= sent
            assert len(over) == len(set(over))
            if alert.state == "firing":
                assert over == []

    def check_that_the_month_is_right(self) -> None:
        """An independent sum against the states of the budget that has no waiting time."""
        if self.pulled_at is not None or "month" in self.removed:
            return
        key = f"{self.now:%Y-%m}"
        spent = sum(row.billed for row in self.rows if f"{row.start:%Y-%m}" == key)
        amount = self.amounts["month"] * NANO
        mine = [a for a in self.recorder.alerts.values() if (a.rule, a.period) == ("month", key)]
        for level in LEVELS:
            alerts = [a for a in mine if a.level == f"{level}%"]
            firing = [a for a in alerts if a.state == "firing"]
            assert len(firing) <= 1
            assert sorted(a.episode for a in alerts) == list(range(1, len(alerts) + 1))
            if spent * 100 >= amount * level:
                assert firing or any(a.reason == "manual" for a in alerts)
            elif spent * 100 < amount * (level - 2):
                assert not firing

    def rows_by_alert(self) -> dict[str, list[Notification]]:
        found: dict[str, list[Notification]] = {}
        for n in self.recorder.rows.values():
            assert n.alert is not None
            found.setdefault(n.alert.id, []).append(n)
        return found


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
