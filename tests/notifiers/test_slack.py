from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.notifiers.slack_api import PERMANENT
from tests.notifiers.samples import ALERT, digest, notify, resolved
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.smtp import free_port

WHOLE = {"incident": "4b0a5fefc328e6b9", "alerts": 1}  # what a whole message of one alert is known by later


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as standin:
        yield standin


def receiver(slack: FakeSlack, channel: str = "#general", token: str = TOKEN, timeout: int = 5) -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(token), channel, slack.url, timeout)


def failing(slack: FakeSlack, notification: Notification | None = None, **how: Any) -> DeliveryError:
    """The error of a send whose only call goes wrong so."""
    slack.fail("chat.postMessage", **how)
    with pytest.raises(DeliveryError) as failed:
        receiver(slack).send(notification or notify(), None)
    return failed.value


def test_a_message_is_posted_with_blocks_a_text_and_the_key_of_its_delivery(slack: FakeSlack) -> None:
    place = receiver(slack).send(notify(), None)

    (posted,) = slack.messages
    assert place == {"channel": "C0GENERAL", "ts": posted["ts"], "to": "#general", **WHOLE}
    assert posted["text"].startswith("Warning: research $840.12 of $1,000 (84 %), Nov 2026")
    assert posted["blocks"][0]["type"] == "header"
    assert posted["metadata"] == {
        "event_type": "budgetbot_alert",
        "event_payload": {"delivery": "n-1", "reason": "first", "alert_id": "a1b2c3d4"},
    }
    assert (posted["unfurl_links"], posted["unfurl_media"], posted["parse"]) == (False, False, "none")


def test_a_digest_is_posted_too(slack: FakeSlack) -> None:
    receiver(slack, "C0GENERAL").send(digest(), None)

    assert slack.messages[0]["metadata"]["event_payload"] == {"delivery": "d-1", "reason": "digest"}


@pytest.mark.parametrize(
    ("reason", "seen_by_all"),
    [
        (Reason.FIRST, True),
        (Reason.WORSE, True),
        (Reason.REPEAT, True),
        (Reason.ESCALATED, True),
        (Reason.RESOLVED, False),
        (Reason.EXPIRED, False),
    ],
)
def test_what_follows_goes_into_the_thread_and_to_the_channel_only_while_it_lasts(
    slack: FakeSlack, reason: Reason, seen_by_all: bool
) -> None:
    first = receiver(slack).send(notify(), None)

    second = receiver(slack).send(notify(reason=reason, key="n-2"), first)
    third = receiver(slack).send(notify(reason=reason, key="n-3"), second)

    assert second["thread_ts"] == third["thread_ts"] == first["ts"]
    assert slack.messages[1]["thread_ts"] == first["ts"]
    assert slack.messages[1]["reply_broadcast"] is seen_by_all


def test_a_receiver_that_was_moved_to_another_channel_starts_a_new_thread_there(slack: FakeSlack) -> None:
    slack.add_channel("C0OTHER01", "other")
    first = receiver(slack).send(notify(), None)

    receiver(slack, "#other").send(notify(key="n-2"), first)

    assert (slack.messages[1]["channel"], "thread_ts" in slack.messages[1]) == ("C0OTHER01", False)


def test_a_thread_whose_first_message_was_deleted_is_begun_anew(slack: FakeSlack) -> None:
    gone = {"channel": "C0GENERAL", "ts": "1.000001", "to": "#general"}

    place = receiver(slack).send(resolved(), gone)

    assert "thread_ts" not in place
    assert len(slack.messages) == 1


