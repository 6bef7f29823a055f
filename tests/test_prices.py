from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.match import Match, Patterns
from budgetbot.core.pricing import Asked, Price, Rates
from budgetbot.prices import price_book

NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC)
MILLION = Decimal(10**6)


def asked(model: str = "ft:gpt-9:acme", day: datetime = NOVEMBER, **more: object) -> Asked:
    given = {"provider": "openai", "service_tier": None, "batch": False, "mean_input": 0} | more
    return Asked(model=model, day=day, **given)  # type: ignore[arg-type]


def price(rates: Rates, since: str = "2000-01-01", **match: str) -> Price:
    return Price(
        Match(tuple((name, Patterns((pattern,))) for name, pattern in match.items())), rates, date.fromisoformat(since)
    )


def rates(dollars: str) -> Rates:
    return {"input": Decimal(dollars), "output": Decimal(dollars)}


def test_a_model_that_nobody_knows_has_no_price() -> None:
    assert price_book()(asked()) is None


def test_a_price_of_the_policy_is_used_as_it_is_written() -> None:
    own = price({"input": Decimal("3.75") / MILLION, "output": 15 / MILLION}, model="ft:gpt-9*")

    found = price_book([own])(asked())

    assert found is not None
    assert (found["input"], found["output"]) == (Decimal("0.00000375"), Decimal("0.000015"))


def test_what_a_price_does_not_name_costs_what_its_kind_costs_and_never_nothing() -> None:
    own = price({"input": Decimal(3), "output": Decimal(9), "cache write": Decimal(4)}, model="ft:*")

    found = price_book([own])(asked())

    assert {name: int(rate) for name, rate in (found or {}).items()} == {
        "input": 3, "cached input": 3, "cache write": 4, "cache write 1h": 4, "audio input": 3, "image input": 3,
        "cached audio input": 3, "cached image input": 3, "output": 9, "audio output": 9, "image output": 9,
    }  # fmt: skip


def test_a_price_comes_before_the_table_rate_by_rate() -> None:
    listed = price_book()(asked("gpt-4o"))
    found = price_book([price({"output": Decimal(7)}, model="gpt-4o")])(asked("gpt-4o"))

    assert listed is not None
    assert found == {**listed, "output": Decimal(7)}


@pytest.mark.parametrize(
    ("day", "dollars"), [("2026-05-31", None), ("2026-06-01", "1"), ("2026-06-30", "1"), ("2026-07-01", "2")]
)
def test_a_price_holds_from_its_day_on_until_a_later_one(day: str, dollars: str | None) -> None:
    later, first = price(rates("2"), since="2026-07-01"), price(rates("1"), since="2026-06-01")

    found = price_book([later, first])(asked(day=datetime.fromisoformat(day).replace(tzinfo=UTC)))

    assert (found and found["input"]) == (dollars and Decimal(dollars))


def test_of_prices_of_one_day_the_last_wins() -> None:
    found = price_book([price(rates("1")), price(rates("2"))])(asked())

    assert found is not None
    assert found["input"] == 2


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"model": "ft:gpt-9*"}, True), ({"model": "ft:gpt-9"}, False), ({"model": "FT:*"}, False),
        ({"provider": "openai"}, True), ({"provider": "anthropic"}, False), ({"batch": "true"}, False),
        ({"batch": "false"}, True), ({"service_tier": "flex"}, False), ({"model": "none"}, False),
    ],
)  # fmt: skip
def test_a_price_holds_for_what_it_matches(match: dict[str, str], holds: bool) -> None:
    assert (price_book([price(rates("1"), "2000-01-01", **match)])(asked()) is not None) is holds


def test_a_price_for_one_tier_leaves_the_others_as_they_are() -> None:
    book = price_book([price(rates("1"), service_tier="flex")])

    assert book(asked(service_tier="flex")) is not None
    assert book(asked(service_tier="priority")) is None


@pytest.mark.parametrize(
    ("match", "priced"),
    [({}, True), ({"provider": "arthur"}, True), ({"model": "none"}, True), ({"model": "*"}, False)],
)
def test_use_that_names_no_model_is_priced_where_the_policy_says_so(match: dict[str, str], priced: bool) -> None:
    without = asked("", provider="arthur")

    assert price_book()(without) is None
    assert (price_book([price(rates("1"), "2000-01-01", **match)])(without) is not None) is priced


@given(st.decimals("0", "999999999", places=9))
def test_prices_stay_exact(dollars: Decimal) -> None:
    found = price_book([price({"input": dollars / MILLION})])(asked())

    assert found is not None
    assert found["input"] * MILLION == dollars
