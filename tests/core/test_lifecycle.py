"""How one budget's alerts come and go, told step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from budgetbot.core.lifecycle import alert_id
from budgetbot.core.model import Part, RuleInfo, Scope, Severity
from tests.standins.spend import utc
from tests.standins.story import LEVELS, Story

HOUR = timedelta(hours=1)


def held(minutes: int) -> RuleInfo:
    return RuleInfo("b", "budget", "one", hold=timedelta(minutes=minutes))


def test_nothing_happens_below_every_level() -> None:
    story = Story()

    assert story.spent(499) == []
    assert story.recorder.alerts == {}


@pytest.mark.parametrize(("spent", "states"), [(799, []), (800, ["2026-11 80% firing"]), (801, ["2026-11 80% firing"])])
def test_a_level_is_reached_at_its_line_and_not_only_beyond(spent: int, states: list[str]) -> None:
    story = Story(levels={80: Severity.WARNING})

    story.spent(spent)

    assert story.states() == states


def test_an_alert_keeps_what_was_compared_when_it_fired() -> None:
    story = Story()

    story.spent(850)

    alert = story.alert("80%")
    assert (alert.state, alert.fired_at, alert.active_since) == ("firing", story.now, story.now)
    assert (alert.evidence, alert.line, alert.episode) == ({"spent": "850"}, 800 * 10**9, 1)
    assert (alert.start, alert.end) == (utc("2026-11-01"), utc("2026-12-01"))
    assert alert.id == alert_id("b", "", "2026-11", "80%", 1)


def test_with_for_it_is_pending_until_it_held_that_long() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))

    assert story.spent(850) == []
    assert story.states() == ["2026-11 80% pending"]
    assert story.spent(850, after=timedelta(minutes=9)) == []
    assert story.spent(860, after=timedelta(minutes=1)) == ["team: first 80%"]
    assert story.states() == ["2026-11 80% firing"]
    assert story.alert("80%").evidence == {"spent": "860"}


def test_pending_that_clears_goes_away_and_starts_from_the_beginning() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))
    story.spent(850)

    assert story.spent(700) == []
    assert story.states() == []
    assert story.spent(850) == []
    assert story.spent(850, after=timedelta(minutes=9)) == []
    assert story.spent(850, after=timedelta(minutes=1)) == ["team: first 80%"]


def test_a_pending_alert_whose_line_rose_beyond_the_spend_goes_away() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))
    story.spent(850)
    story.amount = 1062  # 80% of it is 849.60, below the spend; with 1070 it is not

    story.spent(850)
    assert story.states() == ["2026-11 80% pending"]
    story.amount = 1070
    story.spent(850)
    assert story.states() == []


def test_inside_the_hysteresis_band_nothing_moves() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(800)

    assert story.spent(799) == []
    assert story.spent(780) == []
    assert story.spent(801) == []
    assert story.states() == ["2026-11 80% firing"]


def test_missing_data_neither_resolves_nor_fires() -> None:
    story = Story()
    story.spent(850)
    before = story.states()

    assert story.spent(0, stale=True, after=HOUR) == []
    assert story.states() == before
    assert story.spent(0, stale=False) == ["team: resolved 80%"]


def test_missing_data_leaves_pending_as_it_is() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))
    story.spent(850)

    assert story.spent(0, stale=True) == []
    assert story.states() == ["2026-11 80% pending"]


def test_a_rename_is_the_same_alert() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.now += HOUR
    story.take(story.findings(850, scope=Scope((Part("project", "p1", "openai", "Web"),))))

    assert story.take(story.findings(850, scope=Scope((Part("project", "p1", "openai", "Shop"),)))) == []


def test_the_same_input_gives_the_same_decision() -> None:
    story = Story(route=lambda alert: ("team", "pager"))
    story.spent(550)
    story.now += HOUR
    findings = story.findings(1030)

    assert story.decide(findings) == story.decide(findings)
    assert story.decide(findings[::-1]).notifications == story.decide(findings).notifications


def test_an_alert_carries_what_all_that_it_counts_has_in_common() -> None:
    story = Story(levels={80: Severity.WARNING})
    subject = {"project": ("p1", "Web"), "team": ("research",), "model": ()}

    story.take([replace(finding, subject=subject) for finding in story.findings(850)])

    assert story.alert("80%").labels == {"project": "Web", "project_id": "p1", "team": "research"}


def test_the_id_of_an_alert_is_derived_from_its_identity() -> None:
    ids = {
        alert_id("b", scope, period, level, episode)
        for scope in ("", "p")
        for period in ("2026-11", "2026-12")
        for level in map("{}%".format, LEVELS)
        for episode in (1, 2)
    }

    assert len(ids) == 24
    assert alert_id("b", "", "2026-11", "80%", 1) in ids
    assert all(len(id) == 12 and int(id, 16) >= 0 for id in ids)
