from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from budgetbot.core.model import Driver, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.wording import message
from tests.notifiers.samples import ALERT, ESTIMATED, FRESHNESS, NOW, PROJECT, RULE, notify, resolved


def test_a_message_says_what_how_much_against_what_whose_and_how_fresh() -> None:
    told = message(notify())

    assert told.lead == "research-monthly has passed 80%: $840.12 of $1,000 (84 %) in Nov 2026."
    facts = dict(told.facts)
    assert facts["Level"] == "80% = $800"
    assert facts["Left per day"] == "$15.98"
    assert (facts["Team"], facts["Owner"]) == ("research", "ml-lead@example.com")
    assert told.context[0] == "Data complete to 2026-11-21 08:00 UTC; bill settled to 2026-11-19 00:00 UTC"
    assert told.context[1] == "Rule research-monthly, policies/research.yaml:12"
    assert told.context[2] == "Sent because the level was reached; alert a1b2c3d4, policy 3f2a91c0ffee"


def test_the_three_dearest_drivers_are_named_with_share_and_owner_and_the_rest_counted() -> None:
    assert message(notify()).drivers == (
        "api key ci-nightly: $400.00 (47 %), owner ml-lead@example.com",
        "api key notebooks: $300.00 (35 %)",
        "api key eval-runner: $100.00 (11 %)",
        "and 1 more",
    )


def test_what_can_be_done_names_commands_that_work() -> None:
    told = message(notify(replace(ALERT, scope=PROJECT)))

    assert [command for _, command in told.steps] == [
        "budgetbot alerts ack a1b2c3d4",
        "budgetbot alerts snooze a1b2c3d4 4h",
        "budgetbot spend 'search web' by key",
    ]


@pytest.mark.parametrize("name", ["$(reboot)", "a; reboot", "`reboot`", "-rf", "a\nb", "naïve", "x" * 99])
def test_a_project_with_a_name_that_no_shell_should_see_is_named_by_its_id(name: str) -> None:
    told = message(notify(replace(ALERT, scope=Scope((Part("project", "proj_1", "openai", name),)))))

    assert told.steps[-1][1] == "budgetbot spend proj_1 by key"


def test_a_project_without_any_plain_name_is_not_put_into_a_command() -> None:
    told = message(notify(replace(ALERT, scope=Scope((Part("project", "$(id)", "openai", "`x`"),)))))

    assert len(told.steps) == 2


def test_the_project_may_come_from_the_drivers() -> None:
    told = message(notify(replace(ALERT, drivers=(Driver("project", "proj_9", None, NANO),))))

    assert told.steps[-1][1] == "budgetbot spend proj_9 by key"


def test_an_acknowledged_alert_is_not_to_be_acknowledged_again() -> None:
    told = message(notify(replace(ALERT, acknowledged_by="ml-lead@example.com"), Reason.REPEAT))

    assert [what for what, _ in told.steps] == ["Be quiet for four hours"]
    assert ("Acknowledged by", "ml-lead@example.com") in told.facts


def test_an_estimated_part_makes_it_probable_while_the_low_end_is_below_the_line() -> None:
    told = message(notify(evidence=ESTIMATED))

    assert told.title == "research-monthly probably reached 80%"
    assert "has probably passed 80%" in told.lead
    assert "$80.00 of it is estimated (between $790.00 and $871.50 in all; the low end is still below" in told.lead
    sure = message(notify(evidence={**ESTIMATED, "low": "800.00"}))
    assert "probably" not in sure.title + sure.lead
    assert "$80.00 of it is estimated (between $800.00 and $871.50 in all)." in sure.lead


def test_levels_passed_in_the_same_step_are_told_with_it() -> None:
    assert message(notify(others=("50%", "$700"))).lead.endswith("Passed in the same step: 50%, $700.")


def test_a_worse_level_names_the_one_before() -> None:
    told = message(notify(reason=Reason.WORSE, evidence={"previous_level": "50%"}))

    assert told.title == "research-monthly reached 80% (was 50%)"
    assert "has passed 80%, after 50%" in told.lead


def test_a_level_that_was_passed_before_the_rule_knew_it_says_so() -> None:
    lead = message(notify(replace(ALERT, already=True))).lead

    assert "It was already passed when this rule was added or changed." in lead