@pytest.mark.parametrize("error", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"])
def test_refused_blocks_are_sent_again_as_text_because_silence_is_worse(slack: FakeSlack, error: str) -> None:
    slack.fail("chat.postMessage", error=error)

    receiver(slack).send(notify(), None)

    (posted,) = slack.messages
    assert "blocks" not in posted
    assert "Spent: $840.12 of $1,000 (84 %)" in posted["text"]
    assert posted["metadata"]["event_payload"]["delivery"] == "n-1"


def test_text_that_is_refused_too_is_not_tried_a_third_time(slack: FakeSlack) -> None:
    slack.fail("chat.postMessage", error="invalid_blocks")

    assert failing(slack, error="invalid_blocks").permanent
    assert len(slack.posted()) == 2


@pytest.mark.parametrize("error", sorted(PERMANENT - {"message_not_found"}))
def test_what_cannot_succeed_is_permanent(slack: FakeSlack, error: str) -> None:
    if error in {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}:
        slack.fail("chat.postMessage", error=error)
    failed = failing(slack, error=error)

    assert failed.permanent
    assert not failed.unknown
    assert error in str(failed)


@pytest.mark.parametrize(
    "error",
    [
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "an_error_of_next_year",
    ],
)
def test_what_passes_may_be_tried_again(slack: FakeSlack, error: str) -> None:
    failed = failing(slack, error=error)

    assert not failed.permanent
    assert not failed.unknown


def test_too_many_requests_say_when_to_come_back(slack: FakeSlack) -> None:
    failed = failing(slack, status=429, headers={"Retry-After": "17"}, text="")

    assert failed.retry_after == 17
    assert not failed.permanent
    assert not failed.unknown


def test_a_channel_takes_one_message_a_second(slack: FakeSlack) -> None:
    slack.one_a_second = True
    receiver(slack).send(notify(), None)

    with pytest.raises(DeliveryError) as failed:
        receiver(slack).send(notify(key="n-2"), None)

    assert failed.value.retry_after == 1


@pytest.mark.parametrize(
    "how",
    [
        {"status": 500, "text": "oops"},
        {"status": 503, "error": "service_unavailable"},
        {"drop": True},
        {"text": "<html>maintenance</html>"},
        {"text": "[]"},
        {"text": '"ok"'},
        {"text": ""},
        {"status": 404, "text": "<html>no such page</html>"},
    ],
)
def test_a_post_without_a_usable_answer_may_have_arrived_and_is_not_repeated(
    slack: FakeSlack, how: dict[str, Any]
) -> None:
    failed = failing(slack, accept=True, **how)

    assert failed.unknown
    assert not failed.permanent
    assert len(slack.messages) == 1
    assert len(slack.posted()) == 1


def test_a_slack_that_hangs_after_accepting_may_have_the_message(slack: FakeSlack) -> None:
    slack.fail("chat.postMessage", hang=True, accept=True)

    with pytest.raises(DeliveryError) as failed:
        SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, timeout=0.1).send(notify(), None)

    assert failed.value.unknown
    assert len(slack.messages) == 1


def test_a_slack_that_hangs_when_it_is_asked_is_silent_too(slack: FakeSlack) -> None:
    slack.fail("conversations.history", hang=True)

    with pytest.raises(DeliveryError) as failed:
        SlackNotifier("ml-slack", SecretStr(TOKEN), "C0GENERAL", slack.url, timeout=0.1).find(notify(), None)

    assert failed.value.unknown
    assert failed.value.fault == "timeout"


def test_a_refused_connection_was_surely_never_sent() -> None:
    nowhere = SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", f"http://127.0.0.1:{free_port()}/api/")

    with pytest.raises(DeliveryError, match="cannot connect") as failed:
        nowhere.send(notify(), None)

    assert not failed.value.unknown
    assert not failed.value.permanent


def test_a_name_that_does_not_resolve_was_surely_never_sent() -> None:
    nowhere = SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", "http://slack.invalid/api")

    with pytest.raises(DeliveryError) as failed:
        nowhere.send(notify(), None)

    assert not failed.value.unknown


def test_a_server_that_closes_at_once_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.listen()
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/api/"
        with pytest.raises(DeliveryError) as failed:
            SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", url, timeout=0.1).send(notify(), None)

    assert failed.value.unknown


@pytest.mark.parametrize("secret", ["xoxb-bad-token", "xoxb-worse-token"])
def test_a_token_never_shows(slack: FakeSlack, secret: str) -> None:
    bad = receiver(slack, token=secret)

    with pytest.raises(DeliveryError, match="invalid_auth; set a valid bot token in SLACK_BOT_TOKEN") as failed:
        bad.send(notify(), None)

    assert failed.value.permanent
    seen = [repr(bad), str(failed.value), repr(failed.value), repr(failed.value.__cause__), *bad.check()]
    assert not any(secret in text for text in seen)
    assert failed.value.__suppress_context__


def test_without_a_token_it_says_which_variable_to_set() -> None:
    silent = SlackNotifier("ml-slack", None, "#general")

    assert "SLACK_BOT_TOKEN is not set" in silent.check()[0]
    with pytest.raises(DeliveryError, match="SLACK_BOT_TOKEN is not set") as failed:
        silent.send(notify(), None)
    assert failed.value.permanent
    with pytest.raises(DeliveryError, match="SLACK_BOT_TOKEN is not set"):
        silent.find(notify(), None)
    silent.close()


def test_an_address_without_a_slash_at_its_end_works(slack: FakeSlack) -> None:
    notifier = SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url.rstrip("/"))

    notifier.send(notify(), None)

    assert len(slack.messages) == 1


def test_a_hostile_name_arrives_with_its_blocks(slack: FakeSlack) -> None:
    receiver(slack).send(notify(replace(ALERT, rule="<!channel> *_~` \u202e" + "&" * 4000)), None)

    assert slack.messages[0]["blocks"]
