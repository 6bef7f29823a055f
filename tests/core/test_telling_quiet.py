"""Levels that nobody wants to hear of, and those below them; how long somebody looks after what."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.lifecycle import acknowledged_until
from budgetbot.core.match import Match, Patterns
from budgetbot.core.silence import Silence
from tests.standins.story import Story

HOUR = timedelta(hours=1)
CRITICAL = Match((("severity", Patterns(("critical",))),))


def test_the_levels_below_one_that_was_never_told_are_told_when_it_is_over() -> None:
    story = Story()
    story.silences.append(Silence(CRITICAL, story.now, story.now + 240 * HOUR, "anna", "works"))
    assert story.spent(1030) == []
    assert story.quiet() == []

    assert story.spent(850) == ["team: first 80% (50%)"]
    assert story.quiet() == ["team: first 50%"]


def test_when_the_silence_is_over_the_highest_level_speaks_for_those_below() -> None:
    story = Story()
    story.silences.append(Silence(CRITICAL, story.now, story.now + 2 * HOUR, "anna", "works"))
    story.spent(1030)

    assert story.spent(1030, after=2 * HOUR) == ["team: first 100% (80%, 50%)"]


def test_who_looks_after_what_is_critical_is_reminded_after_a_day_and_else_never() -> None:
    story = Story()
    story.spent(1030)

    assert acknowledged_until(story.alert("100%"), story.now) == story.now + 24 * HOUR
    assert acknowledged_until(story.alert("80%"), story.now) is None