def test_a_late_crossing_says_so_and_asks_for_nothing() -> None:
    told = message(notify(replace(ALERT, late=True)))

    assert "The period is closed; this settled late." in told.lead
    assert told.steps == ()


def test_a_second_episode_says_that_it_happened_before() -> None:
    assert "now it is passed again" in message(notify(replace(ALERT, episode=2))).lead


@pytest.mark.parametrize(
    ("why", "badge", "said"),
    [
        ("corrected", "RESOLVED", "The provider restated the bill: research-monthly is at $780 of $1,000 (78 %)"),
        ("limit_changed", "RESOLVED", "The limit was changed: research-monthly is at $780"),
        ("period_ended", "CLOSED", "The period has ended: research-monthly was at $780"),
        ("rule_changed", "CLOSED", "The rule was changed and starts anew: research-monthly was at $780"),
        ("rule_removed", "CLOSED", "The rule was removed: research-monthly was at $780"),
        ("manual", "CLOSED", "It was closed by hand: research-monthly was at $780"),
    ],
)
def test_the_end_of_an_alert_says_why_it_ended(why: Any, badge: str, said: str) -> None:
    told = message(resolved(why=why))

    assert told.lead.startswith(said)
    assert told.badge == badge
    assert told.summary.startswith(f"{badge.capitalize()}: ")
    assert told.steps == ()


def test_a_closed_period_is_provisional_until_it_is_settled() -> None:
    ended = replace(ALERT, state="resolved", reason="period_ended")

    assert "provisional" in message(notify(ended, Reason.EXPIRED)).lead
    settled = message(notify(ended, Reason.EXPIRED, evidence={"settled_to": "2026-12-03T00:00:00+00:00"}))
    assert "provisional" not in settled.lead
    assert settled.badge == "CLOSED"


def test_a_quiet_source_says_since_when_why_and_what_it_means() -> None:
    lead = message(notify(FRESHNESS)).lead

    assert "openai usage/completions was last read whole at 2026-11-21 02:03 UTC, and counts as stale after 6h" in lead
    assert "The last try failed: HTTP 401: the key was refused." in lead
    assert lead.endswith("What was spent since then is not known.")


def test_a_kind_that_is_not_known_yet_shows_its_evidence() -> None:
    told = message(notify(replace(ALERT, kind="anomaly", level="high", evidence={"expected_high": "12.00", "x": []})))

    assert told.lead == "research-monthly has reached anomaly high."
    assert ("Expected high", "12.00") in told.facts
    assert "X" not in dict(told.facts)


def test_broken_evidence_still_makes_a_message() -> None:
    told = message(notify(replace(ALERT, evidence={"spent": "NaN", "complete_to": "soon"})))

    assert told.lead == "research-monthly has reached budget 80%."
    assert told.context[0] == "Data not complete yet; bill not settled yet"


def test_a_test_is_marked_everywhere_and_asks_for_nothing() -> None:
    told = message(notify(reason=Reason.TEST))

    assert told.badge == "TEST"
    assert told.summary.startswith("TEST, nothing happened: ")
    assert told.title.startswith("TEST: ")
    assert told.lead.startswith("This is a test of the way to you: nothing happened")
    assert told.steps == ()
    bare = message(Notification("t", "ml-slack", Reason.TEST, "t", NOW))
    assert bare.title == "TEST: test for ml-slack"


def test_money_that_could_not_be_converted_is_named_and_raised_limits_are_explained() -> None:
    facts = dict(message(notify(evidence={"unconverted": {"EUR": "12.00"}, "effective_amount": "1200.00"})).facts)

    assert facts["Not counted (no rate)"] == "€12.00"
    assert facts["Budget"] == "$1,000, with grants and rollover $1,200"
    assert facts["Spent"] == "$840.12 of $1,200 (70 %)"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://a.example/>x", 'https://a.example/"', "ftp://a"])
def test_a_runbook_that_is_no_plain_web_address_is_left_out(link: str) -> None:
    assert message(notify(rule=replace(RULE, runbook=link))).runbook is None


def test_names_lose_control_and_bidi_characters() -> None:
    told = message(notify(replace(ALERT, rule="a\x1b[2J\u202eb", labels={"team": "x\r\ny"})))

    assert "a[2Jb" in told.title
    assert ("Team", "x y") in told.facts
    assert all(line.isprintable() for line in told.plain().splitlines())
