from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from budgetbot.core.grant import Grant, Planned
from budgetbot.core.match import EVERYTHING, Match
from budgetbot.core.model import Finding
from budgetbot.core.money import NANO
from budgetbot.core.silence import Silence
from budgetbot.rules.burn_rate import BurnRate
from budgetbot.rules.fields import patterns
from tests.standins.budgets import budget
from tests.standins.spend import Spend, series, utc
from tests.standins.unusual import DAY, HOUR, NOW, burn_rate, firing, said, waiting

MINUTES = timedelta(minutes=1)
WEEK = 7 * DAY
OF_BUDGET = {"of": "budget", "budget": "b", "all": [{"over": "6h", "times": 6}, {"over": "30m", "times": 6}]}


def dollars(hour: datetime, amount: int, key: str = "key_0", length: timedelta = HOUR) -> Spend:
    return Spend(series("p1", api_key=key, model="gpt-5"), hour, amount * NANO, length=length)


def hours(count: int, amount: int, until: datetime = NOW, key: str = "key_0") -> list[Spend]:
    """So much in each of the hours before a moment."""
    return [dollars(until - n * HOUR, amount, key) for n in range(count, 0, -1)]


def weeks(amount: int, count: int = 4, key: str = "key_0") -> list[Spend]:
    """So much in each of the hours around this one, in the weeks before."""
    return [row for n in range(1, count + 1) for row in hours(8, amount, NOW - n * WEEK + HOUR, key)]


def of_budget(rows: list[Spend], amount: int = 720, now: datetime = NOW, **more: Any) -> list[Finding]:
    """Six times the even pace of a month of 30 days: a dollar an hour for 720."""
    rule = burn_rate(**OF_BUDGET, min_impact=1)
    return said(rule, rows, now, limit=budget(amount=amount), **more)


def test_six_times_the_even_pace_in_both_windows_fires() -> None:
    (found,) = of_budget(hours(6, 6))

    assert (found.kind, found.level, found.active) == ("burn_rate", "6x over 6h and 30m", True)
    assert of_budget(hours(5, 6)) == []


def test_a_burst_that_is_over_does_not_fire_and_one_that_just_began_neither() -> None:
    assert of_budget([*hours(6, 20, NOW - HOUR), dollars(NOW - HOUR, 1)]) == []
    assert of_budget([dollars(NOW - HOUR, 30)]) == []
    assert len(of_budget([dollars(NOW - HOUR, 36)])) == 1


def test_it_tells_every_window_the_pace_and_when_the_budget_is_gone() -> None:
    (found,) = of_budget(hours(6, 12))

    told: Any = found.evidence
    assert [(w["over"], w["times"], w["spent"], w["per_hour"], w["rate"]) for w in told["windows"]] == [
        ("6h", 6.0, "72.00", "12.00", 12.0),
        ("30m", 6.0, "6.00", "12.00", 12.0),
    ]
    assert told["windows"][1]["apportioned"] is True
    assert "apportioned" not in told["windows"][0]
    assert (told["per_hour"], told["pace_per_hour"], told["rate"]) == ("12.00", "1.00", 12.0)
    assert (told["budget"], told["effective_amount"], told["budget_spent"]) == ("b", "720.00", "72.00")
    assert told["exhausted_at"] == "2026-11-22T15:00:00Z"  # 648 dollars at 12 an hour


def test_a_budget_that_lasts_its_period_at_this_rate_is_not_said_to_be_used_up() -> None:
    (found,) = of_budget(hours(6, 6), amount=720, now=NOW)
    (late,) = of_budget(hours(6, 7, utc("2026-11-30T20:00")), now=utc("2026-11-30T20:00"))

    assert found.evidence["exhausted_at"] == "2026-11-25T03:00:00Z"
    assert late.evidence["exhausted_at"] is None


def test_a_grant_raises_the_pace() -> None:
    grant = Grant("b", 720 * NANO, NOW - DAY, NOW + DAY, "lead", "launch")

    assert of_budget(hours(6, 11), grants=[grant]) == []
    assert len(of_budget(hours(6, 12), grants=[grant])) == 1


def test_each_scope_of_the_budget_has_a_rate_of_its_own() -> None:
    rows = [*hours(6, 6, key="key_0"), *hours(6, 5, key="key_1")]
    rule = burn_rate(**OF_BUDGET, min_impact=1)

    found = said(rule, rows, limit=budget(amount=720, each=["api_key"]))

    assert [one.scope.ids for one in found] == [{"api_key": "key_0"}]


def test_without_its_budget_it_says_nothing() -> None:
    assert said(burn_rate(**OF_BUDGET), hours(6, 60)) == []


def test_the_hour_that_fills_belongs_to_its_part_that_is_over() -> None:
    now = NOW + 20 * MINUTES
    (found,) = of_budget([*hours(6, 6), dollars(NOW, 2)], now=now)

    told: Any = found.evidence
    assert told["windows"][1]["spent"] == "3.00"  # 2 in 20 minutes, and a sixth of the 6 of the hour before
    assert told["known_to"] == "2026-11-20T09:20:00Z"


def test_spend_that_is_known_by_the_day_is_no_burst() -> None:
    assert of_budget([dollars(NOW.replace(hour=0), 5000, length=DAY)]) == []


