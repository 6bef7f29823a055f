"""Evaluations and looks at the escalations, each of which may break off anywhere; after each, all must hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from budgetbot.core.decide import Decision
from budgetbot.core.model import Alert, Watermark
from budgetbot.core.money import NANO
from budgetbot.core.notification import Reason
from budgetbot.policy.step import Seen, climb, step
from budgetbot.rules.rule import GRACE
from tests.core.engine.climbs import Climbs
from tests.core.engine.hearing import check_that_everybody_heard, check_what_was_said
from tests.core.engine.memory import PERILS, Memory, Peril
from tests.core.engine.moment import OVER, Moment, about
from tests.core.engine.plan import LEVELS
from tests.core.engine.world import PROJECTS, World
from tests.standins.recorder import Crash
from tests.standins.spend import fresh, history, utc


class Engine(World):
    """The world, evaluated step by step."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.climbs = Climbs()

    @rule(project=PROJECTS, dollars=st.integers(-300, 500), peril=PERILS)
    def spend_and_evaluate(self, project: str | None, dollars: int, peril: Peril | None) -> None:
        self.spend(project, dollars, 0)
        self.evaluate(peril)

    @rule(dollars=st.sampled_from([60, 90, 150]), peril=PERILS)
    def everybody_spends_and_it_is_noticed(self, dollars: int, peril: Peril | None) -> None:
        self.everybody_spends(dollars)
        self.evaluate(None)
        self.wait_and_evaluate(10, peril)

    @rule(minutes=st.sampled_from([1, 10, 60, 300, 24 * 60]), peril=PERILS)
    def wait_and_evaluate(self, minutes: int, peril: Peril | None) -> None:
        self.now += timedelta(minutes=minutes)
        self.evaluate(peril)

    @rule(minutes=st.sampled_from([1, 5, 15, 15, 45, 24 * 60]), peril=PERILS)
    def wait_and_escalate(self, minutes: int, peril: Peril | None) -> None:
        self.now += timedelta(minutes=minutes)
        moment = self.turn(lambda: (climb(self.policy, self.memory.climbing(), self.now), None), peril)
        assert {n.reason for n in moment.new} <= {Reason.ESCALATED}
        assert {a.id: a.state for a in moment.after.values()} == {a.id: a.state for a in moment.before.values()}

    @rule(peril=PERILS)
    def evaluate(self, peril: Peril | None) -> None:
        moment = self.turn(self.step, peril)
        check_that_everybody_heard(moment)
        self.check_that_missing_data_moved_nothing(moment)
        self.check_that_closed_periods_are_closed(moment)
        self.check_that_episodes_are_counted(moment)
        self.check_that_the_month_is_right(moment)
        self.touched = False

    def go_on(self, minutes: int) -> None:
        """Evaluate now, and once more so much later."""
        self.evaluate(None)
        self.wait_and_evaluate(minutes, None)

    def step(self) -> tuple[Decision, Seen]:
        """What an evaluation decides now."""
        rows = [] if self.lost else self.rows
        mark = Watermark("openai", "costs", utc("2026-01-01"), self.pulled_at, self.pulled_at)
        known = history(rows, [fresh(self.now) if self.pulled_at is None else mark])
        outcome = step(self.policy, known, self.memory.state(self.now - GRACE), self.now)
        return outcome.decision, outcome.seen

    def turn(self, decide: Callable[[], tuple[Decision, Seen | None]], peril: Peril | None) -> Moment:
        """Decide and keep, through a crash if need be: it leaves all of a decision or nothing behind."""
        before, earlier = dict(self.memory.alerts), dict(self.memory.rows)
        decision, seen = decide()
        if peril is not None:
            try:
                self.memory.keep(decision, seen, self.now, peril)
            except Crash:
                self.memory.revive()
                if (self.memory.alerts, self.memory.rows) == (before, earlier):
                    assert decide() == (decision, seen)
        self.memory.keep(*(decide() if peril else (decision, seen)), self.now)
        alerts, rows = dict(self.memory.alerts), dict(self.memory.rows)
        assert rows.keys() - earlier.keys() == {n.key for n in decision.notifications} - earlier.keys()
        assert alerts == after(before, decision)
        again, seen_again = decide()
        assert (again.alerts, again.dropped, seen_again) == ((), (), seen)
        assert {n.key for n in again.notifications} <= set(rows)
        new = [rows[n.key] for n in decision.notifications if n.key not in earlier]
        moment = Moment(self.now, self.policy, before, alerts, tuple(earlier.values()), tuple(new), self.wishes)
        self.climbs.check(moment)
        check_what_was_said(moment)
        return moment

    def check_that_missing_data_moved_nothing(self, moment: Moment) -> None:
        if self.pulled_at is None or self.touched:
            return
        for id, alert in moment.before.items():
            if alert.state != "resolved" and (alert.end is None or self.now < alert.end):
                assert moment.after[id].state == alert.state or (alert.state == "pending" and not self.lost)
        if self.lost:
            assert {a.rule for id, a in moment.after.items() if id not in moment.before} <= {"quiet"}

    def check_that_closed_periods_are_closed(self, moment: Moment) -> None:
        for alert in moment.after.values():
            assert alert.state == "resolved" or alert.end is None or self.now < alert.end
        for n in moment.new:
            alert = about(n)
            if alert.end is not None and self.now >= alert.end:
                assert n.reason in OVER or (n.reason is Reason.FIRST and alert.late and n.seq == 0)
            assert not (alert.late and n.reason in OVER)

    def check_that_episodes_are_counted(self, moment: Moment) -> None:
        found: dict[tuple[str, str, str, str], list[Alert]] = defaultdict(list)
        for alert in sorted(moment.after.values(), key=lambda a: (a.active_since, a.episode)):
            found[alert.rule, alert.scope.key, alert.period, alert.level].append(alert)
        for alerts in found.values():
            assert [a.episode for a in alerts] == list(range(1, len(alerts) + 1))
            assert len([a for a in alerts if a.state != "resolved"]) <= 1

    def check_that_the_month_is_right(self, moment: Moment) -> None:
        """An independent sum against the states of the budget that has no waiting time."""
        if self.pulled_at is not None or "month" in self.removed:
            return
        key = f"{self.now:%Y-%m}"
        spent = sum(row.billed for row in self.rows if f"{row.start:%Y-%m}" == key)
        amount = self.amounts["month"] * NANO
        mine = [a for a in moment.after.values() if (a.rule, a.period) == ("month", key)]
        for level in LEVELS:
            alerts = [a for a in mine if a.level == f"{level}%"]
            firing = [a for a in alerts if a.state == "firing"]
            if spent * 100 >= amount * level:
                assert firing or any(a.reason == "manual" for a in alerts)
            elif spent * 100 < amount * (level - 2):
                assert not firing


def after(alerts: dict[str, Alert], decision: Decision) -> dict[str, Alert]:
    """The alerts when a decision is kept."""
    kept = {id: alert for id, alert in alerts.items() if id not in decision.dropped}
    return kept | {alert.id: alert for alert in decision.alerts}
