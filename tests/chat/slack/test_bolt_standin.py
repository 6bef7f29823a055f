"""The Slack that these tests talk to is as strict as Slack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from tests.standins.slack import CHAT_SCOPES, TOKEN, FakeSlack
from tests.standins.slack_office import CHART, snooze_view
from tests.standins.slack_rules import MessageRefused, check_message
from tests.standins.slack_sender import Body
from tests.standins.slack_views import check_view

BUTTON = {
    "type": "button",
    "action_id": "alert:acknowledge",
    "text": {"type": "plain_text", "text": "Ack"},
    "value": "a",
}
OPTION = {"text": {"type": "plain_text", "text": "1 hour"}, "value": "1h"}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack(CHAT_SCOPES) as workspace:
        yield workspace


def buttons(*elements: Any) -> Body:
    return {"text": "x", "blocks": [{"type": "actions", "elements": list(elements)}]}


def charted(**changes: Any) -> Body:
    chart: Any = CHART["chart"]
    return {"text": "x", "blocks": [{**CHART, "chart": {**chart, **changes}}]}


@pytest.mark.parametrize(
    "message",
    [
        buttons(),
        buttons(*[{**BUTTON, "action_id": f"a{i}"} for i in range(26)]),
        buttons(BUTTON, BUTTON),
        buttons({**BUTTON, "text": {"type": "mrkdwn", "text": "Ack"}}),
        buttons({**BUTTON, "text": {"type": "plain_text", "text": "x" * 76}}),
        buttons({**BUTTON, "value": "x" * 2001}),
        buttons({**BUTTON, "style": "blue"}),
        buttons({**BUTTON, "color": "red"}),
        buttons({"type": "overflow", "action_id": "o", "options": [{**OPTION, "value": f"{i}"} for i in range(6)]}),
        buttons({"type": "static_select", "action_id": "o", "options": []}),
        {"text": "x", "blocks": [{"type": "input", "label": OPTION["text"], "element": BUTTON}]},
        {"text": "x", "blocks": [CHART, CHART, CHART]},
        {"text": "x", "blocks": [{**CHART, "title": "x" * 51}]},
        charted(type="donut"),
        charted(series=[]),
        charted(axis_config={"categories": ["1 Nov", "2 Nov"]}),
        charted(axis_config={"categories": ["x" * 21]}),
        charted(series=[{"name": "a", "data": [{"label": "1 Nov", "value": "1"}]}]),
        charted(type="pie", segments=[{"label": "a", "value": 0}]),
    ],
)
def test_a_message_is_refused(message: Body) -> None:
    with pytest.raises(MessageRefused):
        check_message(message)


def test_a_message_with_buttons_and_a_chart_is_taken() -> None:
    check_message({"text": "x", "blocks": [*buttons(BUTTON)["blocks"], CHART]})


@pytest.mark.parametrize(
    "changes",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"title": {"type": "mrkdwn", "text": "x"}},
        {"submit": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"callback_id": "x" * 256},
        {"blocks": [{"type": "divider"}] * 101},
        {"blocks": [CHART]},
        {"color": "red"},
        {"type": "home"},
    ],
)
def test_a_modal_is_refused(changes: Body) -> None:
    check_view(snooze_view("a1"), "modal")
    with pytest.raises(MessageRefused):
        check_view({**snooze_view("a1"), **changes}, "modal")


def test_a_modal_that_asks_needs_a_button_to_submit_it() -> None:
    with pytest.raises(MessageRefused):
        check_view({key: value for key, value in snooze_view("a1").items() if key != "submit"}, "modal")


def test_a_trigger_works_once_and_for_three_seconds(slack: FakeSlack) -> None:
    def opened(trigger: str) -> Any:
        body = {"trigger_id": trigger, "view": snooze_view("a1")}
        return slack.answer("views.open", body, f"Bearer {TOKEN}").get("error", "")

    trigger = slack.views.trigger()
    assert [opened(trigger), opened(trigger), opened("made up")] == ["", "exchanged_trigger_id", "invalid_trigger_id"]
    late = slack.views.trigger()
    slack.views.lasts = -1
    assert opened(late) == "expired_trigger_id"


def test_a_file_is_uploaded_by_slacks_own_library(slack: FakeSlack) -> None:
    client = WebClient(TOKEN, base_url=slack.url, retry_handlers=[])
    thread = client.chat_postMessage(channel="C0GENERAL", text="parent")["ts"]

    client.files_upload_v2(
        channel="C0GENERAL",
        thread_ts=thread,
        content=b"\x89PNG",
        filename="spend.png",
        title="Spend",
        alt_txt="a chart",
    )

    (file,) = slack.files.kept
    assert (file["content"], file["title"], file["alt_txt"]) == (b"\x89PNG", "Spend", "a chart")
    assert slack.messages[-1]["thread_ts"] == thread


def test_an_app_token_is_needed_to_open_a_socket(slack: FakeSlack) -> None:
    answer = slack.answer("apps.connections.open", {}, f"Bearer {TOKEN}")

    assert answer == {"ok": False, "error": "invalid_auth"}
