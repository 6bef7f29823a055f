"""Escalation: the next is told while nobody acknowledges; what holds it up shifts what is to come."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.escalate import Escalation, Step
from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import RuleInfo
from budgetbot.core.silence import Silence
from tests.standins.story import Story

MINUTE = timedelta(minutes=1)
WATCH = Escalation(
    "watch", (Step(timedelta(0), ("pager",)), Step(15 * MINUTE, ("lead",)), Step(45 * MINUTE, ("boss", "pager")))
)


def story() -> Story:
    """Nobody is told but those whom the escalation names."""
    return Story(route=lambda alert: (), escalations=(WATCH,))


def test_the_first_step_is_told_with_the_alert_and_the_others_when_their_time_has_come() -> None:
    told = story()

    assert told.spent(500) == ["pager: first 50%"]
    assert told.spent(500, after=14 * MINUTE) == []
    assert told.spent(500, after=1 * MINUTE) == ["lead: escalated 50%"]
    assert told.spent(500, after=29 * MINUTE) == []
    assert told.spent(500, after=1 * MINUTE) == ["boss: escalated 50%", "pager: escalated 50%"]
    assert told.spent(500, after=600 * MINUTE) == []


def test_a_cycle_that_comes_late_takes_every_step_it_missed() -> None:
    told = story()
    told.spent(500)

    assert told.spent(500, after=60 * MINUTE) == [
        "lead: escalated 50%", "boss: escalated 50%", "pager: escalated 50%",
    ]  # fmt: skip


def test_an_acknowledgement_stops_it() -> None:
    told = story()
    told.spent(500)
    told.recorder.change(told.alert("50%"), acknowledged_by="anna", acknowledged_at=told.now)

    assert told.spent(500, after=600 * MINUTE) == []


def test_the_end_of_the_alert_stops_it_and_is_told_to_all_who_heard() -> None:
    told = story()
    told.spent(500)
    told.spent(500, after=15 * MINUTE)

    assert told.spent(100) == ["pager: resolved 50%", "lead: resolved 50%"]
    assert told.spent(100, after=600 * MINUTE) == []


def test_an_acknowledgement_that_comes_to_its_end_reminds_once_and_goes_on_where_it_stopped() -> None:
    told = story()
    told.spent(500)
    until = told.now + 60 * MINUTE
    told.recorder.change(told.alert("50%"), acknowledged_by="anna", acknowledged_at=told.now, acknowledged_until=until)
    assert told.spent(500, after=1 * MINUTE) == []  # held up from here on

    assert told.spent(500, after=59 * MINUTE) == ["pager: repeat 50%"]
    assert told.spent(500, after=13 * MINUTE) == []
    assert told.spent(500, after=1 * MINUTE) == ["lead: escalated 50%"]


def test_a_silence_holds_it_up_and_lets_it_go_on_afterwards() -> None:
    told = story()
    told.spent(500)
    begin = told.now + 5 * MINUTE
    rule = Match((("rule", Patterns(("b",))),))
    told.silences.append(Silence(rule, begin, begin + 60 * MINUTE, "anna", "works"))

    assert told.spent(500, after=5 * MINUTE) == []
    assert told.spent(500, after=60 * MINUTE) == []
    assert told.spent(500, after=9 * MINUTE) == []
    assert told.spent(500, after=1 * MINUTE) == ["lead: escalated 50%"]


def test_a_higher_level_climbs_from_the_start_and_the_lower_one_waits() -> None:
    told = story()
    told.spent(500)

    assert told.spent(1000, after=10 * MINUTE) == ["pager: worse 100% (80%)"]
    assert told.spent(1000, after=14 * MINUTE) == []
    assert told.spent(1000, after=1 * MINUTE) == ["lead: escalated 100%"]


def test_when_the_higher_level_is_over_the_lower_one_goes_on() -> None:
    told = story()
    told.spent(500)
    told.spent(1000, after=10 * MINUTE)

    assert told.spent(600, after=14 * MINUTE) == ["pager: resolved 100% (50%)"]
    assert told.spent(600, after=4 * MINUTE) == []  # for as long as the higher one climbed, it waited
    assert told.spent(600, after=1 * MINUTE) == ["lead: escalated 50%"]


def test_the_steps_are_those_of_the_moment_at_which_the_alert_fired() -> None:
    told = story()
    told.spent(500)
    told.escalations = (Escalation("watch", (Step(timedelta(0), ("pager",)), Step(MINUTE, ("nobody",)))),)

    assert told.spent(500, after=10 * MINUTE) == []
    assert told.spent(500, after=5 * MINUTE) == ["lead: escalated 50%"]


def test_an_alert_climbs_on_where_its_route_has_come_to_lead_elsewhere() -> None:
    told = story()
    told.spent(500)
    told.escalations = ()

    assert told.spent(500, after=15 * MINUTE) == ["lead: escalated 50%"]


def test_what_is_late_climbs_nothing() -> None:
    told = story()

    assert told.take(told.findings(1200, back=1)) == []


def test_who_is_told_of_a_step_is_told_once_whatever_happens_between() -> None:
    told = story()
    told.spent(500)
    told.spent(500, after=15 * MINUTE)
    told.recorder.change(told.alert("50%"), snoozed_until=told.now + 30 * MINUTE)
    told.spent(500, after=1 * MINUTE)

    assert told.spent(500, after=29 * MINUTE) == []
    assert told.spent(500, after=28 * MINUTE) == []
    assert told.spent(500, after=1 * MINUTE) == ["boss: escalated 50%", "pager: escalated 50%"]


def test_an_escalation_that_waits_with_its_first_step_tells_nobody_at_once() -> None:
    slow = Escalation("slow", (Step(5 * MINUTE, ("pager",)),))
    told = Story(route=lambda alert: ("team",), escalations=(slow,), rule=RuleInfo("b", "budget", "one"))

    assert told.spent(500) == ["team: first 50%"]
    assert told.spent(500, after=5 * MINUTE) == ["pager: escalated 50%"]
