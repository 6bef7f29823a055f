"""One message for many keys of one rule, and for the rules that one key trips at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from budgetbot.core.bundle import MANY, MOST, bundled
from budgetbot.core.model import Alert, Driver, Kind, Part, Scope, Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.telling import notification
from tests.standins.spend import utc
from tests.standins.story import Story

NOW = utc("2026-11-20T09:00")
BASE = Alert("a", "b", "budget", Severity.WARNING, Scope(), "80%", 80, 80, "2026-11", 1, "firing", NOW)


def key(name: str) -> Scope:
    return Scope((Part("api_key", name, "openai", name),))


def told(
    id: str,
    rule: str = "keys",
    scope: Scope | None = None,
    *,
    to: str = "team",
    reason: Reason = Reason.FIRST,
    severity: Severity = Severity.WARNING,
    kind: Kind = "budget",
    drivers: tuple[Driver, ...] = (),
    line: int = 80,
    step: str | None = None,
) -> Notification:
    alert = replace(
        BASE, id=id, rule=rule, kind=kind, severity=severity, line=line, drivers=drivers,
        scope=key(id) if scope is None else scope,
    )  # fmt: skip
    return notification(alert, None, to, reason, NOW, step=step)


def spending(id: str, amount: str) -> Notification:
    """A notification whose alert says how much was spent."""
    names = ("spent", "billed", "estimated", "low", "high", "amount", "effective_amount", "line")
    notification = told(id)
    assert notification.alert is not None
    return replace(notification, alert=replace(notification.alert, evidence=dict.fromkeys(names, amount)))


def shown(notifications: list[Notification]) -> list[str]:
    """Each message with the alerts it speaks of."""
    sent = [n for n in bundled(notifications) if n.status == "pending"]
    return [" ".join([n.alert.id if n.alert else "", *(a.id for a in n.together)]) for n in sent]


def test_many_keys_of_one_rule_are_one_message() -> None:
    assert shown([told(f"k{i}") for i in range(MANY)]) == ["k0 k1 k2"]


def test_two_keys_say_more_each_on_its_own() -> None:
    assert shown([told(f"k{i}") for i in range(MANY - 1)]) == ["k0", "k1"]


def test_the_worst_of_them_speaks() -> None:
    rows = [told("k0"), told("k1", severity=Severity.CRITICAL), told("k2")]

    assert shown(rows) == ["k1 k0 k2"]


def test_those_that_do_not_speak_know_who_does() -> None:
    first, *others = bundled([told(f"k{i}") for i in range(4)])

    assert (first.status, first.leader) == ("pending", None)
    assert {(one.status, one.leader) for one in others} == {("grouped", "k0")}


def test_each_receiver_has_its_own_message() -> None:
    rows = [told(f"k{i}", to=to) for i in range(3) for to in ("team", "lead")]

    assert shown(rows) == ["k0 k1 k2", "k0 k1 k2"]


def test_what_begins_is_not_said_with_what_is_over() -> None:
    rows = [told("k0"), told("k1"), told("k2", reason=Reason.RESOLVED), told("k3", reason=Reason.RESOLVED)]

    assert shown(rows) == ["k0", "k1", "k2", "k3"]


def test_worse_and_first_are_said_together() -> None:
    assert shown([told("k0", reason=Reason.WORSE), told("k1"), told("k2")]) == ["k0 k1 k2"]


def test_a_message_names_so_many_and_counts_the_rest() -> None:
    first = bundled([told(f"k{i:03}") for i in range(MOST + 11)])[0]

    assert (len(first.together), first.more) == (MOST, 10)


def test_where_not_all_are_named_one_of_the_lowest_level_is() -> None:
    rows = [told(f"k{i:03}", severity=Severity.CRITICAL) for i in range(MOST + 5)]
    lower = [replace(told("low"), alert=replace(BASE, id="low", rule="keys", scope=key("low"), rank=0))]

    first = bundled([*rows, *lower])[0]

    assert first.together[-1].id == "low"
    assert (len(first.together), first.more) == (MOST, 5)


def test_the_others_are_named_from_the_dearest_on() -> None:
    rows = [told("k0"), told("k1"), spending("k2", "7.00"), spending("k3", "9.00")]

    assert shown(rows) == ["k0 k3 k2 k1"]


def test_levels_that_are_told_with_any_of_them_are_told_with_all() -> None:
    rows = [replace(told(f"k{i}"), others=others) for i, others in enumerate([("50%",), ("50%", "70%"), ()])]

    assert bundled(rows)[0].others == ("50%", "70%")


def test_what_settled_late_and_wakes_nobody_does_not_speak_for_what_fires() -> None:
    drives = (Driver("api_key", "k7", "runaway", 900),)
    late = told("org", "org-monthly", Scope(), severity=Severity.CRITICAL, drivers=drives)
    assert late.alert is not None

    assert shown([replace(late, alert=replace(late.alert, late=True)), told("k7")]) == ["org", "k7"]


def test_steps_of_an_escalation_are_said_together_step_by_step() -> None:
    rows = [told(f"k{i}", reason=Reason.ESCALATED, step=f"watch.{n}") for n in (1, 2) for i in range(3)]

    assert shown(rows) == ["k0 k1 k2", "k0 k1 k2"]


def test_one_key_that_trips_an_organisation_a_project_and_its_own_rule_is_one_message() -> None:
    drives = (Driver("api_key", "k7", "runaway", 900), Driver("api_key", "k1", "other", 50))
    project = Scope((Part("project", "p1", "openai", "web"),))
    rows = [
        told("org", "org-monthly", Scope(), severity=Severity.CRITICAL, drivers=drives, line=1000),
        told("web", "project-daily", project, drivers=drives, line=1000),
        told("k7", "key-daily"),
        told("k9", "key-daily"),
    ]

    assert shown(rows) == ["org web k7", "k9"]


def test_of_equally_bad_alerts_the_widest_speaks() -> None:
    drives = (Driver("api_key", "k7", "runaway", 900),)

    assert shown([told("k7", "key-daily"), told("org", "org-daily", Scope(), drivers=drives)]) == ["org k7"]


@pytest.mark.parametrize(
    "drivers",
    [
        (),
        (Driver("api_key", "k7", "runaway", 40),),
        (Driver("api_key", None, None, 900),),
        (Driver("model", "k7", "", 900),),
    ],
)
def test_a_key_that_does_not_make_up_most_of_it_is_not_its_driver(drivers: tuple[Driver, ...]) -> None:
    rows = [told("k7", "key-daily"), told("org", "org-daily", Scope(), drivers=drivers)]

    assert shown(rows) == ["k7", "org"]


def test_one_rule_alone_is_not_bundled_by_its_driver() -> None:
    assert shown([told("k7"), replace(told("k7x"), alert=replace(BASE, id="k7x", rule="keys", scope=key("k7")))]) == [
        "k7", "k7x",
    ]  # fmt: skip


def test_a_digest_stays_as_it_is() -> None:
    digest = Notification("d", "team", Reason.DIGEST, "d", NOW)

    assert bundled([digest, digest]) == [digest, digest]


def keys(story: Story, spent: dict[str, int]) -> list[str]:
    """The next evaluation of all keys."""
    story.now += timedelta(minutes=5)
    return story.take([f for name, dollars in spent.items() for f in story.findings(dollars, scope=key(name))])


def test_who_was_told_of_many_at_once_is_not_told_again() -> None:
    story = Story()

    assert keys(story, {"k1": 500, "k2": 500, "k3": 500}) == ["team: first 50%"]
    assert keys(story, {"k1": 500, "k2": 500, "k3": 500}) == []


def test_one_of_many_that_gets_worse_is_told_as_worse() -> None:
    story = Story()
    keys(story, {"k1": 500, "k2": 500, "k3": 500})

    assert keys(story, {"k1": 500, "k2": 800, "k3": 500}) == ["team: worse 80%"]


def test_when_the_one_that_spoke_is_over_the_others_that_still_fire_are_told_again() -> None:
    story = Story()
    keys(story, {"k1": 500, "k2": 500, "k3": 500, "k4": 500})
    leader = next(row.leader for row in story.recorder.rows.values() if row.leader)
    name = story.recorder.alerts[leader].scope.parts[0].id
    spent = {one: 0 if one == name else 500 for one in ("k1", "k2", "k3", "k4")}

    assert keys(story, spent) == ["team: resolved 50%", "team: first 50%"]
    assert keys(story, spent) == []


def test_what_ends_together_is_told_together() -> None:
    story = Story()
    keys(story, {"k1": 500, "k2": 500, "k3": 500})

    assert keys(story, {"k1": 0, "k2": 0, "k3": 0}) == ["team: resolved 50%"]
