"""Faults of ours and deaths on the way from the outbox to the receivers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.model import Json
from budgetbot.core.notification import Notification
from budgetbot.delivery import Delivered
from budgetbot.process import new_name
from budgetbot.store import Store, open_store
from tests.standins.post import SECRET, Post, Scripted, failed
from tests.store.samples import notification


@pytest.fixture
def post(sqlite_store: Store) -> Post:
    return Post(sqlite_store)


@pytest.mark.parametrize("bug", [KeyError(SECRET), TypeError(SECRET)], ids=["KeyError", "TypeError"])
def test_a_fault_of_ours_in_one_message_loses_neither_it_nor_the_others(post: Post, bug: Exception) -> None:
    screen, pager = Scripted("screen", [bug]), Scripted("pager")
    post.queue(notification("n1"), notification("n2", receiver="pager"), notification("n3", thread="another"))

    done = post.work(screen, pager)

    assert done.sent == 2
    assert type(bug).__name__ in done.errors[0]
    assert SECRET not in str(done.errors) + str(post.rows())
    assert screen.asked == ["n1"]  # it may have arrived before the fault

    post.clock.now += timedelta(seconds=3)
    assert post.work(screen, pager).sent == 1
    assert post.states() == ["sent"] * 3


def test_a_fault_of_ours_while_asking_does_not_keep_a_message_back(post: Post) -> None:
    screen = Scripted("screen", [failed(unknown=True)], [KeyError("channel")])
    post.queue(notification())

    assert post.work(screen, patience=timedelta(seconds=10)).sent == 1

    assert screen.tried == ["n1", "n1"]


def test_a_receiver_that_does_not_answer_costs_each_round_one_wait_and_holds_up_nobody_else(post: Post) -> None:
    deaf = Scripted("deaf", [failed(fault="timeout")] * 9)
    post.queue(*(notification(f"d{i}", receiver="deaf", thread=f"t{i}") for i in range(102)))
    post.queue(notification("n1"), notification("n2", thread="another"))
    screen = Scripted("screen")

    done = post.work(deaf, screen)

    assert deaf.tried == ["d0"]
    assert screen.tried == ["n1", "n2"]
    assert (done.sent, done.errors) == (2, ("deaf: HTTP 503",))
    assert post.work(deaf, screen).errors == ("deaf: HTTP 503",)
    assert deaf.tried == ["d0", "d1"]

    deaf.script.clear()
    post.clock.now += timedelta(seconds=4)
    assert post.work(deaf, screen).sent == 102
    assert set(post.states()) == {"sent"}


def test_owners_that_cannot_be_told_are_one_receiver(post: Post) -> None:
    owner = Scripted("owner", [failed(fault="timeout")])
    for i in range(3):
        post.queue(notification(f"o{i}", receiver=f"owner:lead{i}@example.com", thread=f"t{i}"))

    assert post.work(owner).errors == ("owner:lead0@example.com: HTTP 503",)

    assert owner.tried == ["o0"]
    assert post.work(owner).sent == 2


def test_a_round_with_patience_comes_back_to_a_receiver_that_did_not_answer(post: Post) -> None:
    deaf = Scripted("deaf", [failed(fault="timeout")] * 2)
    post.queue(*(notification(f"d{i}", receiver="deaf", thread=f"t{i}") for i in range(3)))

    assert post.work(deaf, patience=timedelta(seconds=30)) == Delivered(3)


class Killed(BaseException):
    """The process ends here."""


class Memorable(Scripted):
    """A receiver that can always be asked. Each outcome: whether it accepts, and what the sender hears of it."""

    def __init__(self, outcomes: list[tuple[bool, Callable[[], BaseException] | None]]) -> None:
        super().__init__("screen")
        self.outcomes = outcomes
        self.accepted: list[str] = []

    def send(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json]:
        accepts, heard = self.outcomes.pop(0) if self.outcomes else (True, None)
        if accepts:
            self.accepted.append(notification.key)
        if heard is not None:
            raise heard()
        return {"ts": notification.key}

    def find(self, notification: Notification, parent: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        return {"ts": notification.key} if notification.key in self.accepted else None


OUTCOMES: list[tuple[bool, Callable[[], BaseException] | None]] = [
    (True, None),
    (False, failed),
    (False, lambda: failed(unknown=True)),
    (True, lambda: failed(unknown=True)),
    (False, lambda: KeyError("x")),
    (True, lambda: KeyError("x")),
    (False, Killed),
    (True, Killed),
]


@settings(max_examples=25, deadline=None)
@given(outcomes=st.lists(st.sampled_from(OUTCOMES), max_size=12), count=st.integers(1, 4))
def test_whatever_fails_or_dies_everything_arrives_once_and_in_order(
    migrated_file: Path, outcomes: list[tuple[bool, Callable[[], BaseException] | None]], count: int
) -> None:
    with TemporaryDirectory() as folder:
        shutil.copyfile(migrated_file, f"{folder}/budgetbot.db")
        with closing(open_store(f"sqlite:///{folder}/budgetbot.db")) as store:
            post, receiver = Post(store), Memorable(list(outcomes))
            post.queue(*(notification(f"n{i}") for i in range(count)))

            for _ in range(len(outcomes) + 1):
                try:
                    post.work(receiver, patience=timedelta(hours=10))
                except Killed:
                    post.sender = new_name()  # the next process

            assert receiver.accepted == [f"n{i}" for i in range(count)]
            assert post.states() == ["sent"] * count
