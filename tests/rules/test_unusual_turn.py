"""A week turns: the past begins a week later, and what was gone through ahead tells what a first look would."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from budgetbot.core.history import History
from budgetbot.core.model import Finding
from tests.standins.spend import Spend, fresh, history, utc
from tests.standins.unusual import DAY, HOUR, anomaly, daily, hourly, key_of, said, since

MONDAY = utc("2026-11-23")
LAST, COMING = MONDAY - timedelta(weeks=6), MONDAY - timedelta(weeks=5)  # where the past begins, before and after


def known(now: datetime, first: datetime) -> History:
    """Calm keys, one of which ran away on Sunday night; one that was never seen before; one that was, long ago."""
    amount = since(MONDAY - HOUR, 60)
    rows = [*hourly("key_0", until=now, first=LAST, amount=amount), *hourly("key_1", 1, until=now, first=LAST)]
    rows += hourly("key_2", 2, until=LAST + DAY, first=LAST)
    if now > MONDAY + DAY:
        rows += hourly("key_new", 3, until=now, first=MONDAY + DAY, amount=since(MONDAY, 30))
    return history([row for row in rows if row.start >= first], [fresh(now)])


def test_a_look_at_the_turn_of_the_week_says_what_one_from_nothing_says_and_costs_a_fraction() -> None:
    for now, looks in ((MONDAY - 40 * HOUR, 20), (MONDAY - HOUR, 20)):
        sunday = known(now, LAST)
        assert [said(anomaly(name="kept"), sunday, now) for _ in range(looks)] == [[]] * looks

    turned, now = known(MONDAY + HOUR, COMING), MONDAY + HOUR
    found, took = timed("kept", turned, now)
    anew, whole = timed("nothing", turned, now)

    assert found == named("kept", anew)
    assert [key_of(one) for one in found] == ["key_0"]
    assert took * 4 < whole


def test_a_day_after_the_turn_it_still_says_the_same() -> None:
    now = MONDAY + 26 * HOUR
    turned = known(now, COMING)
    for hours in (30, 6, 1):
        said(anomaly(name="kept-on"), known(MONDAY - hours * HOUR, LAST), MONDAY - hours * HOUR)
    said(anomaly(name="kept-on"), known(MONDAY + HOUR, COMING), MONDAY + HOUR)

    found = said(anomaly(name="kept-on"), turned, now)

    assert found == named("kept-on", said(anomaly(name="nothing-on"), turned, now))
    assert sorted(map(str, map(key_of, found))) == ["key_0", "key_new"]


def timed(rule: str, spent: History, now: datetime) -> tuple[list[Finding], float]:
    """What a rule says, and how long the processor took."""
    began = time.process_time()
    found = said(anomaly(name=rule), spent, now)
    return found, time.process_time() - began


def test_the_turn_of_a_month_says_the_same() -> None:
    turn = utc("2026-12-01")

    def rows(now: datetime) -> list[Spend]:
        dollars = lambda at: 3000 if at >= turn - DAY else 50 + at.day % 5  # noqa: E731
        calm = [row for i in (1, 2) for row in daily(f"key_{i}", lambda at: 50 + at.day % 7, until=now, days=120)]
        return [*daily("key_0", dollars, until=now, days=120), *calm]

    for now in (turn - 30 * HOUR, turn - 20 * HOUR, turn - 10 * HOUR, turn - HOUR):
        assert said(anomaly(name="months", bucket="day"), rows(now), now) == []

    now = turn + HOUR
    found = said(anomaly(name="months", bucket="day"), rows(now), now)

    assert found == named("months", said(anomaly(name="no-months", bucket="day"), rows(now), now))
    assert [key_of(one) for one in found] == ["key_0"]


def named(rule: str, found: list[Finding]) -> list[Finding]:
    return [replace(one, rule=rule) for one in found]
