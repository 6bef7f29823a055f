"""The world before anybody evaluates: spend, time, outages, changes of the policy, and what people do."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from budgetbot.core.model import Alert
from budgetbot.core.money import NANO
from budgetbot.core.silence import Silence
from budgetbot.policy.policy import Policy
from tests.core.engine.memory import DEEDS, PERILS, Deed, Memory, Peril, spoken_for
from tests.core.engine.moment import Wishes
from tests.core.engine.plan import BUDGETS, meeting, policy
from tests.standins.recorder import Crash
from tests.standins.spend import Spend, series, utc

SCOPES = ("p1", "p2", "p3", "p4", None)
PROJECTS = st.sampled_from(SCOPES)
WAITS = st.sampled_from([1, 5, 10, 15, 45, 60, 300, 24 * 60, 24 * 60, 9 * 24 * 60, 33 * 24 * 60])
SILENCED = st.sampled_from(
    [("rule", "day"), ("rule", "month"), ("severity", "critical"), ("severity", "info"), ("project", "p1")]
)


class World(RuleBasedStateMachine):
    """Three budgets and a watched source, and the memory of what was decided of them."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.memory = memory
        self.now = utc("2026-11-20T09:00")
        self.rows: list[Spend] = []
        self.pulled_at: datetime | None = None
        self.lost = False
        self.amounts = {"month": 1000, "day": 100, "rolling": 300}
        self.each = False
        self.removed: set[str] = set()
        self.wishes = Wishes()
        self.touched = True

    @property
    def policy(self) -> Policy:
        """As it is declared now."""
        silences = [
            Silence(meeting(name, value), since, until, "anna", "works")
            for name, value, since, until in self.wishes.silences
        ]
        return policy(self.amounts, each=self.each, removed=self.removed, silences=silences)

    @initialize(amount=st.integers(0, 900), each=st.booleans())
    def begin(self, amount: int, each: bool) -> None:
        self.rows.append(Spend(series("p1"), utc("2026-11-18"), amount * NANO))
        self.each = each

    @rule(project=PROJECTS, dollars=st.integers(-300, 500), back=st.sampled_from([0, 0, 0, 1, 3, 20]))
    def spend(self, project: str | None, dollars: int, back: int) -> None:
        day = self.now.replace(hour=0, minute=0) - timedelta(days=back)
        self.rows.append(Spend(series(project), day, dollars * NANO))

    @rule(dollars=st.sampled_from([-150, 60, 90, 150]))
    def everybody_spends(self, dollars: int) -> None:
        for project in SCOPES:
            self.spend(project, dollars, 0)

    @rule(minutes=WAITS)
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(name=st.sampled_from(BUDGETS), factor=st.sampled_from([50, 90, 110, 200]))
    def change_limit(self, name: str, factor: int) -> None:
        self.amounts[name] = max(10, self.amounts[name] * factor // 100)
        self.touched = True

    @rule()
    def change_rule(self) -> None:
        self.each = not self.each
        self.touched = True

    @rule(name=st.sampled_from([*BUDGETS, "quiet"]))
    def remove_rule_or_put_it_back(self, name: str) -> None:
        self.removed ^= {name}
        self.touched = True

    @rule(lost=st.booleans())
    def source_breaks(self, lost: bool) -> None:
        self.pulled_at, self.lost = self.now - timedelta(hours=7), lost

    @rule()
    def source_comes_back(self) -> None:
        self.pulled_at, self.lost = None, False

    @rule(what=SILENCED, begin=st.sampled_from([0, 0, 30]), minutes=st.sampled_from([10, 60, 24 * 60]))
    def somebody_wants_silence(self, what: tuple[str, str], begin: int, minutes: int) -> None:
        since = self.now + timedelta(minutes=begin)
        self.wishes.silences.append((*what, since, since + timedelta(minutes=minutes)))

    @precondition(lambda self: bool(self.wishes.silences))
    @rule()
    def silence_is_taken_back(self) -> None:
        self.wishes.silences.pop()

    @precondition(lambda self: bool(self.firing()))
    @rule(
        data=st.data(),
        deed=st.sampled_from(DEEDS),
        hours=st.sampled_from([1, 5]),
        only=st.booleans(),
        then=st.sampled_from([0, 15, 300, 24 * 60]),
        peril=PERILS,
    )
    def somebody_acts(
        self, data: st.DataObject, deed: Deed, hours: int, only: bool, then: int, peril: Peril | None
    ) -> None:
        chosen = data.draw(st.sampled_from(self.firing()))
        until, before = self.now + timedelta(hours=hours), dict(self.memory.alerts)
        others = set() if only else spoken_for(self.memory.rows.values(), chosen.id)
        if peril is not None:
            try:
                self.memory.act(deed, chosen.id, self.now, until, only=only, peril=peril)
            except Crash:
                assert self.memory.alerts == before
                self.memory.revive()
        if self.memory.alerts == before:
            self.memory.act(deed, chosen.id, self.now, until, only=only)
        for alert in [a for a in before.values() if a.id in {chosen.id, *others} and a.state != "resolved"]:
            self._wish(deed, alert, until)
        if then or deed == "resolve":  # the end of an alert is told as long as it is remembered, five days
            self.go_on(then)

    def _wish(self, deed: Deed, alert: Alert, until: datetime) -> None:
        if deed == "acknowledge":
            self.wishes.acknowledge(alert, self.now)
        elif deed == "unacknowledge" and self.wishes.attended(alert.id, self.now):
            self.wishes.looked_after[alert.id] = self.now
        elif deed == "snooze":
            self.wishes.snoozed[alert.id] = until

    def firing(self) -> list[Alert]:
        """What fires, the worst first."""
        found = [alert for alert in self.memory.alerts.values() if alert.state == "firing"]
        return sorted(found, key=lambda alert: (-alert.severity.rank, alert.active_since, alert.id))

    def go_on(self, minutes: int) -> None:
        """Evaluate now, and once more so much later."""
        raise NotImplementedError
