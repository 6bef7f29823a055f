"""What a changed policy does to alerts: limits, levels, rules."""

from __future__ import annotations

from datetime import timedelta

from budgetbot.core.model import Part, RuleInfo, Scope, Severity
from tests.standins.story import Story

HOUR = timedelta(hours=1)


def held(minutes: int) -> RuleInfo:
    return RuleInfo("b", "budget", "one", hold=timedelta(minutes=minutes))


def test_a_pending_alert_fires_with_the_line_rank_and_severity_of_that_moment() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))
    story.spent(850)
    story.amount, story.levels = 500, {80: Severity.CRITICAL}

    story.spent(850, after=HOUR)

    alert = story.alert("80%")
    assert (alert.state, alert.line, alert.severity) == ("firing", 400 * 10**9, Severity.CRITICAL)


def test_a_limit_that_changed_before_does_not_drop_a_pending_alert_when_data_is_missing() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(60))
    story.spent(850)
    story.amount = 900
    story.spent(850)

    assert story.spent(0, stale=True) == []
    assert story.states() == ["2026-11 80% pending"]


def test_a_raised_limit_resolves_and_arms_the_level_anew() -> None:
    story = Story()
    story.spent(850)
    story.amount = 2000

    assert story.spent(850) == ["team: resolved 80%"]
    assert story.states() == ["2026-11 50% resolved limit_changed", "2026-11 80% resolved limit_changed"]
    assert story.alert("80%").line == 1600 * 10**9
    assert story.spent(1650) == ["team: first 80% again 2 (50%)"]


def test_a_raised_limit_resolves_even_inside_the_band() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(800)
    story.amount = 1010

    assert story.spent(800) == ["team: resolved 80%"]
    assert story.alert("80%").reason == "limit_changed"


def test_a_raised_limit_that_is_still_passed_changes_the_line_alone() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.amount = 1050

    assert story.spent(850) == []
    alert = story.alert("80%")
    assert (alert.state, alert.line, alert.episode) == ("firing", 840 * 10**9, 1)


def test_a_lowered_limit_fires_at_once() -> None:
    story = Story()
    assert story.spent(499) == []
    story.amount = 500

    assert story.spent(499) == ["team: first 80% (50%)"]
    story.amount = 400
    assert story.spent(499) == ["team: worse 100%"]
    assert story.alert("80%").line == 320 * 10**9


def test_a_changed_severity_is_taken_over_in_silence() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.levels = {80: Severity.CRITICAL}

    assert story.spent(850) == []
    assert story.alert("80%").severity is Severity.CRITICAL


def test_a_removed_rule_closes_its_alerts() -> None:
    story = Story()
    story.spent(850)
    story.now += HOUR
    story.rules = []

    assert story.take([]) == ["team: resolved 80%"]
    assert story.states() == ["2026-11 50% resolved rule_removed", "2026-11 80% resolved rule_removed"]


def test_a_removed_rule_forgets_what_was_pending() -> None:
    story = Story(rule=held(10))
    story.spent(850)
    story.rules = []

    assert story.take([]) == []
    assert story.states() == []


def test_a_changed_rule_closes_its_alerts_and_starts_anew() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.now += HOUR

    told = story.take(story.findings(850), changed=True)

    assert len(told) == 2
    assert story.states() == ["2026-11 80% resolved rule_changed", "2026-11 80% firing"]


def test_when_a_rule_starts_anew_the_end_of_the_old_alert_is_told_before_the_new_one() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.now += HOUR

    told = story.take(story.findings(850), changed=True)

    assert told == ["team: resolved 80% (80%)", "team: first 80% again 2 already"]


def test_a_changed_rule_starts_its_waiting_anew() -> None:
    story = Story(levels={80: Severity.WARNING}, rule=held(10))
    story.spent(850)
    story.now += timedelta(minutes=9)

    assert story.take(story.findings(850), changed=True) == []
    assert story.states() == ["2026-11 80% pending"]
    assert (story.alert("80%").active_since, story.alert("80%").episode) == (story.now, 1)
    assert story.spent(850, after=timedelta(minutes=9)) == []
    assert story.spent(850, after=timedelta(minutes=1)) == ["team: first 80% already"]


def test_a_level_that_was_taken_out_closes_its_alert() -> None:
    story = Story()
    story.spent(850)
    story.levels = {50: Severity.INFO, 100: Severity.CRITICAL}

    assert story.spent(850) == ["team: resolved 80% (50%)"]
    assert story.states() == ["2026-11 50% firing", "2026-11 80% resolved rule_changed"]


def test_a_level_that_was_put_in_fires_when_it_is_passed_already() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(950)
    story.levels = {80: Severity.WARNING, 90: Severity.WARNING}

    assert story.spent(950) == ["team: worse 90%"]


def test_what_a_new_rule_finds_passed_is_marked_so() -> None:
    story = Story()
    story.now += HOUR

    assert story.take(story.findings(850), anew=True) == ["team: first 80% already (50%)"]
    assert story.spent(1000) == ["team: worse 100%"]
    assert [story.alert(level).already for level in ("50%", "80%", "100%")] == [True, True, False]


def test_scopes_and_rules_do_not_touch_each_other() -> None:
    story = Story(levels={80: Severity.WARNING})
    one, other = (Scope((Part("project", id, "openai", name),)) for id, name in (("p1", "Web"), ("p2", "Web")))
    story.now += HOUR

    assert story.take([*story.findings(850, scope=one), *story.findings(700, scope=other)]) == ["team: first 80%"]
    assert story.take([*story.findings(850, scope=one), *story.findings(850, scope=other)]) == ["team: first 80%"]
    assert story.take([*story.findings(100, scope=one), *story.findings(850, scope=other)]) == ["team: resolved 80%"]
