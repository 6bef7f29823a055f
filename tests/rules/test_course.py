"""What is remembered between evaluations makes them fast and changes nothing."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import count

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from budgetbot.core.anomaly import Bucket, Verdict
from budgetbot.core.directory import Directory
from budgetbot.core.history import Facts, History
from budgetbot.core.instant import micros
from budgetbot.rules.course import Terms, ahead, course, is_behind
from budgetbot.rules.unusual_rows import Rows
from tests.standins.spend import fresh, series
from tests.standins.unusual import DAY, NOW, anomaly, said

TAIL = 10
_NEW = count()


def rows(settled: np.typing.NDArray[np.float64]) -> Rows:
    size = len(settled)
    times = np.array([NOW.replace(tzinfo=None) + n * DAY for n in range(size)], dtype="datetime64[s]")
    quiet = np.zeros(size, dtype=np.bool_)
    return Rows(times, settled, np.zeros(settled.shape, dtype=np.bool_), quiet, np.zeros(size))


def amounts(days: int, scopes: int, seed: int) -> np.typing.NDArray[np.float64]:
    return np.asarray(np.random.default_rng(seed).lognormal(3, 0.3, (days, scopes)))


def terms(scopes: int, identity: str | None = None) -> Terms:
    """Those of a course that nobody remembers, unless it is named."""
    name = identity or f"new-{next(_NEW)}"
    return Terms(name, "2026-10-12", tuple(map(str, range(scopes))), 5.0, False, 0.2)


def same(one: list[Verdict], other: list[Verdict]) -> bool:
    return len(one) == len(other) and all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(one, other, strict=True)
        for name in Verdict.__dataclass_fields__
    )


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(12, 45), st.integers(0, 44), st.floats(0.1, 50)), min_size=1, max_size=5),
)
def test_whatever_was_looked_at_before_the_verdicts_are_those_of_a_first_look(
    seed: int, looks: list[tuple[int, int, float]]
) -> None:
    settled, name = amounts(45, 3, seed), f"remembered-{next(_NEW)}"

    for days, restated, factor in looks:
        settled[restated, seed % 3] *= factor
        known = rows(settled[:days].copy())
        filling = Bucket(time=known.times[-1] + np.timedelta64(1, "D"), first=settled[-1] * factor, share=0.5)
        assert same(course(terms(3, name), known, TAIL, filling), course(terms(3), known, TAIL, filling))


def test_the_order_of_the_series_changes_nothing() -> None:
    settled = amounts(40, 6, 1)
    settled[-1, 2] *= 30
    order = np.array([5, 2, 0, 4, 1, 3])

    plain = course(terms(6), rows(settled), TAIL, None)[-1]
    mixed = course(terms(6), rows(settled[:, order]), TAIL, None)[-1]

    assert plain.alarm.tolist() == [False, False, True, False, False, False]
    for name in Verdict.__dataclass_fields__:
        assert np.allclose(getattr(plain, name)[order], getattr(mixed, name), rtol=1e-9, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(12, 40), st.integers(0, 44), st.floats(0.1, 50)), min_size=1, max_size=8),
    st.integers(1, 20),
)
def test_what_was_gone_through_ahead_gives_the_verdicts_of_a_first_look(
    seed: int, looks: list[tuple[int, int, float]], most: int
) -> None:
    settled, name = amounts(45, 3, seed), f"ahead-{next(_NEW)}"

    for days, restated, factor in looks:
        settled[restated, seed % 3] *= factor
        ahead(terms(3, name), rows(settled[:days].copy()), TAIL, most)

    assert same(course(terms(3, name), rows(settled), TAIL, None), course(terms(3), rows(settled), TAIL, None))


def test_ahead_has_nothing_to_do_once_it_has_come_close_to_the_newest_row() -> None:
    known, name = rows(amounts(40, 3, 1)), f"ahead-{next(_NEW)}"
    turns = 0

    while is_behind(terms(3, name), 40, TAIL):
        ahead(terms(3, name), known, TAIL, 12)
        turns += 1

    assert turns == 4


def test_a_look_from_a_later_beginning_forgets_what_was_remembered_of_the_earlier_one() -> None:
    settled, name = amounts(40, 3, 1), f"begins-{next(_NEW)}"
    for begins in ("2026-10-12", "2026-10-19"):
        ahead(terms(3, name)._replace(begins=begins), rows(settled), TAIL, 100)

    course(terms(3, name)._replace(begins="2026-10-19"), rows(settled), TAIL, None)

    assert is_behind(terms(3, name)._replace(begins="2026-10-12"), 40, TAIL)


def test_a_price_that_stays_and_one_that_is_not_known_are_the_same_past() -> None:
    plain = rows(amounts(40, 3, 1))
    steady = plain._replace(price=np.ones(plain.settled.shape))
    changed = np.ones(plain.settled.shape)
    changed[30:] = 1.5
    later = plain._replace(price=changed)

    assert plain.digests([5, 24, 40]) == steady.digests([5, 24, 40])
    assert plain.digests([24]) == later.digests([24])
    assert plain.digests([40]) != later.digests([40])
    assert plain.digests([5, 17, 40])[40] == plain.digests([40])[40]


def many(scopes: int, days: int) -> History:
    """Keys by the day, the first of which runs away on the last one."""
    spent = np.random.default_rng(7).lognormal(2, 0.2, (days, scopes)) * 1e9
    spent[-1, 0] *= 50
    starts = micros(NOW.replace(hour=0)) - np.arange(days, 0, -1) * (DAY // timedelta(microseconds=1))
    start, amount = np.repeat(starts, scopes), spent.astype(np.int64).reshape(-1)
    none = np.zeros(len(start), dtype=np.int64)
    of_series, end = np.tile(np.arange(scopes), days), start + DAY // timedelta(microseconds=1)
    facts = Facts(of_series, start, end, none, amount, none, amount, amount)
    known = [series(f"p{i % 30}", api_key=f"key_{i}", model="gpt-5") for i in range(scopes)]
    return History(known, ["USD"], facts, [fresh(NOW)], Directory())


def test_a_thousand_keys_with_a_year_behind_them_are_looked_at_in_half_a_second() -> None:
    rule, known = anomaly(bucket="day"), many(1000, 400)
    first = said(rule, known)

    began = time.process_time()
    again = said(rule, known, NOW + timedelta(minutes=5))

    assert time.process_time() - began < 0.5
    assert [f.scope.ids["api_key"] for f in first] == [f.scope.ids["api_key"] for f in again] == ["key_0"]
