"""What the simulated organisation is like: who is in it, how its numbers move, and what is odd about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.price import PRICES, pico_per_unit
from budgetbot.sim.runaway import Runaway
from tests.sim.world import DAY, NOW, TODAY, USAGE, Hand, rows, seconds

HOUR = timedelta(hours=1)
CALM = Organisation(projects=3, keys_per_project=2, history_days=10, clock=Hand(), runaway=None)


def key_id(organisation: Organisation, project: str, key: str) -> str:
    return organisation.roster.project(project).key(key).id


def test_the_current_hour_rises_minute_by_minute_up_to_the_finished_hour() -> None:
    clock = Hand()
    organisation = Organisation(history_days=2, clock=clock, runaway=None)
    hour = NOW.replace(minute=0, second=0)
    totals = []
    for minutes in (0, 1, 20, 40, 60, 90):
        clock.now = hour + timedelta(minutes=minutes, seconds=30)
        totals.append(organisation.total(hour, hour + HOUR).get(None, Decimal(0)))

    assert totals[0] == 0
    assert totals[1] < totals[2] < totals[3] < totals[4] == totals[5]
    assert totals[2] == pytest.approx(totals[4] / 3, rel=Decimal("0.05"))


@given(cuts=st.lists(st.integers(0, 3 * 86400), min_size=2, max_size=6, unique=True))
def test_adjoining_stretches_of_time_add_up_exactly(cuts: list[int]) -> None:
    edges = [seconds(TODAY - 4 * DAY) + cut for cut in sorted(cuts)]
    parts = [CALM.bill.amounts(a, b) for a, b in pairwise(edges)]

    assert (sum(parts[1:], parts[0]) == CALM.bill.amounts(edges[0], edges[-1])).all()


def test_an_hour_does_not_depend_on_when_it_is_asked_for() -> None:
    clock = Hand(NOW + 30 * DAY)
    later = Organisation(projects=3, keys_per_project=2, start=CALM.start, clock=clock, runaway=None)
    hour = seconds(TODAY - 5 * DAY) + 7 * 3600

    one, other = CALM.traffics["completions"], later.traffics["completions"]
    same = (one.flow(hour, hour + 3600) == other.flow(hour, hour + 3600)).all(axis=1)

    lasting = np.array([stream.until is None for stream in one.streams])
    assert same[lasting].all()
    assert one.flow(hour, hour + 3600)[lasting].any()


def test_the_runaway_key_stands_out_and_breaks_the_months_budget_of_its_project(organisation: Organisation) -> None:
    agent = key_id(organisation, "research", "research-agent")
    since = organisation.runaway_since
    assert since is not None

    burning = organisation.total(since, since + HOUR, by="api_key")[agent]
    usual = organisation.total(since - 7 * DAY, since - 7 * DAY + timedelta(days=7), by="api_key")[agent] / (7 * 24)
    month = organisation.total(NOW.replace(day=1, hour=0, minute=0, second=0), NOW, by="project")

    assert since == datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert burning > 25 * usual
    assert month[organisation.roster.project("research").id] > 5000


@pytest.mark.parametrize("day", [1, 9, 28])
def test_the_months_budget_breaks_on_whatever_day_it_is(day: int) -> None:
    now = datetime(2026, 10, day, 14, 40, tzinfo=UTC)
    organisation = Organisation(history_days=40, clock=Hand(now))

    month = organisation.total(datetime(2026, 10, 1, tzinfo=UTC), now, by="project")

    assert month[organisation.roster.project("research").id] > 5000


def test_the_runaway_can_be_off_or_be_another_key_at_another_time() -> None:
    since = TODAY - 2 * DAY
    runaway = Runaway("ci", "ci-big", factor=40, reaches=Decimal(0), since=since)
    other = Organisation(history_days=10, clock=Hand(), runaway=runaway)
    calm = Organisation(history_days=10, clock=Hand(), runaway=None)
    big, agent = key_id(calm, "ci", "ci-big"), key_id(calm, "research", "research-agent")

    before = [each.total(since - DAY, since, by="api_key") for each in (calm, other)]
    after = [each.total(since, since + DAY, by="api_key") for each in (calm, other)]

    assert calm.runaway_since is None
    assert before[0] == before[1]
    assert after[1][big] > 15 * after[0][big]
    assert after[1][agent] == after[0][agent]


def test_a_runaway_of_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        Organisation(clock=Hand(), runaway=Runaway(key="nobody"))


def test_offices_rest_at_night_and_at_the_weekend(organisation: Organisation) -> None:
    big = key_id(organisation, "ci", "ci-big")
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    week = [organisation.total(monday + n * DAY, monday + (n + 1) * DAY, by="api_key")[big] for n in range(7)]
    night = organisation.total(monday, monday + 6 * HOUR, by="api_key")[big]
    noon = organisation.total(monday + 9 * HOUR, monday + 15 * HOUR, by="api_key")[big]

    assert max(week[5:]) < min(week[:5]) / 2
    assert night < noon / 5


def test_spending_grows_over_a_year() -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    organisation = Organisation(projects=2, start=start, clock=Hand(), runaway=None)

    first, last = (organisation.total(day, day + 7 * DAY)[None] for day in (start, start + 301 * DAY))

    assert Decimal("1.2") < last / first < 2


def test_decisions_are_a_report_without_use_unless_asked_for(client: httpx.Client) -> None:
    quiet = CALM.traffics
    (used,) = rows(client, USAGE + "decisions", start_time=seconds(TODAY - DAY), end_time=seconds(TODAY))

    assert "decisions" not in quiet
    assert used["num_model_requests"] > 0


def test_nothing_was_used_before_the_history_begins() -> None:
    assert CALM.total(CALM.start - 400 * DAY, CALM.start) == {}
    assert CALM.total(NOW, NOW + DAY) == {}


def test_prices_are_whole_picodollars_also_at_half_price() -> None:
    assert pico_per_unit("gpt-5-mini", "cached input", Decimal("0.5")) == 12_500
    assert all(
        pico_per_unit(model, component) == price * 10**6
        for model, prices in PRICES.items()
        for component, price in prices.items()
    )
    with pytest.raises(ValueError, match="no whole number"):
        pico_per_unit("gpt-5-mini", "cached input", Decimal("0.00001"))


def test_counts_are_integers() -> None:
    flow = CALM.traffics["completions"].flow(seconds(TODAY - DAY), seconds(TODAY))

    assert flow.dtype == np.int64
    assert (flow >= 0).all()
