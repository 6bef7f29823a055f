from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgetbot.core.grant import Planned
from budgetbot.core.history import History
from budgetbot.core.match import Match
from budgetbot.core.model import Entity, Finding, Watermark
from budgetbot.core.money import NANO, exact, nano
from budgetbot.core.silence import Silence
from budgetbot.rules.fields import patterns
from tests.standins.spend import Spend, fresh, history, series, utc
from tests.standins.unusual import DAY, HOUR, NOW, anomaly, daily, firing, hourly, key_of, said, since, usual, waiting

RUNAWAY = since(NOW - HOUR, 60)
KEY_0 = Match((("api_key", patterns("key_0")),))


def keys(*others: int, **more: Any) -> list[Spend]:
    """Four calm keys."""
    return [row for i in others or (1, 2, 3, 4) for row in hourly(f"key_{i}", i, **more)]


def burst(at: datetime = NOW, **more: Any) -> list[Spend]:
    """A key that has run away for an hour, among the calm ones."""
    return [*hourly("key_0", until=at, amount=RUNAWAY, **more), *keys(until=at)]


def money(finding: Finding, name: str) -> int:
    return nano(exact(finding.evidence[name]))


def test_a_key_that_runs_away_is_named_as_soon_as_its_hour_is_over() -> None:
    (found,) = said(anomaly(), burst())

    assert (key_of(found), found.kind, found.level, found.active) == ("key_0", "anomaly", "spike", True)
    assert found.period is None


def test_it_says_what_was_seen_what_is_usual_how_much_beyond_it_and_since_when() -> None:
    (found,) = said(anomaly(), burst())

    told = found.evidence
    assert money(found, "observed") == usual(NOW - HOUR, 0) * 60
    assert money(found, "low") <= usual(NOW - HOUR - 7 * DAY, 0) <= money(found, "high")
    assert money(found, "low") < money(found, "expected") < money(found, "high") < 3 * money(found, "expected")
    assert abs(money(found, "excess") - money(found, "observed") + money(found, "expected")) < 100
    assert (told["channel"], told["since"], told["currency"]) == ("spike", "2026-11-20T08:00:00Z", "USD")
    assert told["bucket"] == {"start": "2026-11-20T08:00:00Z", "end": "2026-11-20T09:00:00Z"}
    assert told["complete_to"] == "2026-11-20T09:00:00Z"
    assert told["settled_to"] == "2026-11-18T00:00:00Z"


def test_it_says_what_the_excess_is_made_of_and_whose_it_is() -> None:
    owner = Entity("openai", "api_key", "key_0", "agent", owner="lead@example.com")
    known = history(burst(), [fresh(NOW)], [owner])

    (found,) = said(anomaly(), known)

    assert found.evidence["owner"] == "lead@example.com"
    assert [(d.dimension, d.id) for d in found.drivers] == [("project", "p1"), ("model", "gpt-5")]
    assert abs(found.drivers[1].amount - money(found, "excess")) < money(found, "excess") // 20


def test_everything_together_names_the_key_that_drives_it() -> None:
    (found,) = said(anomaly(each=[]), burst())

    assert (found.drivers[0].dimension, found.drivers[0].id) == ("api_key", "key_0")
    assert found.drivers[0].amount * 2 > found.line


def test_what_is_as_usual_says_nothing() -> None:
    assert said(anomaly(), keys()) == []


def test_an_excess_below_the_impact_says_nothing() -> None:
    (found,) = said(anomaly(), burst())
    excess = money(found, "excess") // NANO

    assert said(anomaly(min_impact=excess + 20), burst()) == []


def test_an_hour_that_fills_is_compared_with_what_is_usual_at_that_age() -> None:
    now = NOW + timedelta(minutes=30)
    calm = [*hourly("key_0", until=now), *keys(until=now)]
    burning = [*hourly("key_0", until=now, amount=since(NOW, 60)), *keys(until=now)]

    (found,) = said(anomaly(), burning, now)

    assert said(anomaly(), calm, now) == []
    assert found.evidence["seen_to"] == "2026-11-20T09:30:00Z"
    assert money(found, "observed") == usual(NOW, 0) * 30
    assert money(found, "high") < 2 * usual(NOW, 0)


