"""Spend that rose because a list price did is no anomaly."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from budgetbot.core.history import History
from budgetbot.core.match import EVERYTHING
from budgetbot.core.money import NANO
from budgetbot.core.pricing import Asked, PriceOf, Rates
from budgetbot.rules.list_price import price_index
from tests.standins.budgets import context
from tests.standins.spend import Spend, fresh, history, series, usd, utc
from tests.standins.unusual import HOUR, NOW, anomaly, hourly, said, since

DEARER = NOW - 3 * HOUR


def prices(at: datetime, times: int, model: str = "gpt-5") -> PriceOf:
    """A model that costs so many times as much from a moment on; no other has a price."""

    def price_of(asked: Asked) -> Rates | None:
        if asked.model != model:
            return None
        rate = Decimal(times if asked.day >= at else 1)
        return {"input": rate, "output": 4 * rate}

    return price_of


def known(rows: list[Spend], price_of: PriceOf | None) -> History:
    found = history(rows, [fresh(NOW)])
    found.prices = price_of
    return found


def test_what_costs_more_because_its_price_rose_is_not_told() -> None:
    rows = [row for i in range(5) for row in hourly(f"key_{i}", i, amount=since(DEARER, 15))]

    assert said(anomaly(), known(rows, prices(DEARER, 15))) == []
    assert len(said(anomaly(), known(rows, None))) == 5
    assert len(said(anomaly(), known(rows, prices(DEARER, 15, "another-model")))) == 5


def test_a_runaway_key_is_told_also_when_prices_change() -> None:
    rows = [*hourly("key_0", amount=since(NOW - HOUR, 60)), *(row for i in (1, 2) for row in hourly(f"key_{i}", i))]
    (found,) = said(anomaly(), known(rows, prices(DEARER, 2, "another-model")))
    assert found.scope.ids["api_key"] == "key_0"


def test_models_weigh_as_they_are_spent_on_and_the_first_bucket_is_the_measure() -> None:
    days = [f"2026-11-{day}" for day in (16, 17, 18, 19)]
    rows = [usd(day, 75, model="gpt-5") for day in days] + [usd(day, 25, model="steady") for day in days]
    edges = [utc(day) for day in days] + [utc("2026-11-20")]

    index = price_index(known(rows, prices(utc("2026-11-18"), 3)).group(EVERYTHING), edges, context(known(rows, None)))

    assert index is not None
    assert np.allclose(index[:, 0], [1, 1, 1 + 2 * 0.75, 1 + 2 * 0.75])


def test_where_no_price_changed_there_is_nothing_to_take_out() -> None:
    group = known([usd("2026-11-19", 5, model="gpt-5")], prices(NOW + timedelta(days=9), 3)).group(EVERYTHING)
    assert price_index(group, [utc("2026-11-19"), utc("2026-11-20")], context(group.history)) is None


def test_spend_without_a_model_has_no_list_price() -> None:
    row = Spend(series("p1"), utc("2026-11-19"), 5 * NANO)
    group = known([row], prices(utc("2026-11-20"), 3)).group(EVERYTHING)
    assert price_index(group, [utc("2026-11-19"), utc("2026-11-20")], context(group.history)) is None
