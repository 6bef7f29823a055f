"""One holder a job; tokens rise for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgetbot.store import Leases, Store, open_store
from tests.standins.leases import timed
from tests.store.samples import MINUTE, NOW

JOB = "schedule"


def at(store: Store, minutes: float = 0) -> Leases:
    return timed(store, lambda: NOW + minutes * MINUTE)


def acquire(store: Store, owner: str, minutes: float = 0, *, dead: bool = False, job: str = JOB) -> int | None:
    return at(store, minutes).acquire(job, owner, MINUTE, lambda _: dead)


def test_a_held_lease_is_refused_to_everyone_else_and_to_the_holder_itself(store: Store) -> None:
    assert acquire(store, "one") == 1

    assert acquire(store, "two", 0.9) is None
    assert acquire(store, "one", 0.9) is None
    assert store.leases.holder(JOB) == ("one", NOW + MINUTE)


def test_an_expired_lease_is_taken_over_with_a_higher_token(store: Store) -> None:
    acquire(store, "one")

    assert acquire(store, "two", 1) == 2
    assert not at(store, 1).renew(JOB, 1, MINUTE)
    assert store.leases.holder(JOB) == ("two", NOW + 2 * MINUTE)


def test_a_dead_holder_need_not_be_waited_for(store: Store) -> None:
    acquire(store, "one")

    assert at(store).acquire(JOB, "two", MINUTE, lambda owner: owner == "one") == 2


def test_who_is_overtaken_while_asking_whether_the_holder_is_dead_gets_nothing(store: Store) -> None:
    acquire(store, "one")

    assert at(store).acquire(JOB, "slow", MINUTE, lambda _: acquire(store, "fast", dead=True) == 2) is None
    assert store.leases.holder(JOB) == ("fast", NOW + MINUTE)


def test_a_holder_that_renews_while_it_is_taken_for_dead_keeps_the_lease(store: Store) -> None:
    acquire(store, "one")

    renewed = at(store).acquire(JOB, "two", MINUTE, lambda _: at(store).renew(JOB, 1, 2 * MINUTE))

    assert renewed is None
    assert store.leases.holder(JOB) == ("one", NOW + 2 * MINUTE)


def test_renewing_keeps_the_token_and_moves_the_end(store: Store) -> None:
    acquire(store, "one")

    assert at(store, 0.5).renew(JOB, 1, MINUTE)

    assert acquire(store, "two", 1) is None
    assert store.leases.holder(JOB) == ("one", NOW + 1.5 * MINUTE)


def test_a_released_lease_is_free_and_its_token_is_never_given_again(store: Store) -> None:
    acquire(store, "one")
    store.leases.release(JOB, 1)

    assert store.leases.holder(JOB) is None
    assert not at(store).renew(JOB, 1, MINUTE)
    assert acquire(store, "one") == 2


def test_a_former_holder_cannot_release_what_another_holds(store: Store) -> None:
    acquire(store, "one")
    acquire(store, "two", dead=True)

    store.leases.release(JOB, 1)

    assert store.leases.holder(JOB) == ("two", NOW + MINUTE)


def test_jobs_are_held_apart(store: Store) -> None:
    assert (acquire(store, "one"), acquire(store, "two", job="other")) == (1, 1)
    assert store.leases.holder("never") is None


def test_of_two_that_come_at_once_one_gets_it(database_url: str) -> None:
    with closing(open_store(database_url)) as one, closing(open_store(database_url)) as two:
        start = Barrier(2)

        def race(store: Store, job: str) -> int | None:
            start.wait()
            return acquire(store, "me", job=job, dead=True)

        with ThreadPoolExecutor(2) as pool:
            for n in range(5):
                tokens = list(pool.map(race, (one, two), (f"job{n}", f"job{n}")))
                assert sorted(t for t in tokens if t) in ([1], [1, 2])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["acquire", "renew", "release"]), st.integers(0, 2))))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_two_holders_and_tokens_only_rise(sqlite_store: Store, moves: list[tuple[str, str, int]]) -> None:
    now = NOW
    leases = timed(sqlite_store, lambda: now)
    job = f"job{id(moves)}{len(moves)}{moves}"
    held: dict[str, int] = {}
    last = 0
    holder: str | None = None
    until = NOW
    for owner, move, minutes in moves:
        now += minutes * MINUTE / 2
        if move == "acquire":
            token = leases.acquire(job, owner, MINUTE, lambda _: False)
            assert (token is not None) == (holder is None or until <= now)
            if token is not None:
                assert token == last + 1
                held[owner], last, holder, until = token, token, owner, now + MINUTE
        elif move == "renew" and owner in held:
            mine = holder == owner and held[owner] == last
            assert leases.renew(job, held[owner], MINUTE) == mine
            until = now + MINUTE if mine else until
        elif move == "release" and owner in held:
            leases.release(job, held[owner])
            if holder == owner and held[owner] == last:
                holder = None
