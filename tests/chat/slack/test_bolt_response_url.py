"""Answers after the acknowledgement: five, within half an hour, to Slack and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from budgetbot.chat.answer import Answer
from budgetbot.chat.slack.response_url import ResponseUrl, is_slacks
from budgetbot.notifiers.slack_native import NativeCharts
from tests.standins.slack import FakeSlack
from tests.standins.slack_office import CHART
from tests.store.samples import NOW

WORD = Answer("a word")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as workspace:
        yield workspace


@pytest.fixture
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def reply(slack: FakeSlack, now: list[datetime]) -> ResponseUrl:
    return ResponseUrl(slack.responses.new(), slack.url, NativeCharts(), lambda: now[0], 0.01)


def test_it_is_used_five_times(slack: FakeSlack, reply: ResponseUrl) -> None:
    assert [reply.send(WORD) for _ in range(6)] == [True] * 5 + [False]
    assert (len(slack.responses.said), reply.usable) == (5, False)


def test_it_is_used_for_half_an_hour(reply: ResponseUrl, now: list[datetime]) -> None:
    now[0] += timedelta(minutes=29)
    assert reply.send(WORD)

    now[0] += timedelta(minutes=1)
    assert not reply.usable
    assert not reply.send(WORD)


def test_one_failure_is_overcome_and_two_are_not(slack: FakeSlack, reply: ResponseUrl) -> None:
    slack.fail("response_url", status=500)
    assert reply.send(WORD)

    slack.fail("response_url", status=429)
    slack.fail("response_url", status=429)
    assert not reply.send(WORD)
    assert len(slack.responses.said) == 1


def test_what_slack_refuses_is_not_said_again(slack: FakeSlack, reply: ResponseUrl) -> None:
    assert not reply.send(Answer("", [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]))
    assert reply.send(WORD)
    assert len(slack.responses.said) == 1


def test_nobody_there_is_no_error(slack: FakeSlack) -> None:
    gone = ResponseUrl("http://127.0.0.1:9/x", "http://127.0.0.1:9/api/", NativeCharts(), lambda: NOW, 0.01)

    assert not gone.send(WORD)


def test_two_charts_of_one_answer_are_left_out_together(slack: FakeSlack, reply: ResponseUrl) -> None:
    slack.charts = False

    assert reply.send(Answer("spend", [CHART, {"type": "divider"}, CHART]))
    assert [block["type"] for block in slack.responses.said[0]["blocks"]] == ["divider"]


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://hooks.slack.com/commands/T1/2/abc", True),
        ("https://hooks.slack.com:443/actions/T1/2/abc", True),
        ("https://hooks.slack-gov.com/commands/1", True),
        ("http://hooks.slack.com/commands/1", False),
        ("https://hooks.slack.com:8443/commands/1", False),
        ("https://hooks.slack.com.evil.example/1", False),
        ("https://evilslack.com/1", False),
        ("https://evil.example/hooks.slack.com", False),
        ("https://hooks.slack.com@evil.example/", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("file:///etc/passwd", False),
        ("//hooks.slack.com/1", False),
        ("https://[", False),
        ("https://hooks.slack.com:x/", False),
        ("", False),
    ],
)
def test_only_slack_is_answered(url: str, ours: bool) -> None:
    assert is_slacks(url, "https://slack.com/api/") is ours
    assert ResponseUrl(url, "https://slack.com/api/", NativeCharts(), lambda: NOW, 0.01).usable is ours