def test_an_hour_of_which_hardly_anything_is_there_is_not_judged() -> None:
    now = NOW + timedelta(minutes=5)

    assert said(anomaly(), [*hourly("key_0", until=now, amount=since(NOW, 60)), *keys(until=now)], now) == []


def test_it_lasts_while_the_key_burns_and_is_over_three_usual_hours_after() -> None:
    amount = since(NOW - HOUR, 60, NOW + 2 * HOUR)
    alert = firing(said(anomaly(), burst())[0])
    course = []
    for hours in range(8):
        now = NOW + hours * HOUR
        (found,) = said(
            anomaly(), [*hourly("key_0", until=now, amount=amount), *keys(until=now)], now, **waiting(alert)
        )
        course.append((found.active, found.clear))

    assert course == [(True, False)] * 5 + [(False, True)] * 3


def test_an_alert_that_is_over_says_what_is_spent_now_beside_what_it_was_about() -> None:
    alert = firing(said(anomaly(), burst())[0])
    now = NOW + 6 * HOUR
    rows = [*hourly("key_0", until=now, amount=since(NOW - HOUR, 60, NOW)), *keys(until=now)]

    (found,) = said(anomaly(), rows, now, **waiting(alert))

    assert found.clear
    assert found.evidence["excess"] == alert.evidence["excess"]
    assert money(found, "observed") == usual(now - HOUR, 0)
    assert money(found, "low") <= money(found, "observed") <= money(found, "high")


def test_old_data_says_neither_that_something_is_unusual_nor_that_it_is_over() -> None:
    alert = firing(said(anomaly(), burst())[0])

    assert said(anomaly(), burst(), stale=frozenset({"openai"})) == []
    (found,) = said(anomaly(), keys(0, 1, 2), stale=frozenset({"openai"}), **waiting(alert))
    assert (found.active, found.clear) == (False, False)
    assert found.evidence == {**alert.evidence, "currency": "USD"}


def test_a_source_that_is_behind_holds_up_no_other() -> None:
    elsewhere = [row for i in (5, 6) for row in hourly(f"key_{i}", i, until=NOW - 3 * HOUR, source="eu")]
    late = Watermark("eu", "usage", since=NOW - 90 * DAY, complete_to=NOW - 3 * HOUR, pulled_at=NOW - 3 * HOUR)

    found = said(anomaly(), history([*burst(), *elsewhere], [fresh(NOW), late]))

    assert [(key_of(one), one.active) for one in found] == [("key_0", True)]


def test_use_that_comes_late_is_found_in_the_hour_where_it_belongs() -> None:
    now = NOW + 2 * HOUR
    alone = since(NOW - HOUR, 60, NOW)

    (found,) = said(anomaly(), [*hourly("key_0", until=now, amount=alone), *keys(until=now)], now)

    assert found.active
    assert found.evidence["since"] == "2026-11-20T08:00:00Z"


def test_hours_that_are_not_known_by_the_hour_are_not_taken_for_hours_without_spend() -> None:
    days = [
        Spend(series("p1", api_key="key_9", model="gpt-5"), NOW.replace(hour=0) - n * DAY, 48 * NANO)
        for n in range(40, 0, -1)
    ]

    assert said(anomaly(), [*days, *keys()]) == []


def test_a_lasting_shift_is_one_alert_until_it_is_what_is_usual() -> None:
    first = NOW - 30 * DAY
    alert, course = None, []
    for n in range(31, 0, -1):
        now = NOW - (n - 1) * DAY
        rows = daily("key_0", lambda at: 400 if at >= first.replace(hour=0) else 50, until=now, days=75)
        rows += [row for i in (1, 2, 3) for row in daily(f"key_{i}", lambda at: 50 + at.day % 5, until=now, days=75)]
        found = said(anomaly(bucket="day"), rows, now, **(waiting(alert) if alert else {}))
        if found:
            course.append((found[0].active, found[0].clear))
            alert = alert or firing(found[0], now)

    assert course[0] == (True, False)
    assert [after for before, after in pairwise(course) if after != before] == [(False, True)]


