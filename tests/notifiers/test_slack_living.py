"""One message for an incident, kept as things are; what became of it in its thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Json, Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.slack import SlackNotifier
from tests.notifiers.samples import ALERT, LEAD, NOW, PROSPECT, deed, keys, lent, notify, resolved, together
from tests.standins.slack import TOKEN, FakeSlack

WORSE = notify(replace(ALERT, id="b2", level="100%", severity=Severity.CRITICAL), Reason.WORSE, key="n-2")
SPENT: dict[str, Json] = {"spent": "1030.00", "high": "1030.00", "low": "1030.00", "billed": "1030.00"}
HELD = replace(ALERT, acknowledged_by=LEAD, acknowledged_at=NOW, acknowledged_until=NOW + timedelta(days=10))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as standin:
        standin.start = int(NOW.timestamp())
        yield standin


@pytest.fixture
def receiver(slack: FakeSlack) -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, 5, interactive=True)


def headline(message: dict[str, Any]) -> str:
    return str(message["blocks"][0]["text"]["text"])


def buttons(message: dict[str, Any]) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [button["text"]["text"] for row in rows for button in row]


def said(message: dict[str, Any]) -> str:
    return str(message["blocks"])


@pytest.mark.parametrize(
    ("step", "head"),
    [
        (WORSE, "🚨 research-monthly reached 100%"),
        (notify(reason=Reason.REPEAT, key="n-2"), "⚠️ research-monthly is still over 80%"),
        (notify(reason=Reason.ESCALATED, key="n-2"), "⚠️ Nobody has acknowledged: research-monthly reached 80%"),
        (notify(replace(ALERT, episode=2), key="n-2"), "⚠️ research-monthly reached 80%"),
        (resolved(), "✅ research-monthly: 80% resolved"),
        (replace(resolved(why="period_ended"), reason=Reason.EXPIRED), "🏁 research-monthly: Nov 2026 is closed"),
        (deed("acknowledged", HELD), "👀 research-monthly reached 80%"),
        (deed("snoozed", replace(ALERT, snoozed_until=NOW + timedelta(hours=4))), "🔕 research-monthly reached 80%"),
    ],
    ids=lambda step: step.reason.value if isinstance(step, Notification) else "",
)
def test_each_step_tells_the_first_message_anew_and_is_one_reply_beneath_it(
    slack: FakeSlack, receiver: SlackNotifier, step: Notification, head: str
) -> None:
    first = receiver.send(notify(), None)

    place = receiver.send(step, first)

    parent, reply = slack.messages
    assert headline(parent) == head
    assert parent["metadata"]["event_payload"]["delivery"] == "n-1"
    assert (reply["thread_ts"], reply["metadata"]["event_payload"]["delivery"]) == (parent["ts"], step.key)
    assert reply["reply_broadcast"] is (step.reason in {Reason.FIRST, Reason.WORSE, Reason.REPEAT, Reason.ESCALATED})
    assert place == {"channel": "C0GENERAL", "ts": reply["ts"], "to": "#general", "thread_ts": parent["ts"]}
    assert len(reply["blocks"]) < len(parent["blocks"])


def test_buttons_stand_beneath_what_fires_and_go_with_it(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(), None)
    every = ["Acknowledge", "Snooze", "Raise budget", "Planned", "Details", "Not mine"]
    assert buttons(slack.messages[0]) == every
    assert "budgetbot alerts ack" not in said(slack.messages[0])

    receiver.send(deed("acknowledged", HELD), first)
    assert buttons(slack.messages[0]) == every[1:]
    assert f"Acknowledged by {LEAD} until 1 Dec" in said(slack.messages[0]).replace("\u200b", "")

    receiver.send(WORSE, first)
    assert buttons(slack.messages[0]) == every  # nobody has acknowledged the higher level
    receiver.send(resolved(), first)
    assert buttons(slack.messages[0]) == []


def test_where_slack_tells_nobody_who_clicks_there_are_commands(slack: FakeSlack) -> None:
    SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, 5).send(notify(), None)

    assert buttons(slack.messages[0]) == []
    assert "budgetbot alerts ack a1b2c3d4" in said(slack.messages[0])


def test_an_acknowledgement_that_has_come_to_its_end_shows_no_more(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(), None)
    over = replace(HELD, acknowledged_until=NOW)

    receiver.send(notify(over, Reason.REPEAT, key="n-2"), first)

    assert headline(slack.messages[0]).startswith("⚠️")
    assert buttons(slack.messages[0])[0] == "Acknowledge"


def test_a_level_that_is_over_while_a_lower_one_fires_does_not_look_like_all_is_well(
    slack: FakeSlack, receiver: SlackNotifier
) -> None:
    first = receiver.send(notify(), None)

    receiver.send(replace(resolved(), others=("50%",)), first)

    assert headline(slack.messages[0]).startswith("⚠️")
    assert "What still fires: 50%." in said(slack.messages[0])


@pytest.mark.parametrize(
    "error", ["message_not_found", "cant_update_message", "edit_window_closed", "an_error_of_next_year"]
)
def test_a_first_message_that_may_not_be_changed_keeps_nothing_from_being_told(
    slack: FakeSlack, receiver: SlackNotifier, error: str
) -> None:
    first = receiver.send(notify(), None)
    slack.fail("chat.update", error=error)

    place = receiver.send(WORSE, first)

    parent, reply = slack.messages
    assert headline(parent) == "⚠️ research-monthly reached 80%"
    assert headline(reply) == "🚨 research-monthly reached 100%"  # the whole message, as the first one does not say it
    assert place["thread_ts"] == reply["thread_ts"] == parent["ts"]


def test_where_the_thread_is_gone_too_it_is_a_message_of_its_own(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(), None)
    slack.messages.clear()

    place = receiver.send(WORSE, first)

    assert "thread_ts" not in place
    assert buttons(slack.messages[0])[0] == "Acknowledge"
    receiver.send(replace(WORSE, key="n-3", reason=Reason.REPEAT), place)
    assert headline(slack.messages[0]) == "🚨 research-monthly is still over 100%"


@pytest.mark.parametrize(
    "how",
    [
        {"status": 429, "headers": {"Retry-After": "7"}},
        {"status": 500, "text": "oops"},
        {"error": "internal_error"},
        {"text": "<html>"},
        {"drop": True, "accept": True},
    ],
    ids=["busy", "down", "its own fault", "unreadable", "lost"],
)
def test_an_update_that_may_succeed_later_fails_the_whole_and_posts_nothing(
    slack: FakeSlack, receiver: SlackNotifier, how: dict[str, Any]
) -> None:
    first = receiver.send(notify(), None)
    slack.fail("chat.update", **how)

    with pytest.raises(DeliveryError) as failed:
        receiver.send(WORSE, first)

    assert (failed.value.permanent, failed.value.unknown) == (False, False)
    assert failed.value.retry_after == (7 if "headers" in how else None)
    assert len(slack.messages) == 1
    receiver.send(WORSE, first)
    assert [message["ts"] for message in slack.messages] == [first["ts"], slack.messages[1]["ts"]]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
def test_an_update_whose_blocks_are_refused_is_text_alone_and_shows_the_old_blocks_no_more(
    slack: FakeSlack, receiver: SlackNotifier, error: str
) -> None:
    first = receiver.send(notify(), None)
    slack.fail("chat.update", error=error)

    receiver.send(WORSE, first)

    assert slack.messages[0]["blocks"] == []
    assert "budgetbot alerts ack b2" in slack.messages[0]["text"]


def test_the_message_of_many_is_not_overwritten_by_the_end_of_one(slack: FakeSlack, receiver: SlackNotifier) -> None:
    alerts = keys(4)
    first = receiver.send(together(alerts), None)
    before = dict(slack.messages[0])
    over = replace(alerts[0], state="resolved", reason="corrected")

    receiver.send(notify(over, Reason.RESOLVED, key="n-2"), first)

    assert slack.messages[0] == before
    assert slack.messages[1]["thread_ts"] == first["ts"]

    receiver.send(replace(together(alerts, Reason.ESCALATED), key="n-3"), first)
    assert headline(slack.messages[0]).endswith("Nobody has acknowledged: 4 api keys reached 100% of ci-key-daily")
    assert buttons(slack.messages[0]) == ["Acknowledge all 4", "Snooze all 4", "Details"]


def test_what_another_message_spoke_for_is_told_beneath_that_as_a_whole_and_then_lives_there(
    slack: FakeSlack, receiver: SlackNotifier
) -> None:
    first = receiver.send(together(keys(4)), None)
    other = replace(WORSE, thread="thread-2")

    place = receiver.send(other, first)

    assert buttons(slack.messages[1])[0] == "Acknowledge"
    receiver.send(replace(resolved(), thread="thread-2"), place)
    assert headline(slack.messages[1]).startswith("✅")
    assert [message.get("thread_ts") for message in slack.messages] == [None, first["ts"], first["ts"]]


def test_a_deed_about_one_of_many_changes_nothing_of_what_the_first_message_says(
    slack: FakeSlack, receiver: SlackNotifier
) -> None:
    first = receiver.send(notify(), None)

    told = deed("acknowledged", HELD)
    receiver.send(replace(told, deed={**(told.deed or {}), "alert": "another"}), first)

    assert slack.posted("chat.update") == []
    assert slack.messages[1]["text"].startswith("Acknowledged by")


def test_an_update_tells_nothing_of_links_and_names(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(), None)
    receiver.send(WORSE, first)

    (update,) = slack.posted("chat.update")
    assert (update["parse"], update["link_names"], "metadata" in update) == ("none", False, False)


def test_an_approval_is_asked_for_and_given_in_the_thread(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(), None)

    receiver.send(lent("grant_asked"), first)
    receiver.send(replace(lent("grant_granted", by="Slack: finance (U0FIN)"), key="n-3"), first)

    _, asked, granted = slack.messages
    assert buttons(asked) == ["Approve", "Refuse"]
    row = next(block for block in asked["blocks"] if block["type"] == "actions")
    ids = [(button["action_id"], button["value"]) for button in row["elements"]]
    assert ids == [("allowance:approve", "r1"), ("allowance:refuse", "r1")]
    assert buttons(granted) == ["End it now"]
    assert "grants:" in said(granted)


def test_a_chart_is_told_anew_with_the_rest(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(notify(evidence=PROSPECT), None)
    trend: dict[str, Json] = {"unit": "hour", "points": [["2026-11-21T08:00:00Z", "3.00"]], "line": None}

    receiver.send(notify(WORSE.alert or ALERT, Reason.WORSE, key="n-2", evidence={"trend": trend}), first)

    (chart,) = [block for block in slack.messages[0]["blocks"] if block["type"] == "data_visualization"]
    assert chart["title"] == "Spent by hour"
    assert chart["chart"]["axis_config"]["categories"] == ["21 Nov 08:00"]
