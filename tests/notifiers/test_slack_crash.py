"""A process that dies, and a Slack that goes silent, between what is told anew and the reply: one reply all in all."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from budgetbot.core.model import Severity
from budgetbot.core.notification import Notification, Reason
from budgetbot.delivery import deliver
from budgetbot.notifiers.slack import SlackNotifier
from budgetbot.process import new_name
from budgetbot.store import Store, open_store
from tests.notifiers.samples import ALERT, LEAD, NOW, deed, lent, notify
from tests.standins.clock import Clock
from tests.standins.post import Post
from tests.standins.slack import TOKEN, FakeSlack

WORSE = notify(replace(ALERT, id="b2", level="100%", severity=Severity.CRITICAL), Reason.WORSE, key="n-2")
STEPS = [WORSE, deed("acknowledged", replace(ALERT, acknowledged_by=LEAD, acknowledged_at=NOW)), lent("grant_asked")]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as standin:
        standin.start = int(NOW.timestamp())
        yield standin


@pytest.fixture
def post(sqlite_store: Store) -> Post:
    made = Post(sqlite_store)
    made.clock.now = NOW
    return made


def receiver(slack: FakeSlack, timeout: float = 5) -> SlackNotifier:
    return SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", slack.url, timeout, interactive=True)


def replies(slack: FakeSlack, step: Notification) -> int:
    return sum(message["metadata"]["event_payload"]["delivery"] == step.key for message in slack.messages)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.reason.value)
def test_a_reply_that_slack_accepted_in_silence_is_found_and_not_posted_again(
    slack: FakeSlack, post: Post, step: Notification
) -> None:
    post.queue(notify())
    post.work(receiver(slack))
    post.queue(step)
    slack.fail("chat.postMessage", hang=True, accept=True)

    assert post.work(receiver(slack, 0.2)).sent == 1

    assert post.states() == ["sent", "sent"]
    assert replies(slack, step) == 1


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.reason.value)
def test_an_update_that_slack_made_in_silence_is_made_again_and_the_reply_is_posted_once(
    slack: FakeSlack, post: Post, step: Notification
) -> None:
    post.queue(notify())
    post.work(receiver(slack))
    post.queue(step)
    slack.fail("chat.update", hang=True, accept=True)

    assert post.work(receiver(slack, 0.2)).sent == 0
    assert replies(slack, step) == 0
    assert post.work(receiver(slack), patience=timedelta(minutes=1)).sent == 1

    assert len(slack.posted("chat.update")) == 2
    assert replies(slack, step) == 1


@pytest.mark.parametrize("dies_at", ["chat.update", "chat.postMessage"])
def test_whoever_dies_with_a_step_half_told_leaves_one_reply_to_the_next(
    slack: FakeSlack, post: Post, tmp_path: Path, dies_at: str
) -> None:
    post.queue(notify())
    post.work(receiver(slack))
    post.queue(WORSE)

    slack.fail(dies_at, hang=True, accept=True)
    database = str(tmp_path / "budgetbot.db")

    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(database, slack.url), daemon=True)
    worker.start()
    until(lambda: len(slack.posted(dies_at)) == (1 if dies_at == "chat.update" else 2))
    worker.kill()
    worker.join()

    assert post.work(receiver(slack), patience=timedelta(minutes=1)).sent == 1
    assert post.states() == ["sent", "sent"]
    assert replies(slack, WORSE) == 1
    assert slack.messages[0]["blocks"][0]["text"]["text"] == "🚨 research-monthly reached 100%"


def _work(database: str, url: str) -> None:
    notifier = SlackNotifier("ml-slack", SecretStr(TOKEN), "#general", url, 30, interactive=True)
    clock = Clock(NOW)
    deliver(open_store(f"sqlite:///{database}").outbox, {"ml-slack": notifier}, new_name(), clock, sleep=clock.sleep)


def until(so: Callable[[], bool]) -> None:
    """Wait for it, 30 seconds at most."""
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