def test_ten_times_the_usual_of_the_same_hours_fires() -> None:
    (found,) = said(burn_rate(), [*weeks(8), *hours(2, 80)])

    told: Any = found.evidence
    assert (found.level, found.active) == ("10x over 1h and 10m", True)
    assert (told["per_hour"], told["pace_per_hour"], told["rate"]) == ("80.00", "8.00", 10.0)
    assert "budget" not in told
    assert said(burn_rate(), [*weeks(8), *hours(2, 79)]) == []


def test_the_median_of_the_weeks_is_what_is_usual() -> None:
    odd = hours(8, 500, NOW - WEEK + HOUR)
    rest = [row for row in weeks(8) if row.start < NOW - WEEK - DAY]

    assert len(said(burn_rate(), [*rest, *odd, *hours(2, 80)])) == 1


def test_where_usually_nothing_is_spent_the_impact_decides() -> None:
    (found,) = said(burn_rate(), [*weeks(0), *hours(2, 50)])

    assert found.evidence["rate"] is None
    assert said(burn_rate(), [*weeks(0), *hours(2, 49)]) == []


def test_without_a_past_nothing_is_usual_and_nothing_is_told() -> None:
    assert said(burn_rate(), hours(40, 800)) == []


def test_planned_and_silenced_weeks_are_no_part_of_what_is_usual() -> None:
    loud = [
        *hours(8, 500, NOW - WEEK + HOUR),
        *hours(8, 500, NOW - 2 * WEEK + HOUR),
        *hours(8, 8, NOW - 3 * WEEK + HOUR),
    ]
    windows = [
        Planned("test", EVERYTHING, NOW - n * WEEK - DAY, NOW - n * WEEK + DAY, NANO, "USD", "test") for n in (1, 2)
    ]
    silence = Silence(Match((("rule", patterns("tenfold")),)), NOW - 2 * WEEK - DAY, NOW - 6 * DAY, "lead", "test")

    assert said(burn_rate(), [*loud, *hours(2, 80)]) == []
    assert len(said(burn_rate(), [*loud, *hours(2, 80)], planned=windows)) == 1
    assert len(said(burn_rate(), [*loud, *hours(2, 80)], silences=[silence])) == 1


def test_planned_spend_burns_up_to_its_amount() -> None:
    def planned(up_to: int) -> list[Planned]:
        return [Planned("test", EVERYTHING, NOW - 3 * HOUR, NOW + HOUR, up_to * NANO, "USD", "load test")]

    rows = [*weeks(8), *hours(2, 90)]

    assert said(burn_rate(), rows, planned=planned(180)) == []
    assert len(said(burn_rate(), rows, planned=planned(179))) == 1


def test_it_is_over_when_the_shortest_window_is_and_not_while_the_data_is_old() -> None:
    (first,) = said(burn_rate(), [*weeks(8), *hours(2, 80)])
    alert = firing(first)
    calm, between = [*weeks(8), *hours(2, 8)], [*weeks(8), dollars(NOW - 2 * HOUR, 8), dollars(NOW - HOUR, 80)]

    (over,) = said(burn_rate(), calm, **waiting(alert))
    (blind,) = said(burn_rate(), calm, stale=frozenset({"openai"}), **waiting(alert))
    (still,) = said(burn_rate(min_impact=100), between, **waiting(alert))

    assert (over.active, over.clear, over.line) == (False, True, first.line)
    assert (blind.active, blind.clear) == (False, False)
    assert (still.active, still.clear) == (False, False)


def test_what_burns_is_named() -> None:
    rows = [*weeks(8), *weeks(8, key="key_1"), *hours(2, 8), *hours(2, 200, key="key_1")]

    (found,) = said(burn_rate(), rows)

    assert (found.drivers[0].dimension, found.drivers[0].id) == ("api_key", "key_1")
    assert found.drivers[0].amount == 192 * NANO


@pytest.mark.parametrize("times", [Decimal("1.5"), 6, Decimal("2.25")])
def test_the_times_are_exact(times: Decimal | int) -> None:
    rule = burn_rate(all=[{"over": "1h", "times": times}], min_impact="0.000000001")
    line = int(8 * NANO * Decimal(times))
    at = Spend(series("p1", api_key="key_0", model="gpt-5"), NOW - HOUR, line, length=HOUR)

    assert len(said(rule, [*weeks(8), at])) == 1
    assert said(rule, [*weeks(8), at._replace(billed=line - 1)]) == []


def test_a_level_names_its_windows() -> None:
    one = burn_rate(all=[{"over": "6h", "times": "6.0"}, {"over": "30m", "times": 3}])

    assert one.level == "6x over 6h and 3x over 30m"


@pytest.mark.parametrize("window", [{"over": "9m", "times": 2}, {"over": "4d", "times": 2}, {"over": "1h", "times": 1}])
def test_a_window_that_cannot_be_judged_is_refused(window: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BurnRate.model_validate({"name": "a", "of": "usual", "all": [window], "min_impact": 1})


def test_what_it_looks_at_is_as_old_as_the_weeks_it_compares() -> None:
    zone = ZoneInfo("UTC")

    assert burn_rate().span(NOW, zone).start <= NOW - 4 * WEEK - HOUR
    assert burn_rate(**OF_BUDGET).span(NOW, zone).start > NOW - DAY
