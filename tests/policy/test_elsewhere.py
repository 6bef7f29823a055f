"""A receiver that fails is told of to others: by the routes as far as they lead to anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from budgetbot.app import REGISTRIES
from budgetbot.core.escalate import Where
from budgetbot.core.history import Letters
from budgetbot.core.model import Alert, Part, Scope
from budgetbot.policy.elsewhere import addressed, told
from budgetbot.policy.load import load_policy
from budgetbot.policy.policy import Policy
from budgetbot.policy.recorder import Recorder
from budgetbot.policy.step import step
from tests.standins.spend import history
from tests.store.samples import alert

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)
RECEIVERS = "receivers: [{name: a, console: {}}, {name: b, console: {}}, {name: c, console: {}}]\n"
ALL = RECEIVERS + "routes: [{to: [a, b]}]\n"


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return load(tmp_path, ALL)


def load(folder: Path, text: str) -> Policy:
    file = folder / "policy.yaml"
    file.write_text(f"version: 1\nfreshness: []\n{text}")
    return load_policy(file, REGISTRIES)


def about(receiver: str) -> Alert:
    return alert(kind="delivery", rule="undelivered", scope=Scope((Part("receiver", receiver),)), labels={})


def where(policy: Policy, receiver: str, *broken: str, now: datetime = NOW) -> Where:
    return told(policy, about(receiver), {receiver, *broken}, now)


@pytest.mark.parametrize(
    ("receiver", "broken", "to"),
    [
        ("a", (), ("b",)),  # as the routes say
        ("c", (), ("a", "b")),
        ("a", ("b",), ("c",)),  # the routes lead to nobody who works
        ("b", ("a",), ("c",)),
        ("owner:lead@example.com", (), ("a", "b")),
        ("a", ("b", "c"), ("b",)),  # nobody works: those that the routes name
    ],
)
def test_one_that_fails_is_told_of_to_those_that_work(
    policy: Policy, receiver: str, broken: tuple[str, ...], to: tuple[str, ...]
) -> None:
    assert where(policy, receiver, *broken) == Where(to)


def test_where_routes_lead_to_nobody_else_every_other_receiver_is_told(tmp_path: Path) -> None:
    policy = load(tmp_path, RECEIVERS + "routes: [{to: [a]}]")

    assert where(policy, "a") == Where(("b", "c"))
    assert where(policy, "a", "b") == Where(("c",))
    assert where(policy, "a", "b", "c") == Where(("b", "c"))


def test_the_only_receiver_cannot_be_told_of_to_anybody(tmp_path: Path) -> None:
    policy = load(tmp_path, "receivers: [{name: a, console: {}}]\nroutes: [{to: [a]}]")

    assert where(policy, "a") == Where()


def test_escalations_go_past_it_as_well(tmp_path: Path) -> None:
    steps = "[{after: 0m, to: [a]}, {after: 5m, to: [a, b]}]"
    policy = load(tmp_path, RECEIVERS + f"escalations: [{{name: e, steps: {steps}}}]\nroutes: [{{escalation: e}}]")

    (climb,) = where(policy, "a").climbs
    assert [(step.after, step.to) for step in climb.steps] == [(FIVE, ("b",))]
    assert where(policy, "a", "b") == Where(("c",))


def test_what_a_muted_route_takes_waits_as_long_as_somebody_is_told_then(tmp_path: Path) -> None:
    noon = 'time_windows: [{name: noon, hours: "11:00-13:00"}]\n'
    policy = load(tmp_path, noon + RECEIVERS + "routes: [{to: [a, b], muted: [noon]}]")

    assert where(policy, "a") == Where()
    assert where(policy, "a", now=NOW + timedelta(hours=2)) == Where(("b",))
    assert where(policy, "a", "b") == Where(("c",))


def test_other_alerts_go_where_they_always_went(policy: Policy) -> None:
    assert told(policy, alert(), {"a"}, NOW) == Where(("a", "b"))


@pytest.mark.parametrize(
    ("more", "owners"),
    [
        ("routes: [{to: [a]}]", False),
        ("routes: [{match: {severity: info}, to: [owner]}, {to: [a]}]", True),
        ("escalations: [{name: e, steps: [{after: 0m, to: [a, owner]}]}]\nroutes: [{escalation: e}]", True),
    ],
)
def test_owners_are_receivers_where_something_leads_to_them(tmp_path: Path, more: str, owners: bool) -> None:
    assert addressed(load(tmp_path, RECEIVERS + more)) == {"a", "b", "c"} | ({"owner"} if owners else set())


class Failing:
    """Steps of one policy, five minutes apart, with the receivers that fail at each."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.recorder, self.now = policy, Recorder(), NOW

    def step(self, **dead: int) -> list[str]:
        self.now += FIVE
        known = history([])
        known.letters = tuple(Letters(name, count) for name, count in dead.items())
        outcome = step(self.policy, known, self.recorder.state(NOW), self.now)
        new = self.recorder.record(outcome.decision, outcome.seen)
        return sorted(f"{n.receiver}: {n.reason} {n.alert.scope.ids['receiver']}" for n in new if n.alert)


@pytest.fixture
def fails(policy: Policy) -> Failing:
    return Failing(policy)


def test_it_is_told_once_however_much_is_lost_and_again_when_it_is_over(fails: Failing) -> None:
    assert fails.step() == []
    assert fails.step(a=1) == ["b: first a"]
    assert fails.step(a=2) == []
    assert fails.step(a=9) == []
    assert fails.step() == ["b: resolved a"]
    assert fails.step(a=1) == ["b: first a"]


def test_two_that_fail_are_not_told_of_to_each_other_where_a_third_works(fails: Failing) -> None:
    assert fails.step(a=1, b=1) == ["c: first a", "c: first b"]
    assert fails.step() == ["c: resolved a", "c: resolved b"]


def test_when_all_fail_everybody_is_tried_once_and_no_more(fails: Failing) -> None:
    assert fails.step(a=1, b=1, c=1) == ["a: first b", "a: first c", "b: first a", "b: first c"]
    for lost in range(2, 6):  # what was told of is lost too
        assert fails.step(a=lost, b=lost, c=lost) == []


def test_who_was_told_and_fails_then_leaves_it_to_the_others(fails: Failing) -> None:
    assert fails.step(a=1) == ["b: first a"]
    assert fails.step(a=1, b=1) == ["c: first a", "c: first b"]
