"""The parts in force: swapped between turns, consistent for who reads them, closed when nobody uses them."""

from __future__ import annotations

from contextlib import suppress

import pytest

from budgetbot.current import Current
from budgetbot.cycle import Parts
from budgetbot.policy.policy import Policy
from budgetbot.store import Store
from tests.standins.inbox import Inbox


class Box(Inbox):
    """Knows how often it was closed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


class Stuck(Box):
    """Cannot be closed."""

    def close(self) -> None:
        super().close()
        raise OSError


def parts(store: Store, *boxes: Inbox, hash: str = "") -> Parts:
    return Parts(store, Policy(hash=hash), [], {box.name: box for box in boxes})


@pytest.fixture
def boxes() -> tuple[Box, Box, Box]:
    return Box("a"), Box("b"), Box("c")


def closed(*boxes: Box) -> list[int]:
    return [box.closed for box in boxes]


def test_what_is_offered_takes_effect_when_it_is_adopted(sqlite_store: Store) -> None:
    first, second = parts(sqlite_store, hash="1"), parts(sqlite_store, hash="2")
    current = Current(first)

    current.offer(second)
    assert current.parts is first
    assert current.latest is current.offered is second

    current.adopt()
    assert current.parts is current.latest is second
    assert current.offered is None
    current.adopt()
    assert current.parts is second


def test_only_the_first_offer_asks_for_a_turn_and_only_the_last_takes_effect(sqlite_store: Store) -> None:
    sets = [parts(sqlite_store) for _ in range(4)]
    current = Current(sets[0])

    assert current.offer(sets[1])
    assert not current.offer(sets[2])
    current.adopt()
    assert current.parts is sets[2]
    assert current.offer(sets[3])


def test_the_hash_is_logged_when_another_policy_takes_effect(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    current = Current(parts(sqlite_store, hash="1"))
    current.adopt()
    assert capsys.readouterr().out == ""

    current.offer(parts(sqlite_store, hash="2"))
    current.adopt()
    assert "hash=2" in capsys.readouterr().out


def test_what_is_kept_stays_open_and_what_is_gone_is_closed_once(
    sqlite_store: Store, boxes: tuple[Box, Box, Box]
) -> None:
    a, b, c = boxes
    current = Current(parts(sqlite_store, a, b))

    current.offer(parts(sqlite_store, b, c))
    assert closed(a, b, c) == [0, 0, 0]
    current.adopt()
    assert closed(a, b, c) == [1, 0, 0]

    current.close()
    assert closed(a, b, c) == [1, 1, 1]


def test_what_somebody_works_with_is_closed_after_that_however_many_sets_have_come(
    sqlite_store: Store, boxes: tuple[Box, Box, Box]
) -> None:
    a, b, c = boxes
    current = Current(parts(sqlite_store, a))
    with current.use() as outer:
        for box in (b, c):
            current.offer(parts(sqlite_store, box))
            current.adopt()
            with current.use() as inner:
                assert list(inner.notifiers) == [box.name]
        assert list(outer.notifiers) == ["a"]
        assert closed(a, b, c) == [0, 1, 0]

    assert closed(a, b, c) == [1, 1, 0]


def test_an_offer_that_never_took_effect_is_closed(sqlite_store: Store, boxes: tuple[Box, Box, Box]) -> None:
    a, b, c = boxes
    current = Current(parts(sqlite_store, a))

    current.offer(parts(sqlite_store, a, b))
    current.offer(parts(sqlite_store, a, c))

    assert closed(a, b, c) == [0, 1, 0]


def test_one_that_cannot_be_closed_keeps_no_other_open(sqlite_store: Store) -> None:
    stuck, other = Stuck("stuck"), Box("other")

    Current(parts(sqlite_store, stuck, other)).close()

    assert closed(stuck, other) == [1, 1]


def test_it_is_let_go_of_also_after_a_failure(sqlite_store: Store, boxes: tuple[Box, Box, Box]) -> None:
    a, b, _ = boxes
    current = Current(parts(sqlite_store, a))
    with suppress(ZeroDivisionError), current.use():
        current.offer(parts(sqlite_store, b))
        current.adopt()
        raise ZeroDivisionError

    assert closed(a, b) == [1, 0]
