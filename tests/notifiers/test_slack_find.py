from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.notification import Notification
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.slack import SlackNotifier
from tests.notifiers.samples import NOW, notify
from tests.notifiers.test_slack import WHOLE
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.smtp import free_port


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(page=2) as standin:
        standin.start = int(NOW.timestamp())
        yield standin


def receiver(slack: FakeSlack, channel: str = "#general") -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(TOKEN), channel, slack.url, 5)


def lost(slack: FakeSlack, notification: Notification, parent: dict[str, str] | None = None) -> None:
    """Posted, but the answer never came."""
    slack.fail("chat.postMessage", drop=True, accept=True)
    with pytest.raises(DeliveryError):
        receiver(slack).send(notification, dict(parent) if parent else None)


def test_a_message_whose_answer_was_lost_is_found_by_its_key(slack: FakeSlack) -> None:
    lost(slack, notify(key="n-1"))
    for i in range(2, 7):
        receiver(slack).send(notify(key=f"n-{i}"), None)

    found = receiver(slack).find(notify(key="n-1"), None)

    assert found == {"channel": "C0GENERAL", "ts": slack.messages[0]["ts"], "to": "#general", **WHOLE}
    assert len(slack.posted("conversations.history")) == 3


def test_what_is_found_serves_as_parent_like_what_was_sent(slack: FakeSlack) -> None:
    lost(slack, notify(key="n-1"))
    found = receiver(slack).find(notify(key="n-1"), None)

    receiver(slack).send(notify(key="n-2"), found)

    assert slack.messages[1]["thread_ts"] == slack.messages[0]["ts"]


def test_a_message_that_never_arrived_is_surely_not_there(slack: FakeSlack) -> None:
    receiver(slack).send(notify(key="n-1"), None)

    assert receiver(slack).find(notify(key="n-2"), None) is None


def test_a_reply_is_looked_for_in_its_thread(slack: FakeSlack) -> None:
    first = {k: str(v) for k, v in receiver(slack).send(notify(key="n-1"), None).items()}
    lost(slack, notify(key="n-2"), first)

    found = receiver(slack).find(notify(key="n-2"), dict(first))

    ts = slack.messages[1]["ts"]
    assert found == {"channel": "C0GENERAL", "ts": ts, "to": "#general", "thread_ts": first["ts"]}
    assert slack.posted("conversations.history") == []


def test_a_reply_whose_thread_was_deleted_is_looked_for_in_the_channel(slack: FakeSlack) -> None:
    receiver(slack).send(notify(key="n-2"), None)

    found = receiver(slack).find(notify(key="n-2"), {"channel": "C0GENERAL", "ts": "1.000001"})

    assert found == {"channel": "C0GENERAL", "ts": slack.messages[0]["ts"], "to": "#general", **WHOLE}


def test_only_messages_since_a_day_before_are_looked_at(slack: FakeSlack) -> None:
    receiver(slack).find(replace(notify(), created_at=NOW.replace(microsecond=5)), None)

    (asked,) = slack.posted("conversations.history")
    assert asked["oldest"] == f"{int(NOW.timestamp()) - 86400}.000005"
    assert (asked["channel"], asked["limit"], asked["include_all_metadata"]) == ("C0GENERAL", "200", "1")


def test_a_message_of_a_moment_to_come_is_looked_for_since_a_day_before_now(slack: FakeSlack) -> None:
    notifier = SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, 5, clock=lambda: NOW)

    notifier.find(replace(notify(), created_at=NOW + timedelta(days=30)), None)

    (asked,) = slack.posted("conversations.history")
    assert asked["oldest"] == f"{int(NOW.timestamp()) - 86400}.000000"


def test_a_channel_is_found_by_its_name_over_all_pages(slack: FakeSlack) -> None:
    for i in range(5):
        slack.add_channel(f"C00000{i}", f"channel-{i}")

    assert receiver(slack, "#channel-4").find(notify(), None) is None

    assert slack.posted("conversations.history")[0]["channel"] == "C000004"


def test_a_public_channel_is_found_without_the_scope_for_private_ones(slack: FakeSlack) -> None:
    slack.scopes = "chat:write,channels:read,channels:history"

    assert receiver(slack).find(notify(), None) is None
    with pytest.raises(DeliveryError, match="missing_scope"):
        receiver(slack, "#private").find(notify(), None)


def test_a_channel_given_by_id_is_not_looked_up(slack: FakeSlack) -> None:
    receiver(slack, "C0GENERAL").find(notify(), None)

    assert slack.posted("conversations.list") == []


@pytest.mark.parametrize(
    ("channel", "scopes", "why"),
    [
        ("#general", "chat:write", "missing_scope"),
        ("C0GENERAL", "chat:write", "missing_scope"),
        ("C0NOWHERE", "chat:write,channels:history", "channel_not_found"),
        ("#nowhere", "chat:write,channels:read,groups:read", "Slack lists no channel #nowhere"),
    ],
)
def test_a_slack_that_may_not_be_asked_is_an_error_and_not_a_no(
    slack: FakeSlack, channel: str, scopes: str, why: str
) -> None:
    slack.scopes = scopes

    with pytest.raises(DeliveryError, match=why) as failed:
        receiver(slack, channel).find(notify(), None)

    assert (failed.value.permanent, failed.value.unknown) == (True, False)


@pytest.mark.parametrize(
    "how",
    [
        {"status": 429, "headers": {"Retry-After": "30"}},
        {"status": 500},
        {"error": "internal_error"},
        {"drop": True},
    ],
)
def test_a_slack_that_fails_while_being_asked_can_be_asked_later(slack: FakeSlack, how: dict[str, Any]) -> None:
    slack.fail("conversations.history", **how)

    with pytest.raises(DeliveryError) as failed:
        receiver(slack, "C0GENERAL").find(notify(), None)

    assert failed.value.unknown
    assert failed.value.retry_after == (30 if "headers" in how else None)


def test_a_slack_that_cannot_be_reached_can_be_asked_later() -> None:
    gone = SlackNotifier("ml-slack", SecretStr(TOKEN), "C0GENERAL", f"http://127.0.0.1:{free_port()}/api/")

    with pytest.raises(DeliveryError) as failed:
        gone.find(notify(), None)

    assert failed.value.unknown


def test_pages_that_never_end_are_an_error(slack: FakeSlack) -> None:
    endless = '{"ok": true, "messages": [], "response_metadata": {"next_cursor": "again"}}'
    for _ in range(100):
        slack.fail("conversations.history", text=endless)

    with pytest.raises(DeliveryError, match="more than 100 pages"):
        receiver(slack, "C0GENERAL").find(notify(), None)
