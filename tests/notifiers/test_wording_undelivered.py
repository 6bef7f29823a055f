from __future__ import annotations

from dataclasses import replace

import pytest

from budgetbot.core.model import Alert, Json, Part, Resolution, Scope, Severity
from budgetbot.core.notification import Reason
from budgetbot.core.summary import alert_summary
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.slack_limits import violations
from budgetbot.notifiers.wording import message
from tests.notifiers.hostile import NASTY
from tests.notifiers.samples import ALERT, notify

EVIDENCE: dict[str, Json] = {
    "receiver": "ml-slack",
    "given_up": 3,
    "since": "2026-11-20T10:00:00Z",
    "waiting": 1,
    "oldest_due": "2026-11-20T11:00:00Z",
    "drill_due": None,
    "last_error": "channel_not_found",
}


def about(receiver: str = "ml-slack", **evidence: Json) -> Alert:
    return replace(
        ALERT,
        kind="delivery",
        rule="undelivered",
        level="undelivered",
        severity=Severity.CRITICAL,
        scope=Scope((Part("receiver", receiver),)),
        period="since-2026-11-20T12:00:00Z",
        start=None,
        end=None,
        drivers=(),
        labels={},
        evidence=EVIDENCE | evidence,
    )


def over(alert: Alert) -> Alert:
    return replace(alert, state="resolved", reason="corrected", evidence={"receiver": "ml-slack"})


def test_it_says_what_is_lost_why_and_how_to_try_again() -> None:
    spoken = message(notify(about()))

    assert spoken.title == "ml-slack is not told"
    assert spoken.lead == (
        "3 messages to ml-slack were given up since 2026-11-20 10:00 UTC. "
        "1 message is waiting for ml-slack since 2026-11-20 11:00 UTC. "
        "The last error: channel_not_found. "
        "Mend the way to ml-slack, then try it: `budgetbot drill ml-slack`."
    )
    assert alert_summary(about()) == "Critical: ml-slack is not told: 3 given up, 1 waiting; undelivered"
    assert ("Given up", "3") in spoken.facts
    assert ("Last error", "channel_not_found") in spoken.facts


def test_one_message_is_one_and_a_drill_is_named() -> None:
    one = about(given_up=1, since=None, waiting=2, drill_due="2026-11-20T11:10:00Z", last_error=None)

    assert message(notify(one)).lead == (
        "1 message to ml-slack was given up. 2 messages are waiting for ml-slack since 2026-11-20 11:00 UTC, "
        "among them a drill that it should have confirmed by 2026-11-20 11:10 UTC. "
        "Mend the way to ml-slack, then try it: `budgetbot drill ml-slack`."
    )


def test_an_owner_cannot_be_drilled() -> None:
    owner = message(notify(about("owner:lead@example.com")))

    assert owner.title == "owner:lead@example.com is not told"
    assert owner.lead.endswith("Mend the way to owner:lead@example.com.")


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.REPEAT, "ml-slack is still not told"),
        (Reason.ESCALATED, "Nobody has acknowledged: ml-slack is not told"),
    ],
)
def test_a_reminder_says_that_it_lasts(reason: Reason, title: str) -> None:
    assert message(notify(about(), reason)).title == title


def test_its_end_says_that_what_was_given_up_stays_so() -> None:
    spoken = message(notify(over(about()), Reason.RESOLVED))

    assert (spoken.title, spoken.badge) == ("ml-slack is told again", "RESOLVED")
    assert spoken.lead == (
        "ml-slack has confirmed what was sent to it since. "
        "What was given up is not sent again: `budgetbot alerts deliveries` lists it."
    )
    assert alert_summary(over(about())) == "Resolved: ml-slack is told again; undelivered"


@pytest.mark.parametrize(
    ("reason", "why"),
    [("manual", "It was closed by hand. "), ("rule_changed", "ml-slack is no longer in the policy. ")],
)
def test_where_it_ended_otherwise_nobody_says_that_it_works(reason: Resolution, why: str) -> None:
    spoken = message(notify(replace(over(about()), reason=reason), Reason.RESOLVED))

    assert (spoken.title, spoken.badge) == ("ml-slack was not told", "CLOSED")
    assert spoken.lead.startswith(why)
    assert spoken.summary == "Closed: ml-slack was not told; undelivered"


@pytest.mark.parametrize("text", NASTY)
def test_hostile_words_stay_one_line_and_within_the_limits_of_slack(text: str) -> None:
    alert = about(f"owner:{text}", last_error=text, since=text, oldest_due=text, given_up=text)
    for told in (notify(alert), notify(over(alert), Reason.RESOLVED)):
        spoken, slack = message(told), slack_message(told)

        assert "\n" not in spoken.title + spoken.lead + spoken.summary
        assert violations(slack.blocks, slack.text) == []
