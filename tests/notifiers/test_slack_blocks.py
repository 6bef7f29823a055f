from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Driver, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.slack_blocks import BLOCKS, SlackMessage, slack_message
from budgetbot.notifiers.slack_limits import violations
from tests.notifiers.samples import ALERT, DIGEST, FRESHNESS, RULE, digest, every_kind, notify
from tests.standins.slack_rules import MessageRefused, check_message

PIECES = ["<!channel>", "@here", "*_~`", "```", "http://evil.example", '"\\', "&" * 40, "\u202e", "😀" * 30, "\n", "é"]
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=30).map("".join) | st.just("&" * 900)


def accepted(notification: Notification) -> SlackMessage:
    """The message, which neither our own check nor the stand-in's refuses, with blocks and without."""
    message = slack_message(notification)
    for blocks in (message.blocks, message.plainer):
        assert violations(blocks, message.text) == []
        check_message({"text": message.text, "blocks": blocks})
        assert len(blocks) <= BLOCKS
    assert violations([], message.long_text) == []
    return message


def texts(value: Any) -> list[dict[str, Any]]:
    """Every text object of the blocks."""
    if isinstance(value, dict):
        own = [value] if "text" in value and isinstance(value["text"], str) else []
        return own + [text for part in value.values() for text in texts(part)]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", every_kind())
def test_slack_takes_every_kind_of_notification(name: str) -> None:
    accepted(every_kind()[name])


@settings(max_examples=60, deadline=None)
@given(name=HOSTILE, error=HOSTILE, reason=st.sampled_from([Reason.FIRST, Reason.WORSE, Reason.RESOLVED, Reason.TEST]))
def test_no_name_makes_an_alert_too_long_or_live(name: str, error: str, reason: Reason) -> None:
    scope = Scope((Part("project", name, "openai", name), Part("api_key", name, "openai", name)))
    alert = replace(
        ALERT,
        scope=scope,
        rule=name,
        level=name,
        labels={"team": name, "owner": name},
        drivers=(Driver(name, name, name, NANO, name),) * 5,
        acknowledged_by=name,
    )
    quiet = replace(FRESHNESS, rule=name, evidence={"source": name, "report": name, "error": error})
    rule = replace(RULE, name=name, description=error, where=name)

    for notification in (notify(alert, reason, rule=rule, others=(name,) * 9), notify(quiet, reason, rule=rule)):
        assert_dead(accepted(notification))


@settings(max_examples=40, deadline=None)
@given(name=HOSTILE, rows=st.integers(0, 60))
def test_no_name_makes_a_digest_too_long_or_live(name: str, rows: int) -> None:
    by = {"project": name, "model": name}
    notification = digest(
        name=name,
        rows=[{"by": {**by}, "amount": "-99999999.99", "period_amount": "99999999999.99"}] * rows,
        movers=[{"by": {**by}, "amount": "1.00", "before": "2.00", "change": "-1.00"}] * rows,
        budgets=[{"name": name, "scope": {**by}, "spent": "1.00", "amount": "2.00", "state": name}] * rows,
        alerts=[{"id": name, "summary": name, "severity": "info"}] * rows,
        freshness=[{"source": name, "report": name, "error": name or "x"}] * rows,
        chart=[{"label": name, "amount": "12.34"}] * rows,
    )

    assert_dead(accepted(notification))


def assert_dead(message: SlackMessage) -> None:
    """No bracket but of the runbook, nothing that links by itself."""
    for text in texts(message.blocks):
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            assert not re.search(r"<(?!https://wiki\.example\.com)", text["text"])
            assert "@here" not in re.sub(r"```.*?```|`[^`]*`", "", text["text"], flags=re.DOTALL)
    for said in (message.text, message.long_text):
        assert not re.search(r"[<>]|@here|://evil", said)


def test_what_names_stand_in_is_plain_text_or_escaped() -> None:
    name = "<!channel>"
    blocks = slack_message(notify(replace(ALERT, rule=name), rule=replace(RULE, name=name))).blocks

    said = json.dumps(blocks[2:])
    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said
    assert blocks[0]["text"] == {"type": "plain_text", "text": "⚠️ <!channel> reached 80%", "emoji": False}


def test_the_first_line_of_the_text_is_the_summary() -> None:
    assert slack_message(notify()).text.startswith("Warning: research $840.12 of $1,000 (84 %), Nov 2026;")


def test_commands_stand_in_code_and_the_runbook_is_the_only_link() -> None:
    said = [text["text"] for text in texts(slack_message(notify()).blocks)]

    assert "• Acknowledge: `budgetbot alerts ack a1b2c3d4`" in "\n".join(said)
    assert [found for text in said for found in re.findall(r"<[^>]*>", text)] == [
        "<https://wiki.example.com/spend?team=research|Runbook>"
    ]


def test_a_text_for_where_blocks_are_refused_says_it_all() -> None:
    said = slack_message(notify()).long_text

    assert "Spent: $840.12 of $1,000 (84 %)" in said
    assert "budgetbot alerts ack a1b2c3d4" in said
    assert "Data complete to 2026-11-21 08:00 UTC" in said


def test_a_digest_keeps_its_columns_aligned() -> None:
    message = slack_message(digest())
    said = "\n".join(text["text"] for text in texts(message.plainer))

    assert "\nresearch      $80.00   64 %  $1,500.00\n" in said
    assert "\n11-20  ████████████████████  $123.45\n" in said


def test_a_digest_that_is_too_long_keeps_its_freshness() -> None:
    alerts = [{"id": "a" * 40, "summary": "s" * 160, "severity": "info"}] * 20
    rows = [{"by": {"p": f"{'n' * 40}{i}"}, "amount": "1.00", "period_amount": "1.00"} for i in range(25)]
    budgets = [{"name": "b" * 60, "spent": "1.00", "amount": "2.00", "state": "ok" * 10}] * 20
    movers = [{"by": {"p": "m" * 40, "q": "m" * 40}, "amount": "1.00", "before": "2.00", "change": "1.00"}] * 9
    freshness = [{"source": "s" * 40, "report": "r" * 60, "error": "&" * 120}] * 9
    long: dict[str, Any] = {
        **DIGEST, "alerts": alerts, "rows": rows, "budgets": budgets, "movers": movers, "freshness": freshness
    }  # fmt: skip

    blocks = accepted(digest(**long)).blocks

    assert blocks[-1]["type"] == "context"


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x", "blocks": [{"type": "fireworks"}]},
        {"text": "x", "blocks": [{"type": "divider"}] * 51},
        {"text": "x", "blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]},
        {"text": "x", "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}]},
        {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]},
        {"text": ""},
    ],
)
def test_the_stand_in_refuses_what_slack_refuses(body: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused):
        check_message(body)
