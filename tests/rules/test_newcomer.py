from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from budgetbot.core.grant import Planned
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.rules.anomaly import Anomaly
from tests.standins.spend import Spend, fresh, history, series
from tests.standins.unusual import DAY, HOUR, NOW, daily, firing, key_of, new_spender, said, waiting

TODAY = NOW.replace(hour=0)


def known(*more: Spend) -> list[Spend]:
    """A key that has spent for a long time, and others."""
    return [*daily("key_0", lambda at: 20, days=100), *more]


def first(dollars: int, at: datetime = TODAY, key: str = "key_9", length: timedelta = DAY, **more: Any) -> Spend:
    return Spend(series("p1", api_key=key, **{"model": "gpt-5", **more}), at, dollars * NANO, length=length)


def test_a_key_that_spends_for_the_first_time_is_told_from_the_impact_on() -> None:
    (found,) = said(new_spender(), known(first(10)))

    assert (key_of(found), found.kind, found.level, found.active) == ("key_9", "new", "new", True)
    assert said(new_spender(), known(first(9))) == []


def test_what_it_spent_by_the_hour_and_day_counts_together() -> None:
    rows = known(first(4, TODAY - 2 * DAY), first(3, NOW - 2 * HOUR, length=HOUR), first(3, NOW - HOUR, length=HOUR))

    (found,) = said(new_spender(), rows)

    assert found.evidence["observed"] == "10.00"
    assert found.evidence["since"] == "2026-11-18T00:00:00Z"
    assert [(one.dimension, one.amount) for one in found.drivers][-1] == ("model", 10 * NANO)


def test_one_is_new_for_a_week_from_its_first_day() -> None:
    (found,) = said(new_spender(), known(first(50, TODAY - 6 * DAY)))

    assert (found.period, found.start, found.end) == ("new-2026-11-14", TODAY - 6 * DAY, TODAY + DAY)
    assert said(new_spender(), known(first(50, TODAY - 7 * DAY))) == []


def test_who_spent_nothing_for_three_months_is_new_again() -> None:
    assert len(said(new_spender(), known(first(5, TODAY - 95 * DAY), first(50)))) == 1
    assert said(new_spender(), known(first(5, TODAY - 85 * DAY), first(50))) == []


def test_in_the_first_week_of_a_source_nobody_is_new() -> None:
    elsewhere = first(50, TODAY - DAY, source="eu")
    since = first(1, TODAY - 9 * DAY, "key_1", source="eu")

    assert said(new_spender(), [first(50)]) == []
    assert said(new_spender(), known(elsewhere)) == []
    assert [key_of(one) for one in said(new_spender(), known(elsewhere, since))] == ["key_9"]


def test_a_model_is_new_for_the_key_that_used_others() -> None:
    rule = new_spender(each=["api_key", "model"])

    (found,) = said(rule, known(first(50, key="key_0", model="gpt-5-pro")))

    assert found.scope.ids == {"api_key": "key_0", "model": "gpt-5-pro"}


def test_the_week_of_an_alert_stays_as_it_was_when_older_spend_comes_to_light() -> None:
    alert = firing(said(new_spender(), known(first(50, TODAY - DAY)))[0])

    (found,) = said(new_spender(), known(first(5, TODAY - 3 * DAY), first(50, TODAY - DAY)), **waiting(alert))

    assert (found.period, found.end, found.active) == (alert.period, alert.end, True)
    assert found.evidence["observed"] == "55.00"


def test_spend_that_was_taken_back_is_no_new_spender() -> None:
    alert = firing(said(new_spender(), known(first(50)))[0])

    (less,) = said(new_spender(), known(first(5)), **waiting(alert))
    (gone,) = said(new_spender(), known(), **waiting(alert))

    assert [(one.active, one.clear) for one in (less, gone)] == [(False, True)] * 2


def test_old_data_and_planned_spend_say_nothing() -> None:
    alert = firing(said(new_spender(), known(first(50)))[0])
    planned = Planned("test", EVERYTHING, TODAY, NOW + DAY, 100 * NANO, "USD", "a new key")

    assert said(new_spender(), known(first(50)), stale=frozenset({"openai"})) == []
    (blind,) = said(new_spender(), known(), stale=frozenset({"openai"}), **waiting(alert))
    assert (blind.active, blind.clear) == (False, False)
    assert said(new_spender(), known(first(50)), planned=[planned]) == []


def test_without_history_nobody_is_new() -> None:
    assert said(new_spender(), history([], [fresh(NOW)])) == []


def test_everything_together_cannot_be_new() -> None:
    with pytest.raises(ValidationError, match="nobody can be new among everything together"):
        Anomaly.model_validate({"name": "n", "kind": "new", "min_impact": 10})
