"""What is billed day by day without any usage: its band, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from budgetbot.core.calibrate import ONE, Calibration, DayRatio
from budgetbot.core.estimate import SourceDay, spend
from budgetbot.core.money import NANO

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)


def settled(*billed: int, listed: int = 0, item: str = "scale tier") -> list[DayRatio]:
    """The last days before yesterday, in dollars; the latest last."""
    first = TODAY - (len(billed) + 1) * DAY
    return [DayRatio(first + n * DAY, None, item, listed * NANO, amount * NANO) for n, amount in enumerate(billed)]


def open_day(elapsed: int) -> SourceDay:
    return SourceDay("openai", "openai", TODAY, TODAY + DAY, [], [], frozenset(), settled=False, elapsed=elapsed)


def test_its_band_is_what_it_was_of_late_and_no_narrower_than_3_percent() -> None:
    steady = Calibration(settled(*[100] * 6))
    restated = Calibration(settled(100, 90, 100, 100, 120, 100))

    assert steady.recurring_band(None, "scale tier") == (97 * NANO, 103 * NANO)
    assert restated.recurring_band(None, "scale tier") == (90 * NANO, 120 * NANO)


def test_with_few_days_its_band_is_from_nothing_to_twice_the_usual() -> None:
    assert Calibration(settled(100, 100, 100, 100, 100)).recurring_band(None, "scale tier") == (0, 200 * NANO)


def test_half_a_day_is_expected_by_noon() -> None:
    (row,) = spend(open_day(ONE // 2), Calibration(settled(100, 90, 100, 100, 120, 100)))

    assert (row.billed, row.estimated, row.low, row.high) == (0, 50 * NANO, 45 * NANO, 60 * NANO)


def test_what_was_not_billed_on_the_last_settled_day_has_ended() -> None:
    other = settled(*[7] * 8, listed=7, item="gpt-5, input")
    ended = settled(*[100] * 8)[:-1]

    assert Calibration([*other, *settled(*[100] * 8)]).recurring(None, "scale tier") == 100 * NANO
    assert Calibration([*other, *ended]).recurring(None, "scale tier") is None
    assert spend(open_day(ONE), Calibration([*other, *ended])) == []
