"""Alerts that no period ends: rolling windows and quiet sources."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.model import Finding, Part, RuleInfo, Scope, Severity
from tests.standins.spend import utc
from tests.standins.story import Story

HOUR = timedelta(hours=1)


def quiet(story: Story, active: bool) -> list[Finding]:
    scope = Scope((Part("source", "openai"),))
    return [Finding("fresh", "freshness", Severity.WARNING, scope, "6h", 0, 0, active, not active)]


def test_a_rolling_window_that_falls_and_rises_is_another_alert_each_time() -> None:
    story = Story(levels={80: Severity.WARNING}, rolling=True)

    assert story.spent(850) == ["team: first 80%"]
    assert story.spent(700) == ["team: resolved 80%"]
    assert story.spent(850) == ["team: first 80%"]
    assert story.states() == [
        "since-2026-11-20T09:05:00Z 80% resolved corrected",
        "since-2026-11-20T09:15:00Z 80% firing",
    ]


def test_the_levels_of_a_rolling_window_belong_to_one_incident() -> None:
    story = Story(rolling=True)

    assert story.spent(550) == ["team: first 50%"]
    assert story.spent(850) == ["team: worse 80%"]
    assert {a.period for a in story.recorder.alerts.values()} == {"since-2026-11-20T09:05:00Z"}


def test_a_rolling_window_resolved_by_hand_is_silent_until_it_was_clear_once() -> None:
    story = Story(levels={80: Severity.WARNING}, rolling=True)
    story.spent(850)
    story.recorder.change(story.alert("80%"), state="resolved", reason="manual", resolved_at=story.now)

    assert story.spent(860) == ["team: resolved 80%"]
    assert story.spent(790) == []
    assert story.spent(860) == []
    assert story.spent(700) == []
    assert story.spent(860) == ["team: first 80%"]


def test_a_quiet_source_fires_resolves_and_fires_as_another_alert() -> None:
    story = Story(rules=[RuleInfo("fresh", "freshness", "*")])

    story.now = utc("2026-11-20T15:00")
    assert story.take(quiet(story, True)) == ["team: first 6h"]
    story.now += HOUR
    assert story.take(quiet(story, True)) == []
    story.now += HOUR
    assert story.take(quiet(story, False)) == ["team: resolved 6h"]
    story.now += HOUR
    assert story.take(quiet(story, False)) == []
    story.now += HOUR
    assert story.take(quiet(story, True)) == ["team: first 6h"]
    assert story.states() == [
        "since-2026-11-20T15:00:00Z 6h resolved corrected",
        "since-2026-11-20T19:00:00Z 6h firing",
    ]


def test_a_source_that_is_watched_no_longer_closes_its_alert() -> None:
    story = Story(rules=[RuleInfo("fresh", "freshness", "*")])
    story.take(quiet(story, True))
    story.now += HOUR

    assert story.take([]) == ["team: resolved 6h"]
    assert story.alert("6h").reason == "rule_changed"
