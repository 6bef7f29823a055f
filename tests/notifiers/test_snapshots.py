"""What people get to see, kept as files: look at them, and after a change of wording write them anew with

UPDATE_SNAPSHOTS=1 pytest tests/notifiers/test_snapshots.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from budgetbot.core.notification import Notification
from budgetbot.notifiers.console import render
from budgetbot.notifiers.email_message import mail
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.slack_story import slack_story
from tests.notifiers.samples import every_kind
from tests.notifiers.samples_unusual import unusual_kinds

SNAPSHOTS = Path(__file__).parent / "snapshots"
KINDS = every_kind() | unusual_kinds()


def compare(file: str, text: str) -> None:
    """Equal to the file, or written to it where asked."""
    path = SNAPSHOTS / file
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def html(notification: Notification) -> str:
    body = mail(notification, "bb@example.com", ["a@example.com"], None, "budgetbot").get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("name", KINDS)
def test_the_screen_reads_as_kept(name: str) -> None:
    compare(f"{name}.txt", render(KINDS[name]))


@pytest.mark.parametrize("name", KINDS)
def test_slack_gets_what_is_kept(name: str) -> None:
    message = slack_message(KINDS[name])

    shown = {"text": message.text, "blocks": message.blocks}
    compare(f"{name}.slack.json", json.dumps(shown, indent=2, ensure_ascii=False) + "\n")


def test_a_message_with_buttons_is_what_is_kept() -> None:
    blocks = slack_message(KINDS["budget-prospect"], interactive=True).blocks

    compare("budget-prospect.buttons.slack.json", json.dumps(blocks, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", ["budget-worse", "budget-escalated", "budget-resolved", "budget-expired"])
def test_a_step_of_the_story_reads_as_kept(name: str) -> None:
    step = slack_story(KINDS[name])

    shown = {"text": step.text, "blocks": step.blocks}
    compare(f"{name}.story.slack.json", json.dumps(shown, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", KINDS)
def test_the_mail_looks_as_kept(name: str) -> None:
    compare(f"{name}.html", html(KINDS[name]))


def test_no_snapshot_outlives_its_kind() -> None:
    assert {path.name.partition(".")[0] for path in SNAPSHOTS.iterdir()} == set(KINDS)
