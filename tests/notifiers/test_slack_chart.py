"""Charts in Slack: its own block, else an image in the thread, and always a line of text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import SecretStr

from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from budgetbot.core.unit import Unit
from budgetbot.notifiers.chart import Chart, Point
from budgetbot.notifiers.chart_png import HEIGHT, WIDTH, png
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.slack_chart import native
from budgetbot.notifiers.slack_limits import CHART, violations
from tests.notifiers.samples import NOW, PROSPECT, digest, notify, resolved
from tests.standins.clock import Clock
from tests.standins.slack import CHAT_SCOPES, TOKEN, FakeSlack
from tests.standins.slack_rules import check_message

DRAWN = notify(evidence=PROSPECT)
TEXT = "Spent by day: ▁▁▁▂▂▂▂▃▃▃▃▅▅▇ 8 Nov to 21 Nov, at most $441.30"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(CHAT_SCOPES) as standin:
        yield standin


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def receiver(slack: FakeSlack, clock: Clock) -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, 5, clock)


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message.get("blocks") or []]


@pytest.mark.parametrize("told", [DRAWN, digest()], ids=["alert", "digest"])
def test_a_chart_is_drawn_by_slack_itself_where_it_can(
    slack: FakeSlack, receiver: SlackNotifier, told: Notification
) -> None:
    receiver.send(told, None)

    (posted,) = slack.messages
    assert kinds(posted).count(CHART) == 1
    assert "▁" in posted["text"]
    assert slack.files.kept == []


@pytest.mark.parametrize("told", [DRAWN, digest()], ids=["alert", "digest"])
def test_where_slack_has_no_charts_yet_there_is_an_image_in_the_thread_and_text_in_the_message(
    slack: FakeSlack, receiver: SlackNotifier, told: Notification
) -> None:
    slack.charts = False

    place = receiver.send(told, None)

    posted, shared = slack.messages
    assert kinds(posted)[0] == "header"
    assert CHART not in kinds(posted)
    assert "▁" in posted["text"]
    assert shared["thread_ts"] == place["ts"]
    (image,) = slack.files.kept
    assert image["alt_txt"].startswith("Bar chart, spent by day: ")
    assert Image.open(BytesIO(image["content"])).size == (WIDTH, HEIGHT)


def test_what_stands_in_for_a_chart_reads_like_it() -> None:
    assert TEXT in slack_message(DRAWN).text
    assert TEXT in str(slack_message(DRAWN).plainer)
    assert "11-20  ████████████████████  $123.45" in str(slack_message(digest()).plainer)


def test_slack_is_asked_again_a_day_after_it_refused_a_chart(
    slack: FakeSlack, receiver: SlackNotifier, clock: Clock
) -> None:
    slack.charts = False
    receiver.send(DRAWN, None)
    assert len(slack.posted()) == 2

    clock.now += timedelta(hours=23, minutes=59)
    receiver.send(DRAWN, None)
    assert len(slack.posted()) == 3

    slack.charts = True
    clock.now += timedelta(minutes=1)
    receiver.send(DRAWN, None)
    assert len(slack.posted()) == 4
    assert CHART in kinds(slack.messages[-1])


def test_blocks_that_are_refused_without_the_chart_too_say_nothing_of_charts(
    slack: FakeSlack, receiver: SlackNotifier
) -> None:
    slack.fail("chat.postMessage", error="invalid_blocks")
    slack.fail("chat.postMessage", error="invalid_blocks")
    receiver.send(DRAWN, None)
    assert "blocks" not in slack.messages[0]

    receiver.send(DRAWN, None)

    assert CHART in kinds(slack.messages[-1])


def test_what_gets_worse_gets_a_new_image_and_other_steps_get_none(slack: FakeSlack, receiver: SlackNotifier) -> None:
    slack.charts = False
    first = receiver.send(DRAWN, None)

    receiver.send(notify(reason=Reason.WORSE, key="n-2", evidence=PROSPECT), first)
    receiver.send(notify(reason=Reason.REPEAT, key="n-3", evidence=PROSPECT), first)
    receiver.send(resolved(), first)

    assert len(slack.files.kept) == 2
    assert {message.get("thread_ts") for message in slack.messages[1:]} == {first["ts"]}


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("files.getUploadURLExternal", {"error": "missing_scope"}),
        ("files.getUploadURLExternal", {"text": '{"ok": true, "upload_url": "no address", "file_id": "F1"}'}),
        ("files.getUploadURLExternal", {"text": '{"ok": true}'}),
        ("files.completeUploadExternal", {"error": "internal_error"}),
        ("files.completeUploadExternal", {"drop": True}),
    ],
)
def test_an_image_that_cannot_be_uploaded_fails_no_message(
    slack: FakeSlack, receiver: SlackNotifier, method: str, how: dict[str, Any]
) -> None:
    slack.charts = False
    slack.fail(method, **how)

    place = receiver.send(DRAWN, None)

    assert [message["ts"] for message in slack.messages] == [place["ts"]]


def test_bytes_that_slack_does_not_take_are_not_shared(slack: FakeSlack, receiver: SlackNotifier) -> None:
    slack.charts = False
    address = f'{{"ok": true, "file_id": "F9", "upload_url": "{slack.files.address}/upload/F9"}}'
    slack.fail("files.getUploadURLExternal", text=address)

    receiver.send(DRAWN, None)

    assert slack.posted("files.completeUploadExternal") == []


def test_without_pillow_there_is_no_image_and_no_error(
    slack: FakeSlack, receiver: SlackNotifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    slack.charts = False

    receiver.send(DRAWN, None)

    assert len(slack.messages) == 1
    assert slack.posted("files.getUploadURLExternal") == []


CHARTS = st.builds(
    lambda labels, amounts, name, line: Chart(
        name, Unit(name), tuple(Point(label, amount) for label, amount in zip(labels, amounts, strict=False)), line
    ),
    st.lists(st.text(max_size=40) | st.just("&" * 300), min_size=1, max_size=20),
    st.lists(st.integers(-5 * NANO, 10**8 * NANO), min_size=20, max_size=20),
    st.text(max_size=80),
    st.none() | st.integers(-NANO, 10**9 * NANO),
)


@settings(max_examples=80, deadline=None)
@given(chart=CHARTS)
def test_no_label_makes_slack_refuse_a_chart(chart: Chart) -> None:
    block = native(chart)

    assert violations([block], "x") == []
    check_message({"text": "x", "blocks": [block]})


@settings(max_examples=15, deadline=None)
@given(chart=CHARTS)
def test_every_chart_can_be_drawn(chart: Chart) -> None:
    image = Image.open(BytesIO(png(chart)))

    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))


BLUE, RED = (18, 100, 163), (224, 30, 90)


def drawn(chart: Chart) -> Image.Image:
    return Image.open(BytesIO(png(chart))).convert("RGB")


def at(image: Image.Image, x: int, y: int) -> object:
    return image.getpixel((x, y))


def test_the_limit_is_drawn_where_it_does_not_flatten_the_bars() -> None:
    points = (Point("a", 100 * NANO), Point("b", 50 * NANO))

    def lines(line: int | None) -> list[Any]:
        block: Any = native(Chart("Spent by day", Unit("USD"), points, line))
        return [series["name"] for series in block["chart"]["series"]]

    assert lines(400 * NANO) == ["Spent", "Limit"]
    assert lines(401 * NANO) == lines(None) == ["Spent"]
    near, far = (drawn(Chart("x", Unit("USD"), points, line * NANO)) for line in (110, 5_000))
    assert [any(at(one, 30, y) == RED for y in range(HEIGHT)) for one in (near, far)] == [True, False]


def test_bars_are_as_high_as_their_amounts() -> None:
    image = drawn(Chart("x", Unit("USD"), (Point("a", 100 * NANO), Point("b", 25 * NANO))))
    heights = [sum(at(image, x, y) == BLUE for y in range(HEIGHT)) for x in (WIDTH // 4, 3 * WIDTH // 4)]

    assert heights[0] == pytest.approx(4 * heights[1], abs=4)


def test_a_line_of_text_says_where_the_bars_begin_and_end() -> None:
    one = Chart("Spent by day", Unit("USD"), (Point("21 Nov", NANO),))

    assert one.told() == "Spent by day: ▇ 21 Nov, at most $1.00"
    assert one.described() == "Bar chart, spent by day: 21 Nov $1.00"
