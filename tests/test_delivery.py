"""From the outbox to receivers that do what a script says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from budgetbot.core.notification import Reason
from budgetbot.delivery import GIVE_UP, Delivered, wait
from budgetbot.errors import DeliveryError
from budgetbot.process import new_name
from budgetbot.store import Store
from tests.standins.post import Post, Scripted, failed
from tests.store.samples import NOW, notification


@pytest.fixture
def post(sqlite_store: Store) -> Post:
    return Post(sqlite_store)


def test_what_the_receiver_confirms_is_sent_once(post: Post) -> None:
    screen = Scripted("screen")
    post.queue(notification("n1"))

    assert post.work(screen) == Delivered(1)
    assert post.work(screen) == Delivered(0)

    assert screen.tried == ["n1"]
    assert post.states() == ["sent"]
    assert post.rows()[0]["sent_at"] == "2026-11-20T12:00:00Z"


def test_what_follows_in_a_thread_is_told_where_it_began(post: Post) -> None:
    screen = Scripted("screen")
    post.queue(notification("n1"), notification("n2", reason=Reason.WORSE), notification("n3", thread="another"))

    post.work(screen)

    assert dict(zip(screen.tried, screen.parents, strict=True)) == {"n1": None, "n2": {"ts": "n1"}, "n3": None}


def test_a_passing_failure_is_tried_again_with_growing_waits_within_the_patience(post: Post) -> None:
    screen = Scripted("screen", [failed()] * 4)
    post.queue(notification())

    assert post.work(screen, patience=timedelta(minutes=5)) == Delivered(1)

    assert len(screen.tried) == 5
    assert screen.asked == []
    bounds = [(1, 2), (2, 4), (4, 8), (8, 16)]
    assert all(low <= waited <= high for waited, (low, high) in zip(post.clock.waits, bounds, strict=True))
    assert post.rows()[0]["attempts"] == 5


def test_what_fails_beyond_the_patience_stays_queued_and_is_reported(post: Post) -> None:
    screen = Scripted("screen", [failed()] * 2)
    post.queue(notification())

    done = post.work(screen, patience=timedelta(seconds=2))

    assert (done.sent, done.errors) == (0, ("screen: HTTP 503",))
    assert post.states() == ["pending"]
    assert post.rows()[0]["last_error"] == "HTTP 503"

    post.clock.now += timedelta(minutes=15)
    assert post.work(screen).sent == 1


def test_waits_double_up_to_a_quarter_of_an_hour_and_differ_between_receivers() -> None:
    for attempts in range(2000):
        seconds = wait(attempts, None).total_seconds()
        longest = min(900.0, 2.0 * 2.0 ** min(attempts, 20))
        assert longest / 2 <= seconds <= longest
    assert len({wait(3, None) for _ in range(20)}) > 15


def test_retry_after_is_the_least_that_is_waited(post: Post) -> None:
    screen = Scripted("screen", [failed(retry_after=120.0)])
    post.queue(notification())
    post.work(screen)

    post.clock.now = NOW + timedelta(seconds=119)
    assert post.work(screen).sent == 0
    post.clock.now = NOW + timedelta(seconds=121)
    assert post.work(screen).sent == 1
    assert len(screen.tried) == 2


def test_who_asks_to_wait_is_sent_no_other_message_before_and_nobody_else_waits(post: Post) -> None:
    screen, pager = Scripted("screen", [failed(retry_after=120.0, fault="rate_limited")]), Scripted("pager")
    post.queue(notification("n1"), notification("n2", thread="another"), notification("n3", receiver="pager"))
    post.work(screen, pager)
    assert (screen.tried, pager.tried) == (["n1"], ["n3"])

    post.clock.now = NOW + timedelta(seconds=119)
    assert post.work(screen, pager).sent == 0
    post.clock.now = NOW + timedelta(seconds=121)
    assert post.work(screen, pager).sent == 2


def test_who_asks_to_wait_for_hours_keeps_other_messages_back_for_a_quarter_of_an_hour_at_most(post: Post) -> None:
    screen = Scripted("screen", [failed(retry_after=36_000.0, fault="rate_limited")])
    post.queue(notification("n1"), notification("n2", thread="another"))
    post.work(screen)

    post.clock.now = NOW + timedelta(minutes=15)
    assert post.work(screen).sent == 1
    assert screen.tried == ["n1", "n2"]


@pytest.mark.parametrize("asked", [1e9, 1e300, float("inf")])
def test_an_absurd_retry_after_keeps_nothing_waiting_for_ever(asked: float) -> None:
    assert wait(0, asked) == GIVE_UP


def test_a_refusal_for_good_is_not_tried_again_and_does_not_hold_up_what_follows(post: Post) -> None:
    screen = Scripted("screen", [failed(permanent=True)])
    post.queue(notification("n1"), notification("n2"))

    done = post.work(screen)

    assert (done.sent, done.errors) == (1, ("screen: HTTP 503",))
    assert screen.tried == ["n1", "n2"]
    assert post.states() == ["dead", "sent"]
    assert post.rows()[0]["last_error"] == "HTTP 503"


def test_an_unknown_outcome_is_adopted_where_the_receiver_has_it(post: Post) -> None:
    screen = Scripted("screen", [failed(unknown=True)], ["ts-1"])
    post.queue(notification("n1"), notification("n2"))

    assert post.work(screen) == Delivered(2)

    assert screen.tried == ["n1", "n2"]
    assert screen.parents[1] == {"ts": "ts-1"}


def test_an_unknown_outcome_is_sent_again_where_it_surely_did_not_arrive(post: Post) -> None:
    screen = Scripted("screen", [failed(unknown=True)], [None])
    post.queue(notification())

    assert post.work(screen, patience=timedelta(seconds=10)).sent == 1

    assert (screen.tried, screen.asked) == (["n1", "n1"], ["n1"])


def test_an_unknown_outcome_is_sent_again_where_the_receiver_cannot_be_asked(post: Post) -> None:
    forbidden = DeliveryError("missing_scope", permanent=True)
    screen = Scripted("screen", [failed(unknown=True)], [forbidden])
    post.queue(notification())

    assert post.work(screen, patience=timedelta(seconds=10)).sent == 1

    assert screen.tried == ["n1", "n1"]


def test_while_the_receiver_may_be_asked_later_nothing_is_sent_again(post: Post) -> None:
    down = failed(unknown=True)
    screen = Scripted("screen", [down], [down, down, "ts-1"])
    post.queue(notification())

    post.work(screen)
    assert post.states() == ["unknown"]
    assert post.work(screen, patience=timedelta(minutes=1)) == Delivered(1)

    assert (screen.tried, screen.asked) == (["n1"], ["n1"] * 3)


@pytest.mark.parametrize(("arrived", "tried"), [("ts-1", []), (None, ["n1"])], ids=["arrived", "lost"])
def test_what_an_earlier_process_was_sending_is_asked_about_first(
    post: Post, arrived: str | None, tried: list[str]
) -> None:
    post.queue(notification())
    assert post.store.outbox.claim(1, post.sender, NOW)
    screen = Scripted("screen", answers=[arrived])

    post.sender = new_name()  # the one before has ended
    assert post.work(screen) == Delivered(1)

    assert (screen.asked, screen.tried) == (["n1"], tried)


def test_what_this_process_is_sending_is_left_alone(post: Post) -> None:
    post.queue(notification())
    post.store.outbox.claim(1, post.sender, NOW)
    screen = Scripted("screen")

    assert post.work(screen) == Delivered(0)
    assert (screen.asked, screen.tried) == ([], [])


def test_a_failure_holds_up_its_own_thread_and_receiver_only(post: Post) -> None:
    screen, pager = Scripted("screen", [failed()]), Scripted("pager")
    post.queue(
        notification("first"),
        notification("second"),
        notification("elsewhere", thread="another"),
        notification("paged", receiver="pager"),
    )

    done = post.work(screen, pager)

    assert done == Delivered(2, ("screen: HTTP 503",))
    assert (screen.tried, pager.tried) == (["first", "elsewhere"], ["paged"])

    post.clock.now += timedelta(seconds=3)
    post.work(screen, pager)
    assert screen.tried[2:] == ["first", "second"]


def test_what_is_for_a_receiver_that_left_the_policy_is_given_up(post: Post) -> None:
    post.queue(notification())

    post.work()

    assert post.states() == ["dead"]
    assert post.rows()[0]["last_error"] == "the receiver is no longer in the policy"


@pytest.mark.parametrize("reason", [Reason.RESOLVED, Reason.EXPIRED])
def test_who_never_heard_of_an_alert_does_not_hear_that_it_is_over(post: Post, reason: Reason) -> None:
    screen = Scripted("screen", [failed(permanent=True)])
    post.queue(notification("fired"), notification("over", reason=reason))

    post.work(screen)

    assert screen.tried == ["fired"]
    assert post.states() == ["dead", "noop"]


@pytest.mark.parametrize("reason", [Reason.RESOLVED, Reason.EXPIRED])
def test_who_heard_of_an_alert_hears_that_it_is_over(post: Post, reason: Reason) -> None:
    screen = Scripted("screen")
    post.queue(notification("fired"), notification("over", reason=reason))

    assert post.work(screen).sent == 2
    assert screen.parents[1] == {"ts": "fired"}


def test_after_a_day_of_failing_it_is_given_up(post: Post) -> None:
    screen = Scripted("screen", [failed()] * 1000)
    post.queue(notification())

    done = post.work(screen, patience=timedelta(days=3))

    assert done.errors == ("screen: HTTP 503",)
    assert post.states() == ["dead"]
    assert GIVE_UP <= post.clock.now - NOW < GIVE_UP + timedelta(minutes=16)
