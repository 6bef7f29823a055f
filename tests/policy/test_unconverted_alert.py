"""How the alert about a missing exchange rate comes and goes beside the levels of its budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from budgetbot.core.fx import NO_FX, Fx
from budgetbot.core.match import Match
from budgetbot.core.money import NANO
from budgetbot.policy.budgets import budget_rows
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.step import step
from tests.standins.budgets import budget, levels
from tests.standins.fx import USD_EUR
from tests.standins.recorder import Recorder
from tests.standins.spend import Spend, fresh, history, series, usd, utc


@dataclass
class World:
    """One budget in dollars, and a bill in euros beside it."""

    rule: dict[str, Any] = field(default_factory=dict)
    rows: list[Spend] = field(default_factory=list)
    fx: Fx = NO_FX
    recorder: Recorder = field(default_factory=Recorder)

    @property
    def policy(self) -> Policy:
        return Policy(rules=(budget(**self.rule),), routes=(Route(Match(), ("team",)),), fx=self.fx)

    def at(self, moment: str) -> list[str]:
        """The step of that moment: what is sent; a second step adds nothing."""
        now = utc(moment)
        known = history(self.rows, [fresh(now)])
        outcome = step(self.policy, known, self.recorder.state(now - timedelta(days=5)), now)
        new = self.recorder.record(outcome.decision, outcome.seen)
        again = step(self.policy, known, self.recorder.state(now - timedelta(days=5)), now)
        assert (again.decision.alerts, again.decision.dropped) == ((), ())
        assert {n.key for n in again.decision.notifications} <= set(self.recorder.rows)
        return [f"{n.reason} {n.alert.level}" for n in new if n.alert and n.status == "pending"]

    def states(self) -> dict[str, str]:
        alerts = self.recorder.alerts.values()
        return {a.level: f"{a.state}{' inhibited' if a.inhibited else ''}" for a in alerts}


def eur(day: str, euros: int) -> Spend:
    return Spend(series("p1"), utc(day), euros * NANO, currency="EUR")


def test_it_is_told_once_and_is_over_when_a_rate_is_declared() -> None:
    world = World(rows=[eur("2026-11-10", 5)])

    assert world.at("2026-11-10T09:00") == ["first unconverted EUR"]
    assert world.at("2026-11-11T09:00") == []
    world.fx = USD_EUR
    assert world.at("2026-11-12T09:00") == ["resolved unconverted EUR"]
    assert world.at("2026-11-13T09:00") == []


def test_it_neither_inhibits_a_level_of_its_budget_nor_is_inhibited() -> None:
    world = World({"thresholds": levels("80%", "100%")}, [eur("2026-11-10", 5), usd("2026-11-10", 1000)])

    assert sorted(world.at("2026-11-10T09:00")) == ["first 100%", "first unconverted EUR"]
    assert world.states() == {"80%": "firing inhibited", "100%": "firing", "unconverted EUR": "firing"}


def test_a_level_that_is_reached_later_is_no_worsening_of_it() -> None:
    for period in ("month", {"rolling": "7d"}):
        world = World({"period": period}, [eur("2026-11-10", 5)])

        assert world.at("2026-11-10T09:00") == ["first unconverted EUR"]
        world.rows.append(usd("2026-11-10", 900))
        assert world.at("2026-11-10T10:00") == ["first 80%"]


def test_it_outlasts_the_month_while_the_closed_one_is_watched() -> None:
    world = World(rows=[eur("2026-11-28", 5)])

    assert world.at("2026-11-29T09:00") == ["first unconverted EUR"]
    assert world.at("2026-12-01T09:00") == []
    assert world.at("2026-12-07T09:00") == ["resolved unconverted EUR"]


def test_another_currency_is_told_as_well() -> None:
    world = World(rows=[eur("2026-11-10", 5)])
    world.at("2026-11-10T09:00")

    world.rows.append(eur("2026-11-10", 5)._replace(currency="GBP"))

    assert world.at("2026-11-10T10:00") == ["first unconverted GBP"]


def test_a_rate_lets_a_level_be_reached_in_the_same_step() -> None:
    world = World(rows=[eur("2026-11-10", 450)])
    world.at("2026-11-10T09:00")

    world.fx = USD_EUR

    assert sorted(world.at("2026-11-10T10:00")) == ["first 80%", "resolved unconverted EUR"]


def test_the_row_of_the_budget_says_what_it_does_not_count_and_its_state_is_that_of_its_levels() -> None:
    world = World(rows=[eur("2026-11-10", 5), usd("2026-11-10", 10)])
    now = utc("2026-11-10T09:00")
    world.at("2026-11-10T09:00")

    (row,) = budget_rows(world.policy, history(world.rows), world.recorder.state(now - timedelta(days=5)), now)

    assert (row["spent"], row["unconverted"], row["state"]) == ("10.00", {"EUR": "5.00"}, "ok")
    world.fx = USD_EUR
    (row,) = budget_rows(world.policy, history(world.rows), world.recorder.state(now - timedelta(days=5)), now)
    assert (row["spent"], "unconverted" in row) == ("20.00", False)
