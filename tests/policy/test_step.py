"""One step after the other, with real rules and a history made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import Alert, Watermark
from budgetbot.core.period import Span
from budgetbot.policy.policy import Defaults, Policy, Route
from budgetbot.policy.step import State, needed, step
from budgetbot.rules import Rule
from budgetbot.rules.budget import Budget
from budgetbot.rules.freshness import Freshness
from tests.standins.recorder import Recorder
from tests.standins.spend import Spend, fresh, history, usd, utc

HOUR = timedelta(hours=1)
EVERYBODY = Route(Match(), ("team",))


def budget(**fields: Any) -> Budget:
    level = {"at": "80%", "severity": "warning"}
    return Budget.model_validate({"name": "b", "amount": 1000, "period": "month", "thresholds": [level]} | fields)


@dataclass
class World:
    """What was spent, what is declared, what is recorded."""

    rules: tuple[Rule, ...] = field(default_factory=lambda: (budget(),))
    routes: tuple[Route, ...] = (EVERYBODY,)
    rows: list[Spend] = field(default_factory=list)
    marks: tuple[Watermark, ...] | None = None
    zone: str = "UTC"
    recorder: Recorder = field(default_factory=Recorder)

    @property
    def policy(self) -> Policy:
        return Policy(
            defaults=Defaults(ZoneInfo(self.zone)),
            rules=self.rules,
            routes=self.routes,
            where={"b": "budgets.yaml:3"},
            hash="h1",
        )

    def at(self, moment: str) -> list[str]:
        """The step of that moment: what is sent."""
        now = utc(moment)
        known = history(self.rows, [fresh(now)] if self.marks is None else self.marks)
        state = self.recorder.state(now - timedelta(days=5))
        outcome = step(self.policy, known, state, now)
        new = self.recorder.record(outcome.decision, outcome.seen)
        again = step(self.policy, known, self.recorder.state(now - timedelta(days=5)), now)
        assert (again.decision.alerts, again.decision.dropped, again.seen) == ((), (), outcome.seen)
        assert {n.key for n in again.decision.notifications} <= set(self.recorder.rows)
        return [
            f"{n.receiver}: {n.reason} {n.alert.rule} {n.alert.level}{' already' if n.alert.already else ''}"
            for n in new
            if n.alert is not None and n.status == "pending"
        ]

    def alerts(self) -> list[str]:
        alerts = sorted(self.recorder.alerts.values(), key=lambda a: (a.active_since, a.level))
        return [" ".join(filter(None, (a.period, a.level, a.state, a.reason))) for a in alerts]

    def only(self) -> Alert:
        (alert,) = self.recorder.alerts.values()
        return alert


def test_a_crossing_is_told_through_the_routes_with_the_place_of_its_rule() -> None:
    world = World(rows=[usd("2026-11-10", 700)])
    assert world.at("2026-11-10T12:00") == []
    world.rows.append(usd("2026-11-11", 100))

    assert world.at("2026-11-11T12:00") == ["team: first b 80%"]
    assert world.at("2026-11-11T12:05") == []
    (row,) = world.recorder.rows.values()
    assert row.rule is not None
    assert (row.rule.where, world.only().policy_hash) == ("budgets.yaml:3", "h1")


def test_what_a_new_rule_finds_passed_is_told_once_and_marked_so() -> None:
    world = World(rows=[usd("2026-11-10", 900)])

    assert world.at("2026-11-11T12:00") == ["team: first b 80% already"]
    assert world.at("2026-11-11T12:05") == []


def test_a_rule_is_known_from_its_first_step_on() -> None:
    world = World()
    world.at("2026-11-10T12:00")
    world.at("2026-11-11T12:00")

    assert world.recorder.seen["b"] == (budget().identity(ZoneInfo("UTC")), utc("2026-11-10T12:00"))


def test_a_rule_that_counts_something_else_starts_anew() -> None:
    world = World(rows=[usd("2026-11-10", 900)])
    world.at("2026-11-11T12:00")
    world.rules = (budget(match={"provider": "openai"}),)

    assert world.at("2026-11-11T12:05") == ["team: resolved b 80% already", "team: first b 80% already"]
    assert world.alerts() == ["2026-11 80% resolved rule_changed", "2026-11 80% firing"]
    assert world.at("2026-11-11T12:10") == []


def test_another_time_zone_starts_a_rule_anew() -> None:
    world = World(rows=[usd("2026-11-10", 900)])
    world.at("2026-11-11T12:00")
    world.zone = "America/New_York"

    world.at("2026-11-11T12:05")
    assert [a.start for a in world.recorder.alerts.values()] == [utc("2026-11-01"), utc("2026-11-01T04:00")]


def test_a_rule_that_is_taken_out_and_put_in_again_is_new() -> None:
    world = World(rows=[usd("2026-11-10", 900)])
    world.at("2026-11-11T12:00")
    world.rules = ()
    assert world.at("2026-11-11T12:05") == ["team: resolved b 80% already"]
    assert world.recorder.seen == {}
    world.rules = (budget(),)

    assert world.at("2026-11-11T12:10") == ["team: first b 80% already"]
    assert world.alerts() == ["2026-11 80% resolved rule_removed", "2026-11 80% firing"]


def test_late_data_is_judged_by_a_rule_that_was_there_in_its_time() -> None:
    world = World(rows=[usd("2026-10-31", 700)])
    world.at("2026-10-31T12:00")
    world.rows.append(usd("2026-10-31", 150))

    assert world.at("2026-11-02T12:00") == ["team: first b 80%"]
    assert world.alerts() == ["2026-10 80% resolved period_ended"]
    assert world.at("2026-11-03T12:00") == []


def test_a_new_rule_says_nothing_of_periods_that_are_over() -> None:
    world = World(rows=[usd("2026-10-31", 850)])

    assert world.at("2026-11-02T12:00") == []
    assert world.at("2026-11-03T12:00") == []


def test_a_lowered_amount_does_not_judge_the_period_that_is_over() -> None:
    world = World(rows=[usd("2026-10-31", 700)])
    world.at("2026-10-31T12:00")
    world.rules = (budget(amount=500),)

    assert world.at("2026-11-02T12:00") == []
    assert world.at("2026-11-03T12:00") == []


def test_a_new_level_does_not_judge_the_period_that_is_over() -> None:
    world = World(rows=[usd("2026-10-31", 700)])
    world.at("2026-10-31T12:00")
    world.rules = (budget(thresholds=[{"at": level, "severity": "info"} for level in ("50%", "80%")]),)

    assert world.at("2026-11-02T12:00") == []


def test_a_changed_amount_keeps_the_rule_and_judges_the_current_period_at_once() -> None:
    world = World(rows=[usd("2026-11-10", 700)])
    assert world.at("2026-11-10T12:00") == []
    world.rules = (budget(amount=800),)

    assert world.at("2026-11-10T12:05") == ["team: first b 80%"]
    assert not world.only().already


def test_other_words_about_a_rule_leave_closed_periods_judged() -> None:
    world = World(rows=[usd("2026-10-31", 700)])
    world.at("2026-10-31T12:00")
    world.rules = (budget(description="all of it", notify=["finance"]),)
    world.rows.append(usd("2026-10-31", 150))

    assert world.at("2026-11-02T12:00") == ["team: first b 80%", "finance: first b 80%"]


def test_data_that_is_older_than_six_hours_ends_nothing() -> None:
    world = World(rows=[usd("2026-11-10", 900)])
    world.at("2026-11-10T12:00")
    world.rows = []
    world.marks = (fresh(utc("2026-11-10T12:00")),)

    assert world.at("2026-11-10T18:01") == []
    assert world.only().state == "firing"
    world.marks = None
    assert world.at("2026-11-10T18:05") == ["team: resolved b 80% already"]


def test_a_source_that_was_never_read_whole_ends_nothing() -> None:
    world = World(rows=[usd("2026-11-10", 900)])
    world.at("2026-11-10T12:00")
    world.rows = []
    world.marks = (Watermark("openai", "costs", utc("2026-11-10")),)

    assert world.at("2026-11-10T12:05") == []


def test_a_quiet_source_alerts_beside_a_budget_that_stays_as_it_is() -> None:
    quiet = Freshness.model_validate({"name": "quiet", "stale_after": "6h"})
    world = World(rules=(budget(), quiet), rows=[usd("2026-11-10", 900)])
    assert world.at("2026-11-10T12:00") == ["team: first b 80% already"]
    world.marks = (fresh(utc("2026-11-10T12:00")),)

    assert world.at("2026-11-10T18:00") == ["team: first quiet 6h"]
    assert world.at("2026-11-11T18:00") == []
    world.marks = None
    assert world.at("2026-11-11T18:05") == ["team: resolved quiet 6h"]


def test_routes_see_what_a_budget_counts() -> None:
    by_project = Route(Match((("project", Patterns(("p1",))),)), ("owners",))
    world = World(rules=(budget(each=["project"], amount=100),), routes=(by_project, EVERYBODY))
    world.rows = [usd("2026-11-10", 90, "p1"), usd("2026-11-10", 90, "p2")]

    assert sorted(world.at("2026-11-10T12:00")) == ["owners: first b 80% already", "team: first b 80% already"]


def test_rules_do_not_touch_each_other() -> None:
    other = budget(name="c", period="day", amount=10)
    world = World(rules=(budget(), other), rows=[usd("2026-11-10", 9)])

    assert world.at("2026-11-10T12:00") == ["team: first c 80% already"]
    world.rows.append(usd("2026-11-10", 900))
    assert world.at("2026-11-10T13:00") == ["team: first b 80%"]
    assert world.at("2026-11-11T00:00") == ["team: expired c 80% already"]


def test_the_history_that_is_needed_holds_what_every_rule_looks_at() -> None:
    quiet = Freshness.model_validate({"name": "quiet", "stale_after": "6h"})
    now = utc("2026-11-20T09:00")

    assert needed(Policy(), now) == Span(now, now)
    assert needed(Policy(rules=(quiet, budget(period="quarter"))), now) == Span(utc("2026-10-01"), utc("2027-01-01"))


def test_the_same_state_gives_the_same_outcome() -> None:
    policy, known = World().policy, history([usd("2026-11-10", 900)], [fresh(utc("2026-11-11"))])
    now: datetime = utc("2026-11-11")

    assert step(policy, known, State(), now) == step(policy, known, State(), now)
