from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from budgetbot.notifiers.slack import SlackNotifier
from tests.standins.slack import ALL_SCOPES, TOKEN, FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as standin:
        yield standin


def check(slack: FakeSlack, channel: str = "#general", token: str = TOKEN) -> list[str]:
    return SlackNotifier("ml-slack", SecretStr(token), channel, slack.url, 5).check()


@pytest.mark.parametrize("channel", ["#general", "C0GENERAL"])
def test_a_good_token_and_channel_have_nothing_wrong(slack: FakeSlack, channel: str) -> None:
    assert check(slack, channel) == []
    assert slack.messages == []


def test_a_refused_token_names_the_variable(slack: FakeSlack) -> None:
    expected = "ml-slack: Slack auth.test: invalid_auth; set a valid bot token in SLACK_BOT_TOKEN"

    assert check(slack, token="xoxb-bad") == [expected]


def test_a_missing_scope_is_named(slack: FakeSlack) -> None:
    slack.scopes = "channels:read,groups:read"

    assert check(slack)[0] == "ml-slack: the token lacks the scope chat:write; add it"


@pytest.mark.parametrize("channel", ["#nowhere", "C0NOWHERE"])
def test_a_channel_that_is_not_there_is_named(slack: FakeSlack, channel: str) -> None:
    assert check(slack, channel) == [
        f"ml-slack: there is no channel {channel} that the bot can see; create it, or invite the bot"
    ]


def test_a_channel_that_slack_may_not_be_asked_for_is_left_alone(slack: FakeSlack) -> None:
    slack.scopes = "chat:write"

    assert check(slack, "#nowhere") == []
    assert check(slack, "C0NOWHERE") == []


def test_a_bot_outside_its_channel_is_told_to_come_in_unless_it_need_not(slack: FakeSlack) -> None:
    slack.add_channel("C0QUIET01", "quiet", member=False)

    assert check(slack, "#quiet") == ["ml-slack: the bot is not in #quiet; invite it"]
    slack.scopes = f"{ALL_SCOPES},chat:write.public"
    assert check(slack, "#quiet") == []


def test_an_archived_channel_is_named(slack: FakeSlack) -> None:
    slack.add_channel("C0OLD0001", "old", archived=True)

    assert check(slack, "C0OLD0001") == ["ml-slack: C0OLD0001 is archived; name another channel"]


def test_a_slack_that_is_down_is_said(slack: FakeSlack) -> None:
    slack.fail("auth.test", status=503, text="")

    assert check(slack) == ["ml-slack: Slack auth.test: HTTP 503"]
