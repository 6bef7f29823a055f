"""What is foretold of scopes that spend on some days alone, and of the rest of a day that has begun."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from budgetbot.core.columns import DAYS, Floats
from budgetbot.core.forecast import Forecast, columns, forecast
from budgetbot.core.history import Ints
from budgetbot.core.money import NANO
from budgetbot.core.outlook import Bools
from budgetbot.core.period import Calendar

MIDNIGHT = datetime(2026, 9, 11, tzinfo=UTC)  # a Friday; 10 days of September are over, 20 are to come
NOON = MIDNIGHT.replace(hour=12)
BEGUN, TO_COME = 10, 20


def foretold(spent: Floats, now: datetime = MIDNIGHT, planned: Bools | None = None) -> list[Forecast]:
    """Of (scopes, days) in dollars, the open day last."""
    cols = columns(Calendar("month").at(now, UTC), now, UTC)
    assert cols is not None
    amounts: Ints = np.rint(spent * NANO).astype(np.int64)
    return forecast(amounts, amounts[:, -BEGUN - 1 :].sum(axis=1).tolist(), cols, planned)


def at_random(rng: np.random.Generator, chances: Floats) -> Floats:
    """Days that spend with these chances, 100 dollars as a rule, rarely less than 20 or more than 500."""
    return np.asarray((rng.random(chances.shape) < chances) * 100 * np.exp(rng.normal(0, 0.8, chances.shape)))


def ends(whole: Floats) -> tuple[list[Forecast], list[int]]:
    """What is foretold where the days to come are not known yet, and how it ends."""
    known = np.concatenate((whole[:, :DAYS], np.zeros((len(whole), 1))), axis=1)
    return foretold(known), (whole[:, DAYS - BEGUN :].sum(axis=1) * NANO).astype(np.int64).tolist()


def test_the_band_holds_nineteen_of_twenty_ends_of_scopes_that_spend_on_days_at_random() -> None:
    rng = np.random.default_rng(11)
    seen, final = ends(at_random(rng, np.broadcast_to(rng.uniform(0.1, 0.4, (400, 1)), (400, DAYS + TO_COME))))

    assert 0.94 < np.mean([one.low <= end <= one.high for one, end in zip(seen, final, strict=True)]) < 0.995
    assert 0.4 < np.mean([one.p_over(end) < 0.5 for one, end in zip(seen, final, strict=True)]) < 0.6


def test_a_job_of_one_weekday_is_surer_than_as_many_days_at_random() -> None:
    rng = np.random.default_rng(12)
    amounts = 100 * np.exp(rng.normal(0, 0.1, DAYS + 1))
    job = amounts * (np.arange(DAYS + 1) % 7 == 3)
    mixed = np.append(rng.permutation(job[:-1]), 0.0)

    sure, unsure = foretold(np.array([job, mixed]))

    assert (sure.high - sure.low) * 2 < unsure.high - unsure.low
    assert sure.p_over(sure.spent + 240 * NANO) > 0.9  # three more of a hundred
    assert sure.p_over(sure.spent + 390 * NANO) < 0.1


def test_weeks_that_differ_by_more_than_chance_widen_the_band() -> None:
    days = np.zeros((2, DAYS + 1))
    for week in range(DAYS // 7):
        for weekday in (week % 7, (week + 3) % 7):
            days[0, 7 * week + weekday] = days[1, 7 * (week | 1) + weekday] = 100

    even, bunched = foretold(days)

    assert days[0].sum() == days[1].sum()
    assert bunched.high - bunched.low > 1.1 * (even.high - even.low)


def test_a_rare_spend_that_has_begun_today_goes_on_today() -> None:
    days = np.zeros((2, DAYS + 1))
    days[:, 2:-1:6] = 100
    days[1, -1] = 40

    idle, begun = foretold(days, NOON)

    assert begun.expected - begun.spent > idle.expected - idle.spent + 25 * NANO
    assert begun.low > begun.spent


def test_the_rest_of_a_day_lies_between_its_own_pace_and_its_usual_spend() -> None:
    rest = {}
    for so_far in (0, 50, 150):
        days = np.full((1, DAYS + 1), 100.0)
        days[0, -1] = so_far
        (seen,) = foretold(days, NOON)
        rest[so_far] = (seen.expected - seen.spent) / NANO - 19 * 100

    assert rest == pytest.approx({0: 25, 50: 50, 150: 100}, abs=1)


def test_a_day_that_was_planned_says_nothing_of_its_own_rest() -> None:
    days = np.full((1, DAYS + 1), 100.0)
    days[0, -1] = 0
    planned = np.zeros(DAYS + 1, dtype=np.bool_)
    planned[-1] = True

    (seen,) = foretold(days, NOON, planned)

    assert (seen.expected - seen.spent) / NANO == pytest.approx(19.5 * 100, rel=0.001)


def test_a_scope_whose_every_spend_was_planned_is_foretold_nothing() -> None:
    days = np.zeros((1, DAYS + 1))
    days[0, 10] = 100
    planned = np.arange(DAYS + 1) == 10

    (seen,) = foretold(days, NOON, planned)

    assert (seen.low, seen.expected, seen.high, seen.enough) == (0, 0, 0, False)