def test_planned_spend_is_not_told_up_to_its_amount() -> None:
    planned = Planned("test", KEY_0, NOW - 2 * HOUR, NOW + 2 * HOUR, 1000 * NANO, "USD", "load test")
    less = Planned("test", KEY_0, NOW - 2 * HOUR, NOW + 2 * HOUR, 100 * NANO, "USD", "load test")

    assert said(anomaly(), burst(), planned=[planned]) == []
    assert [key_of(found) for found in said(anomaly(), burst(), planned=[less])] == ["key_0"]


def test_while_a_planned_window_runs_an_alert_is_not_said_to_be_over() -> None:
    alert = firing(said(anomaly(), burst())[0])
    planned = Planned("test", KEY_0, NOW - 2 * HOUR, NOW + 2 * HOUR, 1000 * NANO, "USD", "load test")

    (found,) = said(anomaly(), burst(), planned=[planned], **waiting(alert))

    assert (found.active, found.clear) == (False, False)


@pytest.mark.parametrize("aside", ["planned", "silences"])
def test_planned_and_silenced_times_are_no_part_of_what_is_usual(aside: str) -> None:
    start, end = NOW - 8 * DAY, NOW - 5 * DAY
    loud = [*hourly("key_0", amount=since(start, 40, end)), *keys()]
    calm = [*hourly("key_0"), *keys()]
    some: Any = {
        "planned": [Planned("test", KEY_0, start, end, 100_000 * NANO, "USD", "load test")],
        "silences": [Silence(KEY_0, start, end, "lead", "load test")],
    }[aside]

    with_it = expected(loud, **{aside: some})

    assert with_it == expected(calm, **{aside: some})
    assert with_it != expected(loud)


def expected(rows: list[Spend], **more: Any) -> object:
    """What is usual for key_0 now."""
    (found,) = said(anomaly(), rows, **more, **waiting(firing(said(anomaly(), burst())[0])))
    return found.evidence["expected"], found.evidence["high"]


def test_a_silence_leaves_the_alert_as_it_is() -> None:
    silence = Silence(Match((("rule", patterns("runaway-*")),)), NOW - DAY, NOW + DAY, "lead", "known")

    assert [key_of(found) for found in said(anomaly(), burst(), silences=[silence])] == ["key_0"]


def test_who_spent_and_went_away_is_over() -> None:
    alert = firing(said(anomaly(), burst())[0])

    (found,) = said(anomaly(), keys(), **waiting(alert))

    assert (found.active, found.clear) == (False, True)


def test_without_any_history_nothing_is_said() -> None:
    empty: History = history([], [fresh(NOW)])

    assert said(anomaly(), empty) == []
    assert said(anomaly(), [Spend(series("p1", api_key="k"), NOW - HOUR, 900 * NANO, length=HOUR)]) == []


def test_a_day_is_a_local_day_and_a_drop_waits_until_the_bill_is_there() -> None:
    now = utc("2026-11-21T00:30")
    rows = [row for i in (1, 2) for row in daily(f"key_{i}", lambda at: 300, until=now, days=80)]
    gone = [row for row in rows if not (row.series.api_key == "key_1" and row.start >= now.replace(minute=0) - 2 * DAY)]
    today = [row for row in rows if not (row.series.api_key == "key_1" and row.start >= now.replace(minute=0) - DAY)]

    (found,) = said(anomaly(bucket="day"), gone, now)

    assert (key_of(found), found.level) == ("key_1", "drop")
    assert money(found, "excess") < -250 * NANO
    assert said(anomaly(bucket="day"), today, now) == []


def test_amounts_are_judged_in_the_currency_of_the_impact() -> None:
    (found,) = said(anomaly(min_impact="25 USD"), burst())

    assert found.evidence["currency"] == "USD"
    assert said(anomaly(min_impact="25 EUR"), burst()) == []


def test_a_changed_impact_is_the_same_rule_and_another_bucket_is_not() -> None:
    zone = ZoneInfo("UTC")
    one = anomaly()

    assert one.identity(zone) == anomaly(min_impact=50, sensitivity="low", severity="critical").identity(zone)
    assert one.identity(zone) != anomaly(bucket="day").identity(zone)
    assert one.identity(zone) != anomaly(each=["project"]).identity(zone)
