"""Who hears what of an alert, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.model import Alert, RuleInfo, Severity
from budgetbot.core.notification import Reason
from tests.standins.spend import utc
from tests.standins.story import LEVELS, Story

HOUR = timedelta(hours=1)
RULE = RuleInfo("b", "budget", "one")
REPEATED = replace(RULE, repeat=timedelta(hours=4))


def by_severity(alert: Alert) -> tuple[str, ...]:
    """The team hears everything, finance of warnings and worse, the pager of what is critical."""
    return ("team", "finance", "pager")[: alert.severity.rank + 1]


def test_each_receiver_hears_of_a_crossing_once() -> None:
    story = Story(route=lambda alert: ("team", "finance"))

    assert story.spent(850) == ["team: first 80% (50%)", "finance: first 80% (50%)"]
    for _ in range(5):
        assert story.spent(860) == []


def test_one_receiver_that_is_named_by_routes_and_by_the_rule_hears_once() -> None:
    story = Story(rule=replace(RULE, notify=("team", "finance")))

    assert story.spent(500) == ["team: first 50%", "finance: first 50%"]


def test_of_several_levels_crossed_at_once_only_the_highest_is_sent() -> None:
    story = Story()

    assert story.spent(1030) == ["team: first 100% (80%, 50%)"]
    assert story.quiet() == ["team: first 80%", "team: first 50%"]
    assert [story.alert(level).inhibited for level in ("50%", "80%", "100%")] == [True, True, False]


def test_a_level_below_one_that_fires_is_listed_and_not_sent() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.levels = {50: Severity.INFO, 80: Severity.WARNING}

    assert story.spent(850) == []
    assert story.quiet() == ["team: first 50%"]


def test_the_next_level_is_told_as_worse() -> None:
    story = Story()

    assert story.spent(550) == ["team: first 50%"]
    assert story.spent(850) == ["team: worse 80%"]
    assert story.spent(1000) == ["team: worse 100%"]


def test_each_receiver_hears_of_the_highest_level_that_is_routed_to_it() -> None:
    story = Story(route=lambda alert: ("team",) if alert.level == "100%" else ("finance",))

    assert story.spent(1030) == ["team: first 100%", "finance: first 80% (50%)"]
    assert story.quiet() == ["finance: first 50%"]


def test_a_receiver_that_hears_of_the_higher_levels_alone_is_told_first_and_not_worse() -> None:
    story = Story(route=by_severity)

    assert story.spent(550) == ["team: first 50%"]
    assert story.spent(850) == ["team: worse 80%", "finance: first 80%"]
    assert story.spent(1030) == ["team: worse 100%", "finance: worse 100%", "pager: first 100%"]


def test_a_receiver_that_is_added_while_it_fires_is_told_then() -> None:
    story = Story()
    story.spent(850)
    story.route = lambda alert: ("team", "finance")

    assert story.spent(850) == ["finance: first 80% (50%)"]


def test_a_receiver_that_is_taken_out_is_told_the_end_all_the_same() -> None:
    story = Story(route=lambda alert: ("team", "finance"))
    story.spent(850)
    story.route = lambda alert: ("team",)

    assert sorted(story.spent(100)) == ["finance: resolved 80%", "team: resolved 80%"]


def test_only_who_heard_of_it_hears_that_it_is_over() -> None:
    story = Story(route=by_severity)
    story.spent(850)
    story.spent(1030)

    assert sorted(story.spent(990)) == []
    assert sorted(story.spent(900)) == [
        "finance: resolved 100% (80%, 50%)",
        "pager: resolved 100% (80%, 50%)",
        "team: resolved 100% (80%, 50%)",
    ]
    assert sorted(story.spent(100)) == ["finance: resolved 80%", "team: resolved 80%"]


def test_a_lower_level_that_was_never_sent_is_not_told_as_over() -> None:
    story = Story()
    story.spent(1030)

    assert story.spent(700) == ["team: resolved 100% (50%)"]
    assert story.spent(100) == []


def test_the_highest_level_speaks_for_those_that_end_with_it() -> None:
    story = Story()
    story.spent(550)
    story.spent(850)

    assert story.spent(100) == ["team: resolved 80%"]
    assert "team: resolved 50%" in story.quiet()


def test_a_lower_level_that_fires_again_after_a_higher_one_was_corrected_away_is_told() -> None:
    story = Story()
    story.spent(1030)
    story.spent(100)

    assert story.spent(850) == ["team: first 80% again 2 (50%)"]


def test_the_end_of_a_period_is_told_as_expired_to_who_heard_alone() -> None:
    story = Story(route=by_severity)
    story.spent(850)
    story.now = utc("2026-12-01T00:05")

    assert sorted(story.take(story.findings(0))) == ["finance: expired 80%", "team: expired 80%"]


def test_an_evaluation_that_missed_the_end_of_the_period_closes_it_later() -> None:
    story = Story()
    story.spent(850)
    story.now = utc("2027-02-03")

    assert story.take(story.findings(0)) == ["team: expired 80%"]


def test_a_late_crossing_whose_rule_is_removed_at_the_same_moment_is_over() -> None:
    story = Story()
    story.now = utc("2026-12-02T09:00")
    story.take(story.findings(1030, back=1))
    story.rules = []

    assert story.take([]) == []


def test_of_late_crossings_each_receiver_hears_the_highest() -> None:
    story = Story(route=by_severity)
    story.now = utc("2026-12-02T09:00")

    assert sorted(story.take(story.findings(850, back=1))) == [
        "finance: first 80% late",
        "team: first 80% late (50%)",
    ]


def test_the_notifications_of_one_incident_have_one_thread_and_keys_of_their_own() -> None:
    story = Story(rule=REPEATED)
    story.spent(850)
    story.spent(1000, after=HOUR)
    story.spent(1000, after=4 * HOUR)
    story.spent(100, after=HOUR)
    rows = list(story.recorder.rows.values())

    assert {row.thread for row in rows} == {"b//2026-11"}
    assert len({row.key for row in rows}) == len(rows)
    assert [row.reason for row in rows if row.status == "pending"] == [
        Reason.FIRST,
        Reason.WORSE,
        Reason.REPEAT,
        Reason.RESOLVED,
    ]


def test_two_that_decide_the_same_moments_apart_name_it_alike() -> None:
    story = Story(route=lambda alert: ("team", "finance"))
    story.spent(550)
    one = story.decide(story.findings(1030))
    story.now += timedelta(seconds=1)
    other = story.decide(story.findings(1030))

    assert [n.key for n in one.notifications] == [n.key for n in other.notifications]
    assert [a.id for a in one.alerts] == [a.id for a in other.alerts]


def test_a_notification_shows_todays_numbers_and_the_rule() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.spent(700)
    first, over = story.recorder.rows.values()

    assert first.alert is not None
    assert over.alert is not None
    assert (first.alert.evidence, over.alert.evidence) == ({"spent": "850"}, {"spent": "700"})
    assert (first.rule, over.rule) == (story.rule, story.rule)
    assert story.alert("80%").evidence == {"spent": "850"}


def test_a_rule_that_nobody_is_routed_to_fires_in_silence() -> None:
    story = Story(route=lambda alert: ())

    assert story.spent(850) == []
    assert story.alert("80%").state == "firing"
    assert story.spent(100) == []
    assert story.recorder.rows == {}


def test_what_was_recorded_without_its_notification_is_told_at_the_next_decision() -> None:
    story = Story(levels={80: Severity.WARNING})
    story.spent(850)
    story.recorder.rows.clear()

    assert story.spent(850) == ["team: first 80%"]


@given(
    st.fixed_dictionaries(dict.fromkeys(LEVELS, st.sets(st.sampled_from(["team", "finance", "pager"]), min_size=1))),
    st.lists(st.integers(0, 1100), min_size=1, max_size=8),
)
def test_every_alert_that_fires_reaches_each_receiver_itself_or_by_a_higher_level_told_to_the_same_one(
    routes: dict[int, set[str]], spent: list[int]
) -> None:
    story = Story(route=lambda alert: tuple(sorted(routes[alert.rank])))
    for dollars in spent:
        story.spent(dollars)
        rows = [row for row in story.recorder.rows.values() if row.status == "pending"]
        told = {(row.receiver, row.alert.rank) for row in rows if row.alert}
        for alert in story.recorder.alerts.values():
            for receiver in routes[alert.rank] if alert.state == "firing" else ():
                assert any(who == receiver and rank >= alert.rank for who, rank in told)
