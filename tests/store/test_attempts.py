"""Every try is kept with its outcome, and tells which receivers do not get what is meant for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from budgetbot.core.history import Letters
from budgetbot.core.notification import Reason
from budgetbot.errors import DeliveryError
from budgetbot.store import Store
from tests.standins.post import Post, Scripted, failed
from tests.store.samples import HOUR, MINUTE, NOW, alert, notification

GONE = DeliveryError("channel_not_found", permanent=True)


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


def log(post: Post, id: int = 1) -> list[tuple[Any, Any]]:
    return [(row["outcome"], row["error"]) for row in post.store.attempts.log([id])[id]]


def letters(post: Post, **drills: timedelta) -> list[Letters]:
    return post.store.attempts.letters(post.clock(), drills)


def test_every_try_is_kept_with_its_moment_and_its_outcome(post: Post) -> None:
    post.queue(notification())
    post.work(Scripted("screen", [failed(), failed(retry_after=60.0)]), patience=timedelta(minutes=5))

    assert log(post) == [("failed", "HTTP 503"), ("failed", "HTTP 503"), ("sent", None)]
    at = [str(row["at"]) for row in post.store.attempts.log([1])[1]]
    assert at[0] == "2026-11-20T12:00:00Z"
    assert at == sorted(at)
    assert post.rows()[0]["attempts"] == 3


def test_what_is_only_found_when_the_receiver_is_asked_is_told_apart(post: Post) -> None:
    down = failed(unknown=True)
    post.queue(notification())
    post.work(Scripted("screen", [down], [down, "ts-1"]), patience=timedelta(minutes=5))
    assert log(post) == [("unknown", "HTTP 503"), ("found", None)]

    post.queue(notification("n2", thread="another"))
    post.work(Scripted("screen", [down], ["ts-2"]))
    assert log(post, 2) == [("found", None)]


def test_a_try_whose_sender_died_is_kept_too(post: Post) -> None:
    post.queue(notification())
    post.store.outbox.claim(1, "elsewhere", NOW)
    post.store.outbox.abandoned(lambda sender: True)
    post.work(Scripted("screen"))

    assert [outcome for outcome, _ in log(post)] == ["unknown", "sent"]


def test_errors_are_one_short_line_without_secrets(post: Post) -> None:
    post.queue(notification())
    post.work(Scripted("screen", [DeliveryError("no\x1b[31m\n sk-admin-0123456789 " + "x" * 500, permanent=True)]))

    ((outcome, error),) = log(post)
    assert outcome == "dead"
    assert error.startswith("no")
    assert len(error) == 200
    assert "\n" not in error
    assert "sk-admin" not in f"{error}{post.rows()}"


def test_an_unknown_delivery_has_no_tries(store: Store) -> None:
    assert store.attempts.log([7]) == {7: []}
    assert store.attempts.log([]) == {}


def test_who_confirms_everything_has_no_letters(post: Post) -> None:
    post.queue(notification("n1"), notification("n2", status="inhibited"), notification("n3", created_at=NOW + HOUR))
    assert post.work(Scripted("screen")).sent == 1

    assert letters(post) == []


def test_what_was_given_up_counts_until_something_later_is_confirmed(post: Post) -> None:
    post.queue(notification("n1"), notification("n2", thread="t2"), notification("n3", receiver="hook"))
    post.work(Scripted("screen", [failed(permanent=True), GONE]), Scripted("hook"))
    assert letters(post) == [Letters("screen", 2, NOW, last_error="channel_not_found")]

    post.queue(notification("n4", thread="t4"))
    post.work(Scripted("screen"), Scripted("hook"))
    assert letters(post) == []

    post.clock.now += HOUR
    post.queue(notification("n5", thread="t5"))
    post.work(Scripted("screen", [GONE]), Scripted("hook"))
    assert letters(post) == [Letters("screen", 1, NOW + HOUR, last_error="channel_not_found")]


def test_what_was_confirmed_before_in_the_same_moment_ends_nothing(post: Post) -> None:
    post.queue(notification("n1"), notification("n2", thread="t2"))
    post.work(Scripted("screen", [None, GONE]))

    assert [(one.receiver, one.dead) for one in letters(post)] == [("screen", 1)]


def test_what_waits_is_told_since_its_oldest_was_due_with_its_error(post: Post) -> None:
    post.queue(notification("n1"), notification("n2", thread="t2", created_at=NOW + MINUTE))
    post.work(Scripted("screen", [failed()]))
    post.clock.now += 2 * MINUTE

    assert letters(post) == [Letters("screen", waiting=2, oldest_due=NOW, last_error="HTTP 503")]


def test_both_at_once_are_one_with_the_error_of_what_was_given_up(post: Post) -> None:
    post.queue(notification("n1"), notification("n2", thread="t2"))
    post.work(Scripted("screen", [GONE, failed()]))

    assert letters(post) == [Letters("screen", 1, NOW, 1, NOW, "channel_not_found")]


def test_what_nobody_has_tried_to_send_is_not_held_against_its_receiver(post: Post) -> None:
    post.queue(notification())
    post.clock.now += HOUR

    assert letters(post, a1=MINUTE) == [Letters("screen", waiting=1)]


def test_what_is_for_a_receiver_that_left_the_policy_is_no_try_and_no_failure(post: Post) -> None:
    post.queue(notification())
    post.work()

    assert post.states() == ["dead"]
    assert (log(post), letters(post)) == ([], [])


def test_what_nobody_needs_to_hear_any_more_is_no_try(post: Post) -> None:
    post.queue(notification(reason=Reason.RESOLVED))
    post.work(Scripted("screen"))

    assert post.states() == ["noop"]
    assert (log(post), letters(post)) == ([], [])


def test_owners_are_told_apart(post: Post) -> None:
    post.queue(*(notification(who, receiver=f"owner:{who}@example.com") for who in ("a", "b")))
    post.work(Scripted("owner", [GONE]))

    assert [(one.receiver, one.dead) for one in letters(post)] == [("owner:a@example.com", 1)]


def test_a_drill_that_waits_says_by_when_it_should_have_been_confirmed(post: Post) -> None:
    post.queue(notification("n1", alert("drill-1")), notification("n2", alert("a1"), thread="t2"))
    post.work(Scripted("screen", [failed(), failed()]))
    post.clock.now += MINUTE

    (one,) = letters(post, **{"drill-1": 10 * MINUTE, "drill-0": MINUTE})
    assert (one.waiting, one.oldest_due, one.drill_due) == (2, NOW, NOW + 10 * MINUTE)

    post.work(Scripted("screen"))
    assert letters(post, **{"drill-1": 10 * MINUTE}) == []
