"""What people did, told in the thread: in plain words, whatever the names are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Json, Part, Scope
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.slack_limits import violations
from budgetbot.notifiers.slack_pieces import SlackMessage
from budgetbot.notifiers.slack_story import slack_story
from tests.notifiers.hostile import NASTY, nasty
from tests.notifiers.samples import ALERT, LEAD, PROSPECT, deed, keys, lent, notify, together
from tests.notifiers.test_slack_blocks import HOSTILE, accepted, assert_dead
from tests.standins.slack_rules import check_message

DEEDS = (
    "acknowledged", "unacknowledged", "snoozed", "not_mine", "grant_asked", "grant_granted", "grant_refused",
    "grant_ended", "planned_granted", "planned_ended", "something_else",
)  # fmt: skip
STEPS = (Reason.WORSE, Reason.REPEAT, Reason.ESCALATED, Reason.RESOLVED, Reason.EXPIRED)
NAMES = (*NASTY, "<!channel>", "<@U1>", "@here", "http://evil.example", "*_~`", "```\n```", "&" * 300, "<!x|y>")


def taken(notification: Notification) -> SlackMessage:
    """The reply, which neither our own check nor the stand-in's refuses, and in which nothing is alive."""
    message = slack_story(notification, interactive=True)
    assert violations(message.blocks, message.text) == []
    assert violations([], message.long_text) == []
    check_message({"text": message.text, "blocks": message.blocks})
    assert_dead(message)
    return message


def full(what: str, text: str, scope: Scope = ALERT.scope) -> Notification:
    """A deed whose every foreign text is `text`."""
    alert = replace(ALERT, rule=text, level=text, scope=scope)
    told: dict[str, Json] = {"rule": text, "reason": text, "asked_by": text, "to": [text] * 30, "allowance": text}
    return lent(what, alert, **told, by=text)


def test_a_step_says_what_it_is_what_is_spent_and_what_happens_where_nobody_acts() -> None:
    step = taken(notify(reason=Reason.ESCALATED, evidence=PROSPECT))

    assert step.text.startswith("Warning: research $840.12 of $1,000, full Mon 23 Nov 14:00 UTC;")
    assert "Nobody has acknowledged that research-monthly passed 80%" in str(step.blocks)
    assert "If nobody acts: $41.20 an hour now, usually $6.10; $947.60 more by tomorrow 09:00" in str(step.blocks)
    assert len(step.blocks) == 3


def test_a_deed_begins_with_who_did_what_and_says_about_what() -> None:
    reply = taken(deed("acknowledged", until="2026-12-01T00:00:00Z"))

    assert reply.text.replace("\u200b", "") == f"Acknowledged by {LEAD} until 1 Dec.\nresearch-monthly reached 80%"
    assert "About: research-monthly reached 80%" in str(reply.blocks[-1])


def test_a_raise_offers_the_lines_to_commit() -> None:
    (code,) = [block for block in taken(lent("grant_granted")).blocks if "```" in str(block)]

    assert str(code["text"]["text"]).startswith('```\ngrants:\n- budget: "research-monthly"\n  add: "500.00 USD"\n')  # type: ignore[index, call-overload]
    assert "grants:" not in str(taken(lent("grant_asked")).blocks)


def test_lines_that_nobody_would_copy_and_those_of_another_alert_are_left_out() -> None:
    scope = Scope((Part("api_key", "k" * 3_000, "openai", "k"),))
    long, another = full("grant_granted", "x", scope), lent("grant_granted")

    assert "grants:" not in str(taken(long).blocks)
    other = replace(another, deed={**(another.deed or {}), "alert": "another"})
    assert "grants:" not in str(taken(other).blocks)


def test_without_interactivity_a_deed_has_no_buttons() -> None:
    assert "actions" not in [block["type"] for block in slack_story(lent("grant_asked")).blocks]


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("what", DEEDS)
def test_no_name_in_a_deed_is_too_long_or_alive(what: str, text: str) -> None:
    scope = Scope((Part("api_key", text, "openai", text),))

    for told in (full(what, text), full(what, text, scope)):
        taken(told)


@settings(max_examples=60, deadline=None)
@given(what=st.sampled_from(DEEDS), text=HOSTILE)
def test_no_text_at_all_is_too_long_or_alive_in_a_deed(what: str, text: str) -> None:
    taken(full(what, text, Scope((Part("api_key", text, "openai", text),))))


@pytest.mark.parametrize("value", [None, 7, True, [], {}, [[{}]], "9" * 400, "NaN", 1.5])
@pytest.mark.parametrize("what", DEEDS)
def test_a_deed_of_another_shape_is_told_all_the_same(what: str, value: Any) -> None:
    fields = ("by", "until", "reason", "to", "amount", "currency", "rule", "since", "asked_by", "allowance")

    taken(deed(what, **dict.fromkeys(fields[1:], value)))
    for field in fields:
        told = lent(what)
        taken(replace(told, deed={**(told.deed or {}), field: value}))


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("reason", STEPS)
def test_no_name_in_a_step_or_a_whole_message_is_too_long_or_alive(reason: Reason, text: str) -> None:
    told = nasty(text, reason)
    assert told.alert is not None
    evidence: dict[str, Json] = {**told.alert.evidence, **PROSPECT, "told": [text] * 30, "currency": text}
    plain = replace(told, alert=replace(told.alert, evidence=evidence), rule=None)

    taken(plain)
    assert_dead(accepted(plain))
    accepted(told)


@pytest.mark.parametrize("reason", STEPS)
def test_forty_alerts_with_long_names_fit(reason: Reason) -> None:
    name = "<!channel> " + "n" * 300
    scope = Scope((Part("api_key", name, "openai", name),))
    alerts = [replace(alert, rule=name, scope=scope, evidence={**alert.evidence, **PROSPECT}) for alert in keys(40)]
    told = replace(together(alerts, reason), rule=None)

    taken(told)
    assert_dead(accepted(told))
    assert re.search("and 30 more", accepted(told).long_text)
