"""One message about many alerts at each receiver: within its limits and dead, whatever the names are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from budgetbot.core.bundle import MOST
from budgetbot.core.model import Part, Scope
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import DeliveryError
from budgetbot.notifiers.apprise_text import Style, units, worded
from budgetbot.notifiers.console import render
from budgetbot.notifiers.email_message import mail
from budgetbot.notifiers.opsgenie import opened
from budgetbot.notifiers.options import OpsgenieOptions, PagerDutyOptions
from budgetbot.notifiers.pagerduty import event
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.notifiers.slack_blocks import SlackMessage, slack_message, slack_reply
from budgetbot.notifiers.slack_limits import violations
from budgetbot.notifiers.webhook import contract
from tests.notifiers.samples import KEY, NOW, by_one_key, keys, together
from tests.notifiers.test_slack import WHOLE
from tests.notifiers.test_slack_blocks import assert_dead
from tests.standins import opsgenie, pagerduty
from tests.standins.slack import TOKEN, FakeSlack
from tests.standins.slack_rules import check_message

PIECES = ["<!channel>", "@here", "*_~`", "```", "http://evil.example", '"\\', "&" * 40, "\u202e", "\n", "<b>", "[x](y)"]
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=30).map("".join) | st.sampled_from(
    ["&" * 300, '"' * 300, "\\" * 300, "😀" * 300, "x" * 300, "\u202e" * 300, "<!channel>" * 30]
)


def named(name: str, count: int = MOST + 1, *, rules: int = 1, reason: Reason = Reason.FIRST) -> Notification:
    """One message whose every foreign text is this name."""
    alerts = [
        replace(
            alert,
            rule=f"{name}{i % rules}",
            level=name,
            scope=Scope((Part("api_key", f"{i}{name}", "openai", name),)),
            labels={"owner": f"{name}{i}"},
        )
        for i, alert in enumerate(keys(count))
    ]
    return together(alerts, reason, more=9)


def accepted(message: SlackMessage) -> SlackMessage:
    assert violations(message.blocks, message.text) == []
    assert violations([], message.long_text) == []
    check_message({"text": message.text, "blocks": message.blocks})
    return message


@settings(max_examples=40, deadline=None)
@given(name=HOSTILE, rules=st.integers(1, 2), reason=st.sampled_from([Reason.FIRST, Reason.ESCALATED, Reason.RESOLVED]))
def test_no_name_makes_a_message_about_fifty_alerts_too_long_or_live_in_slack(
    name: str, rules: int, reason: Reason
) -> None:
    notification = named(name, rules=rules, reason=reason)

    assert_dead(accepted(slack_message(notification)))
    reply = slack_reply(notification)
    assert reply is not None
    assert_dead(accepted(reply))


@settings(max_examples=20, deadline=None)
@given(name=HOSTILE)
def test_no_name_is_too_long_for_a_pager(name: str) -> None:
    notification = named(name)

    told = json.loads(event(notification, pagerduty.KEY, PagerDutyOptions(), "budgetbot"))
    assert pagerduty.problems(told) == []
    alert = json.loads(opened(notification, "budgetbot-1", OpsgenieOptions(), "budgetbot"))
    assert not opsgenie.problems(alert)
    assert sum(len(key) + len(value) for key, value in alert["details"].items()) <= 8_000


@settings(max_examples=20, deadline=None)
@given(name=HOSTILE)
def test_no_name_is_markup_or_more_than_a_line_elsewhere(name: str) -> None:
    notification = named(name)

    html = mail(notification, "bb@example.com", ["a@example.com"], None, "budgetbot").get_body(("html",))
    assert html is not None
    assert "<b>" not in str(html.get_content())
    assert not {category(char) for char in render(notification).replace("\n", "")} & {"Cc", "Cf", "Zl", "Zp"}
    _, text = worded(notification, Style(1_900, units, markdown=True))
    assert units(text) <= 1_900
    assert not re.search(r"@here|<!channel>|(?<!\\)\[x\]\(", text)


def test_the_list_of_a_short_message_needs_no_reply() -> None:
    assert slack_reply(together(keys(10))) is None
    assert slack_reply(by_one_key()) is None


def test_a_reply_names_all_that_are_known_and_counts_the_others() -> None:
    whole, part = slack_reply(together(keys(40))), slack_reply(together(keys(51), more=9))

    assert whole is not None
    assert part is not None
    said = json.dumps(whole.blocks, ensure_ascii=False)
    assert all(f"ci-{i:02}: $" in said for i in range(40))
    assert "*All 40*" in said
    assert "more" not in said
    assert "• and 9 more: `budgetbot alerts`" in json.dumps(part.blocks, ensure_ascii=False)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as standin:
        standin.start = int(NOW.timestamp())
        yield standin


@pytest.fixture
def receiver(slack: FakeSlack) -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, 5)


def test_the_whole_list_is_the_first_reply_in_the_thread(slack: FakeSlack, receiver: SlackNotifier) -> None:
    place = receiver.send(together(keys(40)), None)

    posted, reply = slack.messages
    assert place == {"channel": "C0GENERAL", "ts": posted["ts"], "to": "#general", **WHOLE, "alerts": 40}
    assert (reply["thread_ts"], reply["text"]) == (posted["ts"], "All 40")
    assert not reply.get("reply_broadcast")


def test_beneath_a_reply_it_stands_in_the_same_thread(slack: FakeSlack, receiver: SlackNotifier) -> None:
    first = receiver.send(together(keys(3)), None)

    receiver.send(replace(together(keys(40), Reason.ESCALATED), key="n-2"), first)

    assert [message.get("thread_ts") for message in slack.messages] == [None, first["ts"], first["ts"]]


@pytest.mark.parametrize(
    "how",
    [{"status": 429}, {"error": "channel_not_found"}, {"error": "invalid_blocks"}, {"drop": True}, {"text": "<html>"}],
    ids=lambda how: str(next(iter(how.values()))),
)
def test_a_list_that_could_not_be_posted_is_no_error_of_the_delivery(
    slack: FakeSlack, receiver: SlackNotifier, how: dict[str, Any]
) -> None:
    slack.fail("chat.postMessage", accept=True)  # the message itself arrives
    slack.fail("chat.postMessage", **how)

    place = receiver.send(together(keys(40)), None)

    assert place["ts"] == slack.messages[0]["ts"]


def test_a_message_that_is_found_after_a_lost_answer_gets_no_list_any_more(
    slack: FakeSlack, receiver: SlackNotifier
) -> None:
    slack.fail("chat.postMessage", drop=True, accept=True)
    with pytest.raises(DeliveryError):
        receiver.send(together(keys(40)), None)

    assert receiver.find(together(keys(40)), None) is not None
    assert len(slack.messages) == 1


def test_a_list_is_never_taken_for_its_message(slack: FakeSlack, receiver: SlackNotifier) -> None:
    place = receiver.send(together(keys(40)), None)

    for parent in (None, place):
        found = receiver.find(together(keys(40)), parent)
        assert found is not None
        assert found["ts"] == place["ts"]


def test_the_mail_has_a_table() -> None:
    html = mail(together(keys(12)), "bb@example.com", ["a@example.com"], None, "budgetbot").get_body(("html",))

    assert html is not None
    said = str(html.get_content())
    assert said.count("$62 of $50 (124 %)") == 2  # in the lead, and in its row
    assert "and 2 more: <code" in said


def test_a_web_service_gets_every_alert() -> None:
    told = contract(together(keys(3), more=9))

    assert [row["id"] for row in told["together"]] == ["7c1f0ea90001", "7c1f0ea90002"]  # type: ignore[index, union-attr, call-overload]
    assert told["more"] == 9
    alone = contract(together([KEY]))
    assert (alone["together"], alone["more"]) == ([], 0)


def test_a_list_too_long_for_pagerduty_is_cut_and_the_numbers_stay() -> None:
    notification = together(keys(40))
    whole = event(notification, pagerduty.KEY, PagerDutyOptions(), "budgetbot")

    told = json.loads(event(notification, pagerduty.KEY, PagerDutyOptions(), "budgetbot", limit=len(whole) - 1))

    details = told["payload"]["custom_details"]
    assert details["spent"]
    assert re.search(r"; and \d+ more$", details["together"])


def test_pagers_get_a_compact_list() -> None:
    notification = together(keys(40))

    told = json.loads(event(notification, pagerduty.KEY, PagerDutyOptions(), "budgetbot"))
    listed = told["payload"]["custom_details"]["together"]
    assert (len(listed), listed[0]) == (40, "ci-02: $62 of $50 (124 %)")
    assert told["payload"]["summary"].startswith("Critical: 40 api keys reached 100% of ci-key-daily")
    details = json.loads(opened(notification, "a", OpsgenieOptions(), "budgetbot"))["details"]
    assert details["together"].startswith("ci-02: $62 of $50 (124 %); ci-01: ")
    assert re.search(r"; and \d+ more$", details["together"])
    assert len(details["together"]) <= 900
