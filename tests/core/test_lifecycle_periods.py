"""What the end of a period, and data that comes after it, does to alerts."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.model import RuleInfo, Severity
from tests.standins.spend import utc
from tests.standins.story import Story

HOUR = timedelta(hours=1)


def held(minutes: int) -> RuleInfo:
    return RuleInfo("b", "budget", "one", hold=timedelta(minutes=minutes))


def test_a_restatement_below_the_band_resolves_and_a_later_crossing_is_another_episode() -> None:
    story = Story(levels={80: Severity.WARNING})

    assert story.spent(850) == ["team: first 80%"]
    assert story.spent(779) == ["team: resolved 80%"]
    assert story.spent(779) == []
    assert story.spent(820) == ["team: first 80% again 2"]
    assert story.states() == ["2026-11 80% resolved corrected", "2026-11 80% firing"]
    assert story.spent(700) == ["team: resolved 80% again 2"]
    assert story.spent(820) == ["team: first 80% again 3"]


def test_the_end_of_the_period_closes_its_alerts_and_a_new_one_begins_without_any() -> None:
    story = Story()
    story.spent(850)
    story.now = utc("2026-12-01")

    assert story.take(story.findings(10)) == ["team: expired 80%"]
    assert story.states() == ["2026-11 50% resolved period_ended", "2026-11 80% resolved period_ended"]
    assert story.spent(550) == ["team: first 50%"]
    assert story.states()[-1] == "2026-12 50% firing"


def test_a_moment_before_its_end_the_period_is_still_open() -> None:
    story = Story()
    story.spent(850)
    story.now = utc("2026-12-01") - timedelta(microseconds=1)

    assert story.take(story.findings(850)) == []
    assert story.alert("80%").state == "firing"


def test_pending_does_not_outlive_its_period() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(60))
    story.now = utc("2026-11-30T23:30")
    story.spent(850)

    story.now = utc("2026-12-01T00:05")
    assert story.take(story.findings(0)) == []
    assert story.states() == []


def test_what_was_pending_when_its_period_ended_is_told_as_late_at_once() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(60))
    story.now = utc("2026-11-30T23:30")
    story.spent(850)

    story.now = utc("2026-12-01T00:05")
    assert story.take([*story.findings(0), *story.findings(850, back=1)]) == ["team: first 80% late"]
    assert story.states() == ["2026-11 80% resolved period_ended"]
    assert story.alert("80%").episode == 1
    assert story.spent(0) == []


def test_a_crossing_that_late_data_brings_is_recorded_closed_and_told_once() -> None:
    story = Story()
    story.now = utc("2026-12-02T09:00")

    assert story.take([*story.findings(10), *story.findings(1030, back=1)]) == ["team: first 100% late (80%, 50%)"]
    assert {a.state for a in story.recorder.alerts.values()} == {"resolved"}
    assert {a.reason for a in story.recorder.alerts.values()} == {"period_ended"}
    assert story.alert("100%").fired_at == story.alert("100%").resolved_at == story.now

    story.now += HOUR
    assert story.take([*story.findings(10), *story.findings(1050, back=1)]) == []
    story.now += HOUR
    assert story.take([*story.findings(10), *story.findings(900, back=1)]) == []
    assert story.take([*story.findings(10), *story.findings(1050, back=1)]) == []


def test_what_fired_within_its_period_is_not_told_again_as_late() -> None:
    story = Story()
    story.spent(850)
    story.now = utc("2026-12-01T00:05")

    assert story.take([*story.findings(0), *story.findings(850, back=1)]) == ["team: expired 80%"]
    story.now += HOUR
    assert story.take([*story.findings(0), *story.findings(860, back=1)]) == []
    story.now += HOUR
    assert story.take([*story.findings(0), *story.findings(1010, back=1)]) == ["team: first 100% late"]


def test_a_correction_of_a_closed_period_is_not_told() -> None:
    story = Story()
    story.spent(850)
    story.now = utc("2026-12-01T00:05")
    story.take([*story.findings(0), *story.findings(850, back=1)])

    story.now += HOUR
    assert story.take([*story.findings(0), *story.findings(100, back=1)]) == []
    assert story.alert("80%").reason == "period_ended"


def test_what_was_resolved_by_hand_does_not_fire_again_in_its_period_but_a_higher_level_does() -> None:
    story = Story(levels={80: Severity.WARNING, 100: Severity.CRITICAL})
    story.spent(850)
    story.recorder.change(story.alert("80%"), state="resolved", reason="manual", resolved_at=story.now)

    assert story.spent(860) == ["team: resolved 80%"]
    assert story.spent(700) == []
    assert story.spent(870) == []
    assert story.spent(1000) == ["team: first 100%"]
    assert story.states() == ["2026-11 80% resolved manual", "2026-11 100% firing"]

    story.now = utc("2026-12-02")
    assert story.take([*story.findings(810), *story.findings(1000, back=1)]) == [
        "team: expired 100%",
        "team: first 80%",
    ]


def test_a_rolling_window_is_not_closed_by_the_end_of_its_stretch() -> None:
    story = Story(levels={80: Severity.WARNING}, rolling=True)
    story.spent(850)
    story.now = utc("2027-03-01")

    assert story.take(story.findings(850)) == []
    assert story.alert("80%").state == "firing"
    assert story.alert("80%").end is None


def test_a_level_of_a_rolling_window_that_comes_back_weeks_later_is_told_again() -> None:
    story = Story(rolling=True)
    story.spent(1030)
    assert story.spent(900) == ["team: resolved 100% (80%, 50%)"]

    assert story.spent(900, after=20 * 24 * HOUR) == []
    assert story.spent(1030, after=HOUR) == ["team: first 100% again 2"]
