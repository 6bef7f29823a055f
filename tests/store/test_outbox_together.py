"""What follows a message about many alerts: where it goes, and what it waits for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from budgetbot.core.notification import Notification, Reason
from budgetbot.store import Store
from tests.standins.post import Post, Scripted, failed
from tests.store.samples import alert, notification


def about(id: str, reason: Reason = Reason.FIRST, **changed: Any) -> Notification:
    """One notification of one alert, in a thread of its own."""
    return notification(f"{id}:{reason}", alert(id), reason=reason, thread=id, **changed)


def test_the_end_of_one_that_another_spoke_for_follows_that_message(store: Store) -> None:
    post, screen = Post(store), Scripted("screen")
    post.queue(about("k0"), about("k1", status="grouped", leader="k0"))
    post.work(screen)

    post.queue(about("k1", Reason.RESOLVED))
    post.work(screen)

    assert post.states() == ["sent", "grouped", "sent"]
    assert screen.parents == [None, {"ts": "k0:first"}]


def test_its_own_message_is_followed_once_there_is_one(store: Store) -> None:
    post, screen = Post(store), Scripted("screen")
    post.queue(about("k1"), about("k0"), about("k1", Reason.REPEAT, status="grouped", leader="k0"))
    post.work(screen)

    post.queue(about("k1", Reason.RESOLVED))
    post.work(screen)

    assert screen.parents[-1] == {"ts": "k1:first"}


def test_of_what_no_message_spoke_no_end_is_told(store: Store) -> None:
    post, screen = Post(store), Scripted("screen")
    post.queue(about("k0"), about("k1", receiver="another", status="grouped", leader="k0"))
    post.work(screen)

    post.queue(about("k1", Reason.RESOLVED))
    post.work(screen)

    assert post.states() == ["sent", "grouped", "noop"]


def test_the_end_waits_for_the_message_that_spoke_of_it(store: Store) -> None:
    post, screen = Post(store), Scripted("screen", [failed()])
    post.queue(about("k0"), about("k1", status="grouped", leader="k0"))
    post.work(screen)

    post.queue(about("k1", Reason.RESOLVED), about("k2"))
    post.work(screen)

    assert post.states() == ["pending", "grouped", "pending", "sent"]
    post.clock.now += timedelta(hours=1)
    post.work(screen)
    assert post.states() == ["sent", "grouped", "sent", "sent"]
    assert screen.tried == ["k0:first", "k2:first", "k0:first", "k1:resolved"]
