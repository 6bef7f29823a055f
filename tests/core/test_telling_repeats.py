"""Repeats, acknowledgements and snoozes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from budgetbot.core.model import RuleInfo, Severity
from tests.standins.spend import utc
from tests.standins.story import Story

HOUR = timedelta(hours=1)
RULE = RuleInfo("b", "budget", "one")
REPEATED = replace(RULE, repeat=timedelta(hours=4))
BY_SEVERITY = replace(RULE, repeat={Severity.CRITICAL: HOUR / 2, Severity.WARNING: 4 * HOUR})


def test_without_repeat_nothing_is_repeated() -> None:
    story = Story()
    story.spent(850)

    assert story.spent(850, after=240 * HOUR) == []


def test_it_is_repeated_every_so_often_while_it_fires() -> None:
    story = Story(rule=REPEATED, levels={80: Severity.WARNING})
    story.spent(850)

    assert story.spent(850, after=4 * HOUR - timedelta(seconds=1)) == []
    assert story.spent(860, after=timedelta(seconds=1)) == ["team: repeat 80%"]
    assert story.spent(860, after=3 * HOUR) == []
    assert story.spent(860, after=HOUR) == ["team: repeat 80%"]
    assert [row.seq for row in story.recorder.rows.values()] == [0, 1, 2]
    assert [row.alert.evidence["spent"] for row in story.recorder.rows.values() if row.alert] == ["850", "860", "860"]


def test_each_severity_is_repeated_at_its_own_pace_and_one_that_is_not_named_never() -> None:
    story = Story(rule=BY_SEVERITY)
    assert story.spent(550) == ["team: first 50%"]
    assert story.spent(550, after=100 * HOUR) == []

    assert story.spent(850) == ["team: worse 80%"]
    assert story.spent(850, after=HOUR) == []
    assert story.spent(850, after=3 * HOUR) == ["team: repeat 80%"]

    assert story.spent(1030, after=HOUR) == ["team: worse 100%"]
    assert story.spent(1030, after=HOUR / 2 - timedelta(seconds=1)) == []
    assert story.spent(1030, after=timedelta(seconds=1)) == ["team: repeat 100%"]
    assert story.spent(1030, after=HOUR / 2) == ["team: repeat 100%"]

    assert story.spent(900) == ["team: resolved 100% (80%, 50%)"]
    assert story.spent(900, after=HOUR) == []
    assert story.spent(900, after=3 * HOUR) == ["team: repeat 80%"]


def test_an_acknowledgement_that_comes_to_its_end_is_told_of_whatever_the_severity() -> None:
    story = Story(rule=BY_SEVERITY)
    story.spent(550)
    until = story.now + HOUR
    story.recorder.change(story.alert("50%"), acknowledged_by="U1", acknowledged_at=story.now, acknowledged_until=until)

    assert story.spent(550, after=HOUR) == ["team: repeat 50%"]
    assert story.spent(550, after=100 * HOUR) == []


def test_only_the_highest_level_is_repeated() -> None:
    story = Story(rule=REPEATED)
    story.spent(550)
    story.spent(850)

    assert story.spent(850, after=4 * HOUR) == ["team: repeat 80%"]


def test_a_level_that_a_higher_one_spoke_for_is_repeated_once_it_is_the_highest() -> None:
    story = Story(rule=REPEATED)
    story.spent(1030)
    assert story.spent(900, after=3 * HOUR) == ["team: resolved 100% (80%, 50%)"]

    assert story.spent(900, after=HOUR) == []
    assert story.spent(900, after=3 * HOUR) == ["team: repeat 80%"]
    assert story.spent(900, after=4 * HOUR) == ["team: repeat 80%"]
    assert story.spent(100, after=HOUR) == ["team: resolved 80%"]


def test_what_was_acknowledged_is_not_repeated_but_worse_and_over_are_told() -> None:
    story = Story(rule=REPEATED)
    story.spent(850)
    story.recorder.change(story.alert("80%"), acknowledged_by="U1", acknowledged_at=story.now)

    assert story.spent(850, after=10 * HOUR) == []
    assert story.spent(1000) == ["team: worse 100%"]
    assert story.spent(100) == ["team: resolved 100%"]


def test_an_acknowledgement_does_not_carry_over_to_the_next_episode() -> None:
    story = Story(rule=REPEATED, levels={80: Severity.WARNING})
    story.spent(850)
    story.recorder.change(story.alert("80%"), acknowledged_by="U1", acknowledged_at=story.now)
    story.spent(100)

    assert story.spent(850) == ["team: first 80% again 2"]
    assert story.spent(850, after=4 * HOUR) == ["team: repeat 80% again 2"]


def test_what_is_snoozed_is_not_repeated_until_the_snooze_is_over() -> None:
    story = Story(rule=REPEATED, levels={80: Severity.WARNING})
    story.spent(850)
    story.recorder.change(story.alert("80%"), snoozed_until=story.now + 6 * HOUR)

    assert story.spent(850, after=5 * HOUR) == []
    assert story.spent(850, after=HOUR) == ["team: repeat 80%"]


def test_a_snooze_delays_the_first_notification() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=replace(RULE, hold=HOUR))
    story.spent(850)
    story.recorder.change(story.alert("80%"), snoozed_until=story.now + 3 * HOUR)

    assert story.spent(850, after=2 * HOUR) == []
    assert story.alert("80%").state == "firing"
    assert story.spent(850, after=HOUR) == ["team: first 80%"]


def test_what_resolves_while_snoozed_and_untold_is_never_mentioned() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=replace(RULE, hold=HOUR))
    story.spent(850)
    story.recorder.change(story.alert("80%"), snoozed_until=story.now + 3 * HOUR)
    story.spent(850, after=2 * HOUR)

    assert story.spent(100) == []
    assert story.recorder.rows == {}


def test_a_snoozed_level_does_not_hold_back_a_higher_one() -> None:
    story = Story()
    story.spent(850)
    story.recorder.change(story.alert("80%"), snoozed_until=story.now + 240 * HOUR)

    assert story.spent(1000) == ["team: worse 100%"]


def test_the_end_of_what_is_snoozed_is_told_to_who_heard_of_it() -> None:
    story = Story()
    story.spent(850)
    story.recorder.change(story.alert("80%"), snoozed_until=story.now + 240 * HOUR)

    assert story.spent(100) == ["team: resolved 80%"]


def test_a_late_crossing_is_never_repeated_and_its_end_is_not_told() -> None:
    story = Story(rule=REPEATED)
    story.now = utc("2026-12-02T09:00")
    late = [*story.findings(0), *story.findings(1030, back=1)]

    assert story.take(late) == ["team: first 100% late (80%, 50%)"]
    for _ in range(3):
        story.now += 5 * HOUR
        assert story.take([*story.findings(0), *story.findings(1030, back=1)]) == []
